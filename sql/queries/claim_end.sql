-- The claim on an item ends.
-- $1 uuid  project
-- $2 uuid  item
-- class: simple
DELETE FROM planner.claims WHERE project_id = $1 AND item_id = $2
