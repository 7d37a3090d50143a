-- One dispute whole: both versions, the reasonings, and what was decided. Named by its own id, or by
-- its step: then the pending one, else the latest.
-- $1 uuid  id of dispute or step, or null
-- $2 text  slug, or null
-- $3 int   number, or null
SELECT json_strip_nulls(json_build_object(
    'id', d.id, 'status', d.status, 'rounds', d.rounds, 'human_only', p.human_only,
    'key', p.slug || '-' || i.number, 'title', i.title, 'step_status', i.status,
    'project', p.slug, 'project_name', r.title, 'project_status', p.status,
    'task', p.slug || '-' || u.number, 'task_title', u.title, 'objective', u.objective,
    'server_content', s.content, 'server_reasoning', s.reasoning, 'server_agent', s.agent,
    'client_content', c.content, 'client_reasoning', v.reasoning, 'client_agent', v.agent,
    'feedback', coalesce(v.feedback, (
        SELECT x.feedback FROM planner.iterations x
        WHERE x.project_id = d.project_id AND x.step_id = d.step_id AND x.feedback IS NOT NULL
          AND x.number < d.review_number ORDER BY x.number DESC LIMIT 1)),
    'created_at', planner.iso(d.created_at), 'user_resolution', d.user_resolution,
    'resolved_by', d.resolved_by, 'via', d.via, 'resolved_at', planner.iso(d.resolved_at),
    'resolved_content', f.content))
FROM (SELECT d.* FROM planner.find_item($1::uuid, $2, $3::integer) w
      JOIN planner.disputes d ON d.project_id = w.project_id AND d.step_id = w.id
      ORDER BY (d.id = $1::uuid) DESC NULLS LAST, (d.status = 'pending') DESC, d.created_at DESC,
               d.id DESC
      LIMIT 1) d
JOIN planner.projects p ON p.id = d.project_id
JOIN planner.items r ON r.project_id = d.project_id AND r.id = d.project_id
JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
JOIN planner.items u ON u.project_id = d.project_id AND u.id = i.parent_id
JOIN planner.iterations s ON s.project_id = d.project_id AND s.step_id = d.step_id
    AND s.number = d.server_number
LEFT JOIN planner.iterations c ON c.project_id = d.project_id AND c.step_id = d.step_id
    AND c.number = d.client_number
JOIN planner.iterations v ON v.project_id = d.project_id AND v.step_id = d.step_id
    AND v.number = d.review_number
LEFT JOIN planner.iterations f ON f.project_id = d.project_id AND f.step_id = d.step_id
    AND f.number = d.resolved_number AND d.user_resolution IN ('custom', 'hybrid')
