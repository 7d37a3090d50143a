-- Record a migration in the transaction that applied it.
-- $1 int   version
-- $2 text  name
-- $3 text  SHA-256 of the up script, lower-case hexadecimal
-- $4 text  the oldest program that may use the result
-- $5 jsonb where its batches begin, or null when it has none
-- class: upkeep
INSERT INTO planner.schema_migrations (version, name, up_sha256, oldest_program, batch)
VALUES ($1::integer, $2, $3, $4, $5::jsonb)
