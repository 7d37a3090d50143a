-- What the planner may believe of the store of plans_test.c, other than the truth: blocks, parted by an
-- empty line, run by their names. Nothing counts again meanwhile.

-- counted at ten items: and never since
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT oid FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'planner'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t);
    END LOOP;
    PERFORM pg_temp.store_build('BIG', 1, 10, 0);
    EXECUTE 'ANALYZE';
    SET LOCAL session_replication_role = replica; -- the audit keeps its rows otherwise
    TRUNCATE planner.projects, planner.requests, planner.outbox CASCADE;
END
$$;

-- as beside a thousand small projects: statistics tell of the average one, which has ten rows
UPDATE pg_statistic s SET stadistinct = least(1000, greatest(1, c.reltuples / 10))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'planner'::regnamespace
WHERE a.attrelid = s.starelid AND a.attnum = s.staattnum AND a.attname = 'project_id';

-- without statistics: as pg_upgrade and pg_restore leave it
DELETE FROM pg_statistic s
WHERE s.starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'planner'::regnamespace);
DELETE FROM pg_statistic_ext_data;
UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0
WHERE relnamespace = 'planner'::regnamespace AND relkind = 'r';
