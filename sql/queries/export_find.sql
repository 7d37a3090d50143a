-- The id of a project that was named; no row when there is none.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- class: simple
SELECT json_build_object('id', f.id) FROM planner.find_project($1::uuid, $2, NULL) f (id)
WHERE f.id IS NOT NULL
