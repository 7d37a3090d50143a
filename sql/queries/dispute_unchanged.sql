-- The answer of resolve_dispute when the person decided nothing.
-- $1 uuid  dispute
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'changed', false, 'key', p.slug || '-' || i.number, 'id', i.id, 'kind', i.kind,
    'title', i.title, 'status', s.status, 'state', planner.item_state(i),
    'progress', planner.shown(0, 0, 0, i.status), 'version', i.version, 'project', p.slug,
    'dispute', d.id))
FROM planner.disputes d
JOIN planner.projects p ON p.id = d.project_id
JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
JOIN planner.steps s ON s.project_id = d.project_id AND s.id = d.step_id
WHERE d.id = $1
