-- A step as the analysis of its content looks at it: the final, else the latest server content. No row
-- when it does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'changed', false,
    'key', CASE WHEN i.kind = 'project' THEN p.slug ELSE p.slug || '-' || i.number END,
    'id', i.id, 'kind', i.kind, 'title', i.title, 'status', coalesce(s.status, i.status),
    'state', planner.item_state(i), 'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
    'version', i.version, 'project', p.slug,
    'threshold', p.complexity_threshold,
    'server_complexity', s.server_complexity, 'client_complexity', s.client_complexity,
    'complexity_score', s.complexity_score, 'basis', s.complexity_basis,
    'should_promote', i.promote_score >= p.complexity_threshold,
    'promote_reason', CASE WHEN s.complexity_score >= p.complexity_threshold THEN 'threshold'
                           WHEN s.assessed_promote THEN 'assessed' END,
    'content', c.content))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
JOIN planner.projects p ON p.id = i.project_id
LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
LEFT JOIN planner.iterations c ON c.project_id = s.project_id AND c.step_id = s.id
    AND c.number = coalesce(s.final_number, s.server_number)
WHERE NOT planner.is_gone(f.project_id, f.id)
