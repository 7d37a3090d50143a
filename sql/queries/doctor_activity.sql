-- Sessions of this database that stand in others' way: transactions open for long, sessions idle in
-- one, waits for locks with who is waited for. What this user may not see is counted.
-- $1 int  seconds from which a transaction is long
-- $2 int  seconds from which a session idle in a transaction is told
-- $3 int  seconds from which a wait is told
-- class: upkeep
WITH a AS (
    SELECT s.*, extract(epoch FROM clock_timestamp() - s.xact_start)::bigint AS open_for,
        extract(epoch FROM clock_timestamp() - s.state_change)::bigint AS unchanged_for,
        extract(epoch FROM clock_timestamp() - s.query_start)::bigint AS running_for
    FROM pg_stat_activity s
    WHERE s.datname = current_database() AND s.pid <> pg_backend_pid()
)
SELECT json_build_object(
    'hidden', (SELECT count(*) FROM a WHERE a.query = '<insufficient privilege>'),
    'longs', coalesce((SELECT json_agg(json_build_object(
            'pid', a.pid, 'seconds', a.open_for, 'who', a.usename, 'program', a.application_name)
            ORDER BY a.open_for DESC, a.pid)
        FROM a WHERE a.open_for >= $1::integer AND a.backend_type = 'client backend'
          AND a.state NOT LIKE 'idle in transaction%'), '[]'),
    'idles', coalesce((SELECT json_agg(json_build_object(
            'pid', a.pid, 'seconds', a.unchanged_for, 'who', a.usename,
            'program', a.application_name) ORDER BY a.unchanged_for DESC, a.pid)
        FROM a WHERE a.state LIKE 'idle in transaction%' AND a.unchanged_for >= $2::integer), '[]'),
    'waits', coalesce((SELECT json_agg(json_build_object(
            'pid', a.pid, 'seconds', a.running_for, 'who', a.usename, 'program', a.application_name,
            'blocked_by', array_to_string(pg_blocking_pids(a.pid), ', '))
            ORDER BY a.running_for DESC, a.pid)
        FROM a WHERE a.wait_event_type = 'Lock' AND a.running_for >= $3::integer), '[]'))
