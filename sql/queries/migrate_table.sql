-- The record of migrations, made before the first one. While the batches of a migration are not done,
-- `batch` has their place and how many rows they have done.
-- class: upkeep
CREATE TABLE IF NOT EXISTS planner.schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    up_sha256 text NOT NULL,
    oldest_program text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    batch jsonb)
