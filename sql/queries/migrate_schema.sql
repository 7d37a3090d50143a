-- The schema that holds everything, made before the first migration.
-- class: upkeep
CREATE SCHEMA IF NOT EXISTS planner
