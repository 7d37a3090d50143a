-- This session listens no longer.
-- class: simple
DELETE FROM planner.listeners WHERE backend = pg_backend_pid()
