-- What became of a transaction whose COMMIT was not answered: committed, aborted or in progress.
-- A crash may have lost the transaction with its number, and the number may have been given out
-- again: only a row of the outbox from the very transaction shows that it was committed. Each write
-- has one, and it stays for a day.
-- A session of ours that still holds the transaction and waits for its client is ended: what is on
-- its way to it (a COMMIT that the network holds back) must not come true after somebody was told
-- that it did not. One that is at work, or waits for a standby, is left alone.
-- $1 text  transaction id and start, as flush one told them: 'ID START'
-- class: simple
SELECT json_build_object('fate', CASE
    WHEN EXISTS (SELECT FROM planner.outbox o
                 WHERE o.xid = t.id AND o.at = t.start) THEN 'committed'
    WHEN t.id >= pg_current_xact_id() THEN 'aborted'
    WHEN pg_xact_status(t.id) = 'in progress' THEN (
        SELECT left('in progress', 11 + 0 * count(pg_terminate_backend(a.pid, 1000))::int)
        FROM pg_stat_get_activity(NULL) a
        WHERE a.backend_xid = t.id::xid AND a.wait_event = 'ClientRead'
            AND a.usesysid = current_user::regrole::oid)
    WHEN pg_xact_status(t.id) = 'committed'
        AND NOT pg_visible_in_snapshot(t.id, pg_current_snapshot()) THEN 'in progress'
    ELSE 'aborted' END)
FROM (SELECT split_part($1, ' ', 1)::xid8 AS id,
             substr($1, strpos($1, ' ') + 1)::timestamptz AS start) t
