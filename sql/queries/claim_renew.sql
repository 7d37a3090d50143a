-- A claim's lease begins anew.
-- $1 uuid    project
-- $2 uuid    item
-- $3 bigint  token
-- $4 int     lease in seconds, or null: as before
-- class: simple
UPDATE planner.claims SET lease_seconds = coalesce($4::integer, lease_seconds),
    expires_at = clock_timestamp() + coalesce($4::integer, lease_seconds) * interval '1 second'
WHERE project_id = $1 AND item_id = $2 AND token = $3::bigint
