-- A page of what waits for one role, the most urgent first, then what waits longest. Nothing of an
-- archived project. No row when there is no such project. LATERAL and OFFSET 0 keep it a look-up for
-- each line, however small the planner takes the project for.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- $4 text  role: server, client, human, worker
-- $5 text  agent
-- $6 int   priority of the last one told, or null
-- $7 int8  since when it waited, microseconds since the epoch, or null
-- $8 uuid  its id, or null
-- $9 int   rows
-- $10 int  how many are looked at
-- class: complex
WITH walk AS MATERIALIZED (
    SELECT q.id, q.priority, q.at, q.shown, q.n
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    CROSS JOIN LATERAL planner.queue_walk(f.id, $4, $5, coalesce($6::smallint, 1000::smallint),
        coalesce(timestamptz 'epoch' + $7::bigint * interval '1 microsecond', '-infinity'),
        coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'), $9::integer, $10::integer)
        WITH ORDINALITY AS q (id, priority, at, shown, n)
)
SELECT json_strip_nulls(json_build_object(
    'project', p.slug, 'status', p.status, 'role', $4,
    'stopped', (SELECT json_build_object('priority', w.priority,
        'moment', (extract(epoch FROM w.at) * 1000000)::bigint, 'id', w.id)
        FROM walk w WHERE NOT w.shown),
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', p.slug || '-' || i.number, 'kind', i.kind, 'title', i.title,
        'status', coalesce(s.status, i.status), 'priority', i.priority, 'since', planner.iso(w.at),
        'parent', CASE WHEN u.number = 0 THEN p.slug ELSE p.slug || '-' || u.number END,
        'parent_title', u.title, 'assignee', i.assignee, 'claimed_by', (
            SELECT c.agent FROM planner.claims c
            WHERE c.project_id = p.id AND c.item_id = w.id AND c.expires_at > now()),
        'draft', CASE WHEN $4 = 'client' THEN s.server_number END,
        'round', CASE WHEN $4 IN ('server', 'client') THEN s.iteration_count + 1 END,
        'rounds', CASE WHEN $4 IN ('server', 'client') THEN planner.rounds(s, p.max_iterations) END,
        'sent_back_by', CASE WHEN $4 = 'server' THEN t.agent END,
        'sent_back_as', CASE WHEN $4 = 'server' THEN t.action END,
        'dispute', CASE WHEN $4 = 'human' THEN (
            SELECT d.id FROM planner.disputes d
            WHERE d.project_id = p.id AND d.step_id = w.id AND d.status = 'pending') END,
        'action', CASE $4 WHEN 'server' THEN 'submit_step' WHEN 'client' THEN 'review_step'
                          WHEN 'human' THEN 'resolve_dispute'
                          ELSE CASE WHEN s.id IS NULL OR s.final_number IS NOT NULL THEN 'complete_step'
                                    WHEN s.status = 'client_review' THEN 'review_step'
                                    ELSE 'submit_step' END END,
        'moment', (extract(epoch FROM w.at) * 1000000)::bigint, 'id', w.id)) ORDER BY w.n), '[]')
        FROM walk w
        CROSS JOIN LATERAL (SELECT i.* FROM planner.items i
                            WHERE i.project_id = p.id AND i.id = w.id OFFSET 0) i
        CROSS JOIN LATERAL (SELECT u.number, u.title FROM planner.items u
                            WHERE u.project_id = p.id AND u.id = i.parent_id OFFSET 0) u
        LEFT JOIN planner.steps s ON s.project_id = p.id AND s.id = w.id
        LEFT JOIN LATERAL (SELECT t.agent, t.action FROM planner.iterations t
                           WHERE t.project_id = p.id AND t.step_id = w.id AND t.number = s.turn_number
                             AND t.action IN ('revise', 'counter') OFFSET 0) t ON true
        WHERE w.shown)))
FROM planner.projects p WHERE p.id = planner.find_project($1::uuid, $2, $3)
