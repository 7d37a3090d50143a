-- What of the record of migrations is there: CREATE SCHEMA IF NOT EXISTS would ask for the right to
-- create even where there is nothing to do.
SELECT json_build_object(
    'has_schema', to_regnamespace('planner') IS NOT NULL,
    'has_table', to_regclass('planner.schema_migrations') IS NOT NULL)
