-- Forget a migration in the transaction that undid it.
-- $1 int  version
-- class: upkeep
DELETE FROM planner.schema_migrations WHERE version = $1::integer
