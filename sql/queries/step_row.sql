-- Flush one of promote_step: what is kept of the collaboration on a step, whole, and the last sort key
-- below it, when an earlier promotion was undone. No row for a task.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
SELECT json_strip_nulls(json_build_object('row', to_jsonb(s) - 'project_id' - 'id',
    'last_key', (SELECT max(c.sort_key) FROM planner.items c
                 WHERE c.project_id = f.project_id AND c.parent_id = f.id)))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.steps s ON s.project_id = f.project_id AND s.id = f.id
