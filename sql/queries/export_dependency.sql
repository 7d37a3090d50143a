-- Dependencies of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT w.item_id, w.blocked_by
    FROM planner.deps w WHERE w.project_id = $1::uuid
    ORDER BY w.item_id, w.blocked_by
) r
