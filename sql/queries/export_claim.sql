-- Claims of a project, expired ones too, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT c.item_id, c.agent, c.token, c.lease_seconds, c.claimed_at, c.expires_at
    FROM planner.claims c WHERE c.project_id = $1::uuid
    ORDER BY c.item_id
) r
