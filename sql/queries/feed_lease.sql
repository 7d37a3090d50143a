-- For another minute this session counts as one that listens. Leases of sessions that have gone are
-- cleared away, and so is what is old in the outbox.
-- class: simple
WITH gone AS (
    DELETE FROM planner.listeners WHERE backend IN (
        SELECT backend FROM planner.listeners
        WHERE until < now() - interval '1 minute' AND backend <> pg_backend_pid()
        FOR UPDATE SKIP LOCKED)
)
INSERT INTO planner.listeners (backend, until)
SELECT pg_backend_pid(), now() + interval '1 minute' WHERE planner.outbox_purge(1000) IS NOT NULL
ON CONFLICT (backend) DO UPDATE SET until = excluded.until
