-- What somebody needs to know who is about to work on a step, or on the dispute about it. For other
-- items only what they are. No row when it does not exist.
-- $1 uuid  id of the step or of its dispute, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 int   characters of each content, description and objective
-- $5 int   characters of each other text
-- $6 int   rows of each list
-- class: complex
WITH RECURSIVE f AS MATERIALIZED (
    SELECT i.project_id, i.id, i.parent_id, i.kind, i.depth, i.sort_key, i.number, i.title,
           i.status, i.assignee, i.has_children, i AS item,
           s.status AS content_status, s.last_number, s.iteration_count, s.server_number,
           s.client_number, s.final_number, s.server_complexity, s.client_complexity,
           s.complexity_score, s.complexity_basis, s.id AS step_id, s AS step
    FROM planner.find_item($1::uuid, $2, $3::integer) w
    JOIN planner.items i ON i.project_id = w.project_id AND i.id = w.id
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
    WHERE NOT planner.is_gone(w.project_id, w.id)
    LIMIT 1
), path AS (
    SELECT u.id, u.parent_id, u.number, u.title, u.objective, 1 AS up
    FROM f JOIN planner.items u ON u.project_id = f.project_id AND u.id = f.parent_id
    WHERE u.kind = 'task'
    UNION ALL
    SELECT u.id, u.parent_id, u.number, u.title, u.objective, p.up + 1
    FROM path p CROSS JOIN f JOIN planner.items u ON u.project_id = f.project_id AND u.id = p.parent_id
    WHERE u.kind = 'task' AND p.up < $6::integer
)
SELECT json_strip_nulls(json_build_object(
    'key', CASE WHEN f.kind = 'project' THEN p.slug ELSE p.slug || '-' || f.number END,
    'kind', f.kind, 'title', f.title, 'status', f.status,
    'state', planner.item_state(f.item), 'content_status', f.content_status,
    'assignee', f.assignee, 'depth', f.depth,
    'project', json_build_object(
        'slug', p.slug, 'name', r.title, 'status', p.status,
        'description', left(p.description, $4::integer),
        'description_length', octet_length(p.description),
        'max_iterations', p.max_iterations, 'complexity_threshold', p.complexity_threshold,
        'require_review', p.require_review, 'separate_authors', p.separate_authors,
        'human_only', p.human_only, 'require_evidence', p.require_evidence),
    'path', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                 'key', p.slug || '-' || a.number, 'title', a.title,
                 'text', left(a.objective, CASE WHEN a.up = 1 THEN $4::integer ELSE $5::integer END),
                 'length', octet_length(a.objective)))
                 ORDER BY a.up DESC), '[]') FROM path a),
    'before', CASE WHEN f.step_id IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'key', p.slug || '-' || b.number, 'title', b.title, 'kind', b.kind,
            'state', planner.item_state(b.item),
            'text', left(coalesce(t.content, b.objective), $5::integer),
            'length', octet_length(coalesce(t.content, b.objective))))
            ORDER BY b.sort_key DESC), '[]')
        FROM (SELECT x.*, x AS item FROM planner.items x
              WHERE x.project_id = f.project_id AND x.parent_id = f.parent_id
                AND x.sort_key < f.sort_key AND x.deleted_at IS NULL
              ORDER BY x.sort_key DESC LIMIT $6::integer) b
        LEFT JOIN planner.steps bs ON bs.project_id = b.project_id AND bs.id = b.id
        LEFT JOIN planner.iterations t ON t.project_id = bs.project_id AND t.step_id = bs.id
            AND t.number = bs.final_number) END,
    'after', CASE WHEN f.step_id IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_object(
            'key', p.slug || '-' || a.number, 'title', a.title, 'kind', a.kind,
            'state', planner.item_state(a.item)) ORDER BY a.sort_key), '[]')
        FROM (SELECT x.*, x AS item FROM planner.items x
              WHERE x.project_id = f.project_id AND x.parent_id = f.parent_id
                AND x.sort_key > f.sort_key AND x.deleted_at IS NULL
              ORDER BY x.sort_key LIMIT $6::integer) a) END,
    'wait', CASE WHEN f.status = 'open' AND f.step_id IS NOT NULL
                 THEN planner.wait_of(f.project_id, f.id, NULL) END,
    'needs', CASE WHEN f.step_id IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'key', p.slug || '-' || n.number, 'title', n.title, 'kind', n.kind,
            'state', planner.item_state(n.item),
            'text', left(coalesce(t.content, n.objective), $5::integer),
            'length', octet_length(coalesce(t.content, n.objective))))
            ORDER BY n.number), '[]')
        FROM (SELECT x.*, x AS item FROM planner.deps w JOIN planner.items x
                  ON x.project_id = w.project_id AND x.id = w.blocked_by AND x.deleted_at IS NULL
              WHERE w.project_id = f.project_id AND w.item_id = f.id
              ORDER BY x.number LIMIT $6::integer) n
        LEFT JOIN planner.steps ns ON ns.project_id = n.project_id AND ns.id = n.id
        LEFT JOIN planner.iterations t ON t.project_id = ns.project_id AND t.step_id = ns.id
            AND t.number = ns.final_number) END,
    'round', f.iteration_count, 'last', f.last_number,
    'limit', CASE WHEN f.step_id IS NOT NULL THEN planner.rounds(f.step, p.max_iterations) END,
    'server_complexity', f.server_complexity, 'client_complexity', f.client_complexity,
    'complexity_score', f.complexity_score, 'basis', f.complexity_basis,
    'server', CASE WHEN sv.number IS NOT NULL THEN json_strip_nulls(json_build_object(
        'number', sv.number, 'agent', sv.agent, 'text', left(sv.content, $4::integer),
        'length', octet_length(sv.content))) END,
    'client', CASE WHEN cl.number IS NOT NULL THEN json_strip_nulls(json_build_object(
        'number', cl.number, 'agent', cl.agent, 'text', left(cl.content, $4::integer),
        'length', octet_length(cl.content))) END,
    'final', CASE WHEN fi.number IS NOT NULL THEN json_strip_nulls(json_build_object(
        'number', fi.number, 'agent', fi.agent, 'text', left(fi.content, $4::integer),
        'length', octet_length(fi.content))) END,
    'rounds', CASE WHEN f.step_id IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'number', t.number, 'action', t.action, 'role', t.role, 'agent', t.agent,
            'feedback', left(t.feedback, $5::integer), 'reasoning', left(t.reasoning, $5::integer),
            'score', t.assessment -> 'score',
            'assessment', left(t.assessment ->> 'reasoning', $5::integer))) ORDER BY t.number DESC), '[]')
        FROM (SELECT x.* FROM planner.iterations x
              WHERE x.project_id = f.project_id AND x.step_id = f.id
              ORDER BY x.number DESC LIMIT $6::integer) t) END,
    'evidence', CASE WHEN f.step_id IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'kind', e.kind, 'reference', left(e.reference, $5::integer),
            'summary', left(e.summary, $5::integer), 'agent', e.agent)) ORDER BY e.at DESC, e.id DESC), '[]')
        FROM (SELECT x.* FROM planner.evidence x
              WHERE x.project_id = f.project_id AND x.item_id = f.id AND x.undone_by IS NULL
              ORDER BY x.at DESC, x.id DESC LIMIT $6::integer) e) END,
    'dispute', (SELECT json_strip_nulls(json_build_object('id', d.id, 'status', d.status,
            'rounds', d.rounds, 'resolution', d.user_resolution, 'resolved_by', d.resolved_by,
            'resolved_at', planner.iso(d.resolved_at), 'text', left(z.content, $4::integer),
            'length', octet_length(z.content)))
        FROM planner.disputes d
        LEFT JOIN planner.iterations z ON z.project_id = d.project_id AND z.step_id = d.step_id
            AND z.number = d.resolved_number
        WHERE d.project_id = f.project_id AND d.step_id = f.step_id
        ORDER BY (d.id = $1::uuid) DESC NULLS LAST, (d.status = 'pending') DESC, d.created_at DESC,
                 d.id DESC
        LIMIT 1)))
FROM f
JOIN planner.projects p ON p.id = f.project_id
JOIN planner.items r ON r.project_id = f.project_id AND r.id = f.project_id
LEFT JOIN planner.iterations sv ON sv.project_id = f.project_id AND sv.step_id = f.id
    AND sv.number = f.server_number
LEFT JOIN planner.iterations cl ON cl.project_id = f.project_id AND cl.step_id = f.id
    AND cl.number = f.client_number
LEFT JOIN planner.iterations fi ON fi.project_id = f.project_id AND fi.step_id = f.id
    AND fi.number = f.final_number
