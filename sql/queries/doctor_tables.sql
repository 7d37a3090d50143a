-- The tables of the planner as vacuum sees them.
-- class: upkeep
SELECT json_strip_nulls(json_build_object('tables', coalesce(json_agg(json_build_object(
    'name', c.relname,
    'live', s.n_live_tup,
    'dead', s.n_dead_tup,
    'bytes', pg_total_relation_size(c.oid),
    'age', age(c.relfrozenxid),
    'vacuumed_seconds', extract(epoch FROM now()
                        - greatest(s.last_autovacuum, s.last_vacuum))::bigint,
    'changed', s.n_mod_since_analyze,
    'unlogged', c.relpersistence = 'u',
    'off', 'autovacuum_enabled=false' = ANY (c.reloptions)
           OR 'autovacuum_enabled=off' = ANY (c.reloptions)) ORDER BY c.relname), '[]')))
FROM pg_class c
JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relnamespace = to_regnamespace('planner') AND c.relkind = 'r'
