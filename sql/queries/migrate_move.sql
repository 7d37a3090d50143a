-- Record where the next batch goes on, in the transaction of this one.
-- $1 int   version
-- $2 jsonb place, or null when nothing is left
-- $3 int   rows done by all batches so far
-- class: upkeep
UPDATE planner.schema_migrations
SET batch = CASE WHEN $2::jsonb IS NOT NULL
            THEN jsonb_build_object('place', $2::jsonb, 'rows', $3::bigint) END
WHERE version = $1::integer
