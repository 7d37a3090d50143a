-- The migrations that this store has, by version.
SELECT json_build_object('records', coalesce(json_agg(json_build_object(
    'version', version,
    'name', name,
    'up_sha256', up_sha256,
    'oldest_program', oldest_program,
    'applied_at', to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    ORDER BY version), '[]'::json))
FROM planner.schema_migrations
