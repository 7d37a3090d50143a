-- This session listens no longer.
DELETE FROM planner.listeners WHERE backend = pg_backend_pid()
