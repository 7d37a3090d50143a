-- One dispute whole: both versions, the reasonings, and what was decided. Named by its own id, or by
-- its step: then the pending one, else the latest.
-- $1 uuid  id of dispute or step, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
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
          AND x.number < d.review_number AND x.number > coalesce(( -- not of what was settled before
              SELECT y.number FROM planner.iterations y
              WHERE y.project_id = d.project_id AND y.step_id = d.step_id AND y.number < d.review_number
                AND y.action IN ('approve', 'accept', 'resolve') ORDER BY y.number DESC LIMIT 1), 0)
        ORDER BY x.number DESC LIMIT 1)),
    'created_at', planner.iso(d.created_at), 'user_resolution', d.user_resolution,
    'resolved_by', d.resolved_by, 'via', d.via, 'resolved_at', planner.iso(d.resolved_at),
    'resolved_content', f.content))
FROM (SELECT d.* FROM planner.find_item($1::uuid, $2, $3::integer) w
      JOIN planner.disputes d ON d.project_id = w.project_id AND d.step_id = w.id
      WHERE NOT planner.is_gone(w.project_id, w.id)
      ORDER BY (d.id = $1::uuid) DESC NULLS LAST, (d.status = 'pending') DESC, d.created_at DESC,
               d.id DESC
      LIMIT 1) d
-- Each by its key, however few rows the statistics expect a project to have.
JOIN planner.projects p ON p.id = d.project_id
CROSS JOIN LATERAL (SELECT * FROM planner.items x
    WHERE x.project_id = d.project_id AND x.id = d.project_id OFFSET 0) r
CROSS JOIN LATERAL (SELECT * FROM planner.items x
    WHERE x.project_id = d.project_id AND x.id = d.step_id OFFSET 0) i
CROSS JOIN LATERAL (SELECT * FROM planner.items x
    WHERE x.project_id = d.project_id AND x.id = i.parent_id OFFSET 0) u
CROSS JOIN LATERAL (SELECT * FROM planner.iterations x WHERE x.project_id = d.project_id
    AND x.step_id = d.step_id AND x.number = d.server_number OFFSET 0) s
LEFT JOIN LATERAL (SELECT * FROM planner.iterations x WHERE x.project_id = d.project_id
    AND x.step_id = d.step_id AND x.number = d.client_number OFFSET 0) c ON true
CROSS JOIN LATERAL (SELECT * FROM planner.iterations x WHERE x.project_id = d.project_id
    AND x.step_id = d.step_id AND x.number = d.review_number OFFSET 0) v
LEFT JOIN LATERAL (SELECT * FROM planner.iterations x WHERE x.project_id = d.project_id
    AND x.step_id = d.step_id AND x.number = d.resolved_number
    AND d.user_resolution IN ('custom', 'hybrid') OFFSET 0) f ON true
