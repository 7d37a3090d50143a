-- An item whose content changed: its version, and what the content means for its readiness.
-- $1 uuid    project
-- $2 uuid    item
-- $3 bool    disputed
-- $4 bool    needs final content to be ready
-- $5 float8  what its complexity says about promotion, or null
-- class: simple
UPDATE planner.items SET version = version + 1, updated_at = now(), disputed = $3::boolean,
    needs_final = $4::boolean, promote_score = $5::float8
WHERE project_id = $1 AND id = $2
