-- Who changed an entity last; for "conflict".
-- $1 uuid  project
-- $2 uuid  entity
-- class: simple
SELECT json_strip_nulls(json_build_object('agent', coalesce(a.user_id, a.ai_agent),
    'action', a.action, 'at', floor(extract(epoch FROM a.at) * 1000)))
FROM planner.audit a WHERE a.project_id = $1 AND a.entity_id = $2
ORDER BY a.id DESC LIMIT 1
