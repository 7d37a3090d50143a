-- What of the record of migrations is there: CREATE SCHEMA IF NOT EXISTS would ask for the right to
-- create even where there is nothing to do.
-- class: upkeep
SELECT json_build_object(
    'has_schema', to_regnamespace('planner') IS NOT NULL,
    'has_table', to_regclass('planner.schema_migrations') IS NOT NULL,
    'has_batch', EXISTS (SELECT FROM pg_attribute a
                         WHERE a.attrelid = to_regclass('planner.schema_migrations')
                         AND a.attname = 'batch' AND NOT a.attisdropped))
