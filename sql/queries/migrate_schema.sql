-- The schema that holds everything, made before the first migration.
CREATE SCHEMA IF NOT EXISTS planner
