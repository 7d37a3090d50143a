-- What a dump is of: its snapshot, the server, the store (a name that goes along into every copy of it
-- and tells nothing else), the newest migration, how large it is there.
-- class: upkeep
SELECT json_build_object(
    'snapshot', pg_export_snapshot(),
    'taken_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'server', current_setting('server_version'),
    'server_major', current_setting('server_version_num')::integer / 10000,
    'store', left(planner.state_mac('which store is it'), 16),
    'schema', (SELECT max(m.version) FROM planner.schema_migrations m),
    'bytes', (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c
              WHERE c.relnamespace = 'planner'::regnamespace AND c.relkind = 'r'))
