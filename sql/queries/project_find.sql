-- The project that a call means: named, or bound to the directory. No row when there is none.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 text  directory
SELECT json_build_object('id', p.id, 'slug', p.slug, 'status', p.status)
FROM planner.projects p WHERE p.id = planner.find_project($1::uuid, $2, $3)
