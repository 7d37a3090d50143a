-- Flush one of update_project: the project with its settings. No row when it does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number: 0, or null
SELECT json_strip_nulls(json_build_object(
    'id', p.id, 'slug', p.slug, 'status', p.status, 'name', i.title,
    'description', p.description, 'complexity_threshold', p.complexity_threshold,
    'max_iterations', p.max_iterations, 'sequential', i.sequential,
    'require_review', p.require_review, 'separate_authors', p.separate_authors,
    'human_only', p.human_only, 'require_evidence', p.require_evidence,
    'workspace', p.workspace, 'version', i.version))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.projects p ON p.id = f.id
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
