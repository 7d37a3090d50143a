-- The transaction that made a change: what PostgreSQL stops its recovery at. A row of the audit is
-- written by the transaction itself, so the number of that is on the row (xmin), for the row's life.
-- Nothing when there is no such change. `loaded` is true when the row came with others in one
-- transaction, as from a dump: its own commit is then in another server's log.
--   psql -XAtq -v change=41 -f moment.sql
SELECT json_build_object('xid', a.xid, 'begun', extract(epoch FROM a.at), 'loaded', EXISTS (
        SELECT FROM (
            (SELECT x.xmin::text AS xid, x.at FROM planner.audit x WHERE x.change < :change
             ORDER BY x.change DESC LIMIT 1)
            UNION ALL
            (SELECT x.xmin::text, x.at FROM planner.audit x WHERE x.change > :change
             ORDER BY x.change LIMIT 1)) n
        WHERE n.xid = a.xid AND n.at <> a.at))
FROM (SELECT x.xmin::text AS xid, x.at FROM planner.audit x WHERE x.change = :change LIMIT 1) a;
