-- What a project would meet in the store: itself, another one with its slug, another one that is bound
-- to its directory; and its first change.
-- $1 uuid  project
-- $2 text  slug
-- $3 text  workspace, or null
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'there', EXISTS (SELECT FROM planner.projects p WHERE p.id = $1::uuid),
    'slug_of', (SELECT p.id FROM planner.projects p WHERE p.slug = $2 AND p.id <> $1::uuid),
    'bound', (SELECT p.slug FROM planner.projects p
              WHERE p.workspace = $3 AND p.status = 'active' AND p.id <> $1::uuid),
    'change', (SELECT min(a.change) FROM planner.audit a WHERE a.project_id = $1::uuid)))
