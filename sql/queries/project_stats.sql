-- The figures of a project (docs/STATS.md). No row when there is no such project.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- class: complex
SELECT jsonb_build_object('project', p.slug, 'name', i.title, 'status', p.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status))
    || planner.project_stats(p.id)
FROM planner.projects p
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
WHERE p.id = planner.find_project($1::uuid, $2, $3)
