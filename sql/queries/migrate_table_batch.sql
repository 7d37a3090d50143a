-- For a record that was made before there were batches.
ALTER TABLE planner.schema_migrations ADD COLUMN IF NOT EXISTS batch jsonb
