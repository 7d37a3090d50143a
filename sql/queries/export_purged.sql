-- What retention took out of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT g.id, g.cut, g.kind, g.number, g.depth, g.title, g.top, g.deleted_at
    FROM planner.purged g JOIN planner.cuts c ON c.project_id = g.project_id AND c.id = g.cut
    WHERE g.project_id = $1::uuid AND c.state <> 'planned'
    ORDER BY g.id
) r
