-- How deep the tasks of a project go.
-- $1 uuid  project
-- class: upkeep
SELECT json_build_object('depth', coalesce(max(i.depth), 0))
FROM planner.items i WHERE i.project_id = $1::uuid AND i.kind <> 'step'
