-- The projects of an export in their order: all, or those with these ids.
-- $1 uuid[]  ids, or null
-- class: upkeep
SELECT json_build_object('id', p.id, 'slug', p.slug)
FROM planner.projects p
WHERE $1::uuid[] IS NULL OR p.id = ANY ($1::uuid[])
ORDER BY p.slug COLLATE "C"
