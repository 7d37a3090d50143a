-- Sizes and rows of the tables, as the catalogs and the statistics have them: no table is read.
-- class: upkeep
WITH tables AS MATERIALIZED (
    SELECT c.oid, c.relname::text AS name, c.reltuples
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'planner' AND c.relkind = 'r'
), sample (name, a, b, value) AS (
    SELECT v.* FROM tables t CROSS JOIN LATERAL (VALUES
        ('table_size_bytes', t.name, NULL, pg_table_size(t.oid)::double precision),
        ('table_rows_estimate', t.name, NULL,
         CASE WHEN t.reltuples < 0 THEN pg_stat_get_live_tuples(t.oid) ELSE t.reltuples END),
        ('table_dead_rows_estimate', t.name, NULL, pg_stat_get_dead_tuples(t.oid))) v
    UNION ALL
    SELECT 'index_size_bytes', t.name, i.relname, pg_relation_size(i.oid)
    FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
    UNION ALL
    SELECT 'database_size_bytes', NULL, NULL, pg_database_size(current_database())
)
SELECT json_build_object('samples', json_agg(json_strip_nulls(json_build_object(
    'name', s.name, 'a', s.a, 'b', s.b, 'value', s.value)) ORDER BY s.name, s.a, s.b))
FROM sample s WHERE s.value IS NOT NULL
