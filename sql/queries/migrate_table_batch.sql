-- For a record that was made before there were batches.
-- class: upkeep
ALTER TABLE planner.schema_migrations ADD COLUMN IF NOT EXISTS batch jsonb
