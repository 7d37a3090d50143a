-- The migrations that this store has, by version. Stores made before there were batches lack the
-- column, which is no error when the row is looked at as a whole.
-- class: upkeep
SELECT json_build_object('records', coalesce(json_agg(json_build_object(
    'version', m.version,
    'name', m.name,
    'up_sha256', m.up_sha256,
    'oldest_program', m.oldest_program,
    'unfinished', coalesce(jsonb_typeof(to_jsonb(m) -> 'batch') = 'object', false),
    'batch_rows', coalesce((to_jsonb(m) #>> '{batch,rows}')::bigint, 0),
    'applied_at', to_char(m.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    ORDER BY m.version), '[]'::json))
FROM planner.schema_migrations m
