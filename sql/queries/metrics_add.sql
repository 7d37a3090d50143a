-- Add what one process has counted to what all of them have. When another process is at it in this
-- moment nothing is added: nobody waits for a row, and the counts go along the next time.
-- $1 text[]  names
-- $2 text[]  first labels
-- $3 text[]  second labels
-- $4 int8[]  by how much each has grown
-- class: upkeep
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('planner.metrics', 0)) AS mine
), added AS (
    INSERT INTO planner.metrics AS m (name, a, b, value)
    SELECT v.name, v.a, v.b, v.value
    FROM turn t CROSS JOIN unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) v (name, a, b, value)
    WHERE t.mine
    ON CONFLICT (name, a, b) DO UPDATE SET value = m.value + excluded.value
    RETURNING 1
)
SELECT json_build_object('added', t.mine, 'rows', (SELECT count(*) FROM added)) FROM turn t
