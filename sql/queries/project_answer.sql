-- A project as the answer of a write that found its work done.
-- $1 uuid  project
SELECT json_strip_nulls(json_build_object(
    'changed', false, 'slug', p.slug, 'id', p.id, 'name', i.title, 'status', p.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status), 'version', i.version))
FROM planner.projects p
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
WHERE p.id = $1
