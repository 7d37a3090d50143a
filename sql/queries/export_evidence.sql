-- Evidence of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT e.id, e.item_id, e.kind, e.reference, e.summary, e.agent, e.at, e.undone_by
    FROM planner.evidence e WHERE e.project_id = $1::uuid
    ORDER BY e.id
) r
