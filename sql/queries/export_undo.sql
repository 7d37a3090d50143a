-- Which changes of a project took back which, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT u.change, u.root, u.redo
    FROM planner.undos u WHERE u.project_id = $1::uuid
    ORDER BY u.change
) r
