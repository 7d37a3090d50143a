-- Everything that a person is shown to settle a dispute, and the sealed state of the question.
-- $1 uuid  id of dispute or step, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 int   how long an answer is taken, in seconds
-- $5 text  the arguments of the call, which the seal covers, too
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'id', d.id, 'status', d.status, 'rounds', d.rounds,
    'project_status', p.status, 'step_status', i.status,
    'key', p.slug || '-' || i.number, 'title', i.title,
    'project', p.slug, 'project_name', r.title,
    'task', p.slug || '-' || u.number, 'task_title', u.title, 'objective', u.objective,
    'server_content', s.content, 'server_reasoning', s.reasoning, 'server_agent', s.agent,
    'client_content', c.content,
    'client_reasoning', v.reasoning, 'client_agent', v.agent, 'feedback', coalesce(v.feedback, (
        SELECT x.feedback FROM planner.iterations x
        WHERE x.project_id = d.project_id AND x.step_id = d.step_id AND x.feedback IS NOT NULL
          AND x.number < d.review_number AND x.number > coalesce(( -- not of what was settled before
              SELECT y.number FROM planner.iterations y
              WHERE y.project_id = d.project_id AND y.step_id = d.step_id AND y.number < d.review_number
                AND y.action IN ('approve', 'accept', 'resolve') ORDER BY y.number DESC LIMIT 1), 0)
        ORDER BY x.number DESC LIMIT 1)),
    'user_resolution', d.user_resolution, 'resolved_by', d.resolved_by,
    'resolved_at', planner.iso(d.resolved_at),
    'human_only', p.human_only,
    'state', t.payload || ':' || planner.state_mac(t.payload || ':' || $5::text)))
FROM (SELECT d.* FROM planner.find_item($1::uuid, $2, $3::integer) f
      JOIN planner.disputes d ON d.project_id = f.project_id AND d.step_id = f.id
      WHERE NOT planner.is_gone(f.project_id, f.id)
      ORDER BY (d.id = $1::uuid) DESC NULLS LAST, (d.status = 'pending') DESC, d.created_at DESC,
               d.id DESC
      LIMIT 1) d
JOIN planner.projects p ON p.id = d.project_id
JOIN planner.items r ON r.project_id = d.project_id AND r.id = d.project_id
JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
JOIN planner.items u ON u.project_id = d.project_id AND u.id = i.parent_id
-- The iterations are joined as they stand here (OFFSET 0): to weigh all orders of so many tables takes
-- longer than everything else, and the first call of each session waits for it.
CROSS JOIN LATERAL (SELECT n.content, n.reasoning, n.agent FROM planner.iterations n
    WHERE n.project_id = d.project_id AND n.step_id = d.step_id AND n.number = d.server_number
    OFFSET 0) s
LEFT JOIN LATERAL (SELECT n.content FROM planner.iterations n
    WHERE n.project_id = d.project_id AND n.step_id = d.step_id AND n.number = d.client_number
    OFFSET 0) c ON true
CROSS JOIN LATERAL (SELECT n.reasoning, n.agent, n.feedback FROM planner.iterations n
    WHERE n.project_id = d.project_id AND n.step_id = d.step_id AND n.number = d.review_number
    OFFSET 0) v
CROSS JOIN LATERAL (SELECT d.id || ':'
    || floor(extract(epoch FROM now()) + $4::integer)::bigint AS payload) t
