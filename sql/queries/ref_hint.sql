-- For "not found": what is there instead.
-- $1 text  slug, or null
SELECT json_strip_nulls(json_build_object(
    'slug', p.slug, 'last_number', c.last_number,
    'n_projects', (SELECT count(*) FROM planner.projects)))
FROM (SELECT $1::text AS slug) w
LEFT JOIN planner.projects p ON p.slug = w.slug
LEFT JOIN planner.counters c ON c.project_id = p.id
