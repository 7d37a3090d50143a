-- How far this server's log is with all that is visible now: a standby that has come as far shows it,
-- too. What was committed without waiting for the disk may still be ahead of what is flushed; whether
-- that is the way here cannot be told where others set it in the same session.
-- $1 bool  others use this session, too
-- class: simple
SELECT json_strip_nulls(json_build_object('position', CASE
    WHEN pg_is_in_recovery() THEN NULL
    WHEN $1::boolean OR current_setting('synchronous_commit') = 'off'
    THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END))
