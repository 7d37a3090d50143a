-- What pg_cron may do for retention. It runs SQL inside of the server, where no archive can be written, so
-- nothing here decides that anything goes: it finishes what `mcp-planner retention --run` has
-- archived and begun, cleans up behind it, and watches.

-- Finish an interrupted removal: of each cut that is under way, ten batches a minute.
SELECT cron.schedule('planner-retention-finish', '* * * * *', $$
    SELECT planner.purge(c.project_id, c.id, 1000)
    FROM planner.cuts c, generate_series(1, 10)
    WHERE c.state = 'going' AND c.at < now() - interval '1 hour'
$$);

-- The night after the weekly run.
SELECT cron.schedule('planner-retention-vacuum', '30 5 * * 0',
    'VACUUM (ANALYZE) planner.audit, planner.iterations, planner.items');

-- For those who look: how much of the audit is older than a year, without removing any of it.
SELECT cron.schedule('planner-retention-watch', '0 6 * * 0', $$
    DO $do$
    BEGIN
        RAISE LOG 'mcp-planner: % changes are older than a year', (
            SELECT count(*) FROM planner.audit WHERE at < now() - interval '1 year');
    END $do$
$$);
