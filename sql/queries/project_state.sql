-- Flush one of update_project: the project with its settings. No row when it does not exist.
-- $1 uuid  project
SELECT json_strip_nulls(json_build_object(
    'id', p.id, 'slug', p.slug, 'status', p.status, 'name', i.title,
    'description', p.description, 'complexity_threshold', p.complexity_threshold,
    'max_iterations', p.max_iterations, 'sequential', i.sequential,
    'require_review', p.require_review, 'separate_authors', p.separate_authors,
    'human_only', p.human_only, 'require_evidence', p.require_evidence,
    'workspace', p.workspace, 'version', i.version))
FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
WHERE p.id = $1
