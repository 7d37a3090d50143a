-- One item, project or dispute, with the parts that are asked for. No row when it does not exist.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null
-- $4 text[]  parts: content, children, dependencies, iterations, evidence, history, origin; null:
--            content of a step, children of the others. Where it came from is always told, what
--            is kept of it as a part
-- $5 int     rows of each list
-- $6 int     rows of the origin that were told before
-- $7 int     characters of the next one's record that were told before
-- class: simple
WITH f AS (
    SELECT i.*, i AS item, s.id AS step_id,
           coalesce($4::text[], CASE WHEN i.kind = 'step' THEN ARRAY['content']
                                     ELSE ARRAY['children'] END) AS parts
    FROM planner.find_item($1::uuid, $2, $3::integer) w
    JOIN planner.items i ON i.project_id = w.project_id AND i.id = w.id
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
    WHERE NOT planner.is_gone(w.project_id, w.id)
)
SELECT jsonb_strip_nulls(jsonb_build_object(
    'key', CASE WHEN f.kind = 'project' THEN p.slug ELSE p.slug || '-' || f.number END,
    'id', f.id, 'kind', f.kind, 'title', f.title,
    'status', CASE WHEN f.kind = 'project' THEN p.status ELSE coalesce(s.status, f.status) END,
    'state', planner.item_state(f.item, w.wait), 'progress', planner.shown(r.n_children, r.n_open, r.sum, f.status),
    'version', f.version, 'project', p.slug,
    'parent', (SELECT CASE WHEN u.kind = 'project' THEN p.slug ELSE p.slug || '-' || u.number END
               FROM planner.items u WHERE u.project_id = f.project_id AND u.id = f.parent_id),
    'prev_id', (SELECT x.kind || '://' || x.id FROM planner.items x
                WHERE x.project_id = f.project_id AND x.parent_id = f.parent_id
                  AND x.sort_key < f.sort_key AND x.deleted_at IS NULL
                ORDER BY x.sort_key DESC LIMIT 1),
    'next_id', (SELECT x.kind || '://' || x.id FROM planner.items x
                WHERE x.project_id = f.project_id AND x.parent_id = f.parent_id
                  AND x.sort_key > f.sort_key AND x.deleted_at IS NULL
                ORDER BY x.sort_key LIMIT 1),
    'objective', f.objective,
    'description', CASE WHEN f.kind = 'project' THEN p.description END,
    'sequential', CASE WHEN f.sequential THEN true END,
    'priority', nullif(f.priority, 0), 'assignee', f.assignee,
    'wait', w.wait,
    'created_at', planner.iso(f.created_at), 'updated_at', planner.iso(f.updated_at),
    'completed_at', planner.iso(f.completed_at),
    'settings', CASE WHEN f.kind = 'project' THEN json_build_object(
        'complexity_threshold', p.complexity_threshold, 'max_iterations', p.max_iterations,
        'require_review', p.require_review, 'separate_authors', p.separate_authors,
        'human_only', p.human_only, 'require_evidence', p.require_evidence,
        'workspace', p.workspace) END,
    'iteration_count', s.iteration_count, 'max_iterations', CASE WHEN s.id IS NOT NULL
        THEN planner.rounds(s, p.max_iterations) END,
    'max_iterations_reached', CASE WHEN s.max_iterations_reached THEN true END,
    'draft', s.server_number, 'server_ready', s.server_ready, 'client_approved', s.client_approved,
    'server_complexity', s.server_complexity, 'client_complexity', s.client_complexity,
    'agreed_complexity', s.agreed_complexity, 'complexity_score', s.complexity_score,
    'basis', s.complexity_basis,
    'should_promote', CASE WHEN s.complexity_score IS NOT NULL
        THEN f.promote_score >= p.complexity_threshold END,
    'promote_reason', CASE WHEN s.complexity_score >= p.complexity_threshold THEN 'threshold'
                           WHEN s.assessed_promote THEN 'assessed' END,
    'final_content', CASE WHEN 'content' = ANY (f.parts) THEN fi.content END,
    'server_content', CASE WHEN 'content' = ANY (f.parts) AND fi.number IS NULL THEN sv.content END,
    'server_reasoning', CASE WHEN 'content' = ANY (f.parts) AND fi.number IS NULL
        THEN sv.reasoning END,
    'client_content', CASE WHEN 'content' = ANY (f.parts) AND fi.number IS NULL THEN cl.content END,
    'client_reasoning', CASE WHEN 'content' = ANY (f.parts) AND fi.number IS NULL
        AND la.role = 'client' THEN la.reasoning END,
    'feedback', CASE WHEN 'content' = ANY (f.parts) AND fi.number IS NULL -- on this draft only
        AND la.role = 'client' THEN la.feedback END,
    'dispute', (SELECT json_strip_nulls(json_build_object('id', d.id, 'status', d.status,
            'rounds', d.rounds, 'user_resolution', d.user_resolution, 'resolved_by', d.resolved_by,
            'via', d.via, 'created_at', planner.iso(d.created_at),
            'resolved_at', planner.iso(d.resolved_at)))
        FROM planner.disputes d WHERE d.project_id = f.project_id AND d.step_id = f.step_id
          AND (d.id = $1::uuid OR d.status = 'pending')
        ORDER BY (d.id = $1::uuid) DESC NULLS LAST, d.created_at DESC LIMIT 1)) || jsonb_build_object( -- a call takes a hundred arguments
    'n_children', CASE WHEN f.kind <> 'step' THEN r.n_children END,
    'n_open', CASE WHEN f.kind <> 'step' THEN r.n_open END,
    'items', CASE WHEN f.kind = 'project' THEN (SELECT c.last_number FROM planner.counters c
        WHERE c.project_id = f.project_id) END,
    'disputes', CASE WHEN f.kind = 'project' THEN planner.pending_disputes(f.project_id) END,
    'children', CASE WHEN 'children' = ANY (f.parts) AND f.kind <> 'step' THEN (
        SELECT coalesce(json_agg(json_build_object(
            'key', p.slug || '-' || c.number, 'kind', c.kind, 'title', c.title,
            'status', coalesce(cs.status, c.status), 'state', planner.item_state(c.item),
            'progress', planner.shown(cr.n_children, cr.n_open, cr.sum, c.status),
            'should_promote', CASE WHEN c.promote_score >= p.complexity_threshold
                                    AND c.status = 'open' THEN true END)
            ORDER BY c.sort_key), '[]')
        FROM (SELECT x.*, x AS item FROM planner.items x
              WHERE x.project_id = f.project_id AND x.parent_id = f.id AND x.deleted_at IS NULL
              ORDER BY x.sort_key LIMIT $5::integer) c
        LEFT JOIN planner.steps cs ON cs.project_id = c.project_id AND cs.id = c.id
        LEFT JOIN planner.roll cr ON cr.project_id = c.project_id AND cr.id = c.id) END,
    'depends_on', CASE WHEN 'dependencies' = ANY (f.parts) THEN (
        SELECT coalesce(json_agg(json_build_object('key', p.slug || '-' || b.number,
            'kind', b.kind, 'title', b.title, 'status', b.status) ORDER BY b.number), '[]')
        FROM planner.deps w JOIN planner.items b
            ON b.project_id = w.project_id AND b.id = w.blocked_by AND b.deleted_at IS NULL
        WHERE w.project_id = f.project_id AND w.item_id = f.id) END,
    'blocks', CASE WHEN 'dependencies' = ANY (f.parts) THEN (
        SELECT coalesce(json_agg(json_build_object('key', p.slug || '-' || b.number,
            'kind', b.kind, 'title', b.title, 'status', b.status) ORDER BY b.number), '[]')
        FROM planner.deps w JOIN planner.items b
            ON b.project_id = w.project_id AND b.id = w.item_id
        WHERE w.project_id = f.project_id AND w.blocked_by = f.id
          AND NOT planner.is_gone(b.project_id, b.id)) END,
    'iterations', CASE WHEN 'iterations' = ANY (f.parts) AND f.kind = 'step' THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'number', t.number, 'action', t.action, 'role', t.role, 'agent', t.agent,
            'at', planner.iso(t.at), 'content', nullif(left(t.content, 1000), ''),
            'content_length', nullif(char_length(t.content), 0), 'feedback', left(t.feedback, 1000),
            'reasoning', left(t.reasoning, 1000), 'score', t.assessment -> 'score',
            'cut', CASE WHEN greatest(char_length(t.content), char_length(t.feedback),
                                      char_length(t.reasoning)) > 1000
                          OR t.cut IS NOT NULL THEN true END))
            ORDER BY t.number DESC), '[]')
        FROM (SELECT x.* FROM planner.iterations x
              WHERE x.project_id = f.project_id AND x.step_id = f.id
              ORDER BY x.number DESC LIMIT $5::integer) t) END,
    'evidence', CASE WHEN 'evidence' = ANY (f.parts) THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'kind', e.kind, 'reference', e.reference, 'summary', left(e.summary, 1000),
            'agent', e.agent, 'at', planner.iso(e.at),
            'cut', CASE WHEN char_length(e.summary) > 1000 THEN true END)) ORDER BY e.id DESC), '[]')
        FROM (SELECT x.* FROM planner.evidence x
              WHERE x.project_id = f.project_id AND x.item_id = f.id AND x.undone_by IS NULL
              ORDER BY x.id DESC LIMIT $5::integer) e) END,
    'history', CASE WHEN 'history' = ANY (f.parts) THEN (
        SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'change', a.change, 'action', a.action, 'at', planner.iso(a.at),
            'agent', a.ai_agent, 'user', a.user_id)) ORDER BY a.id DESC), '[]')
        FROM (SELECT x.* FROM planner.audit x
              WHERE x.project_id = f.project_id AND x.entity_id = f.id
                AND x.id >= planner.audit_begins(f.project_id)
              ORDER BY x.id DESC LIMIT $5::integer) a) END,
    'gone', CASE WHEN 'history' = ANY (f.parts) THEN (
        SELECT planner.cut_told(c) FROM planner.cuts_made c
        WHERE c.project_id = f.project_id AND c.kind = 'audit' AND c.until >= f.created_at
        ORDER BY c.audit_id DESC LIMIT 1) END,
    'origin', (SELECT json_agg(json_strip_nulls(json_build_object('program', o.program, 'kind', o.kind,
            'id', CASE WHEN o.source_id = 'place' THEN o.record
                       ELSE substr(o.source_id, strpos(o.source_id, ':') + 1) END,
            'at', planner.iso(o.at),
            'record', CASE WHEN o.told AND o.source_id <> 'place'
                THEN substr(o.record, CASE WHEN o.n = $6::integer + 1 THEN $7::integer ELSE 0 END + 1, 16001) END))
            ORDER BY o.n)
        FROM (SELECT x.*, row_number() OVER (ORDER BY x.own DESC, x.program, x.source_id) AS n
              FROM (SELECT y.*, 'origin' = ANY (f.parts) AS told,
                           y.source_id = 'place' OR starts_with(y.source_id, 'item:') AS own
                    FROM planner.origins y
                    WHERE y.project_id = f.project_id AND y.item_id = f.id) x
              WHERE x.told OR x.own
              ORDER BY n LIMIT $5::integer
              OFFSET CASE WHEN 'origin' = ANY (f.parts) THEN $6::integer END) o)))
FROM f
JOIN planner.projects p ON p.id = f.project_id
CROSS JOIN LATERAL (SELECT CASE WHEN f.status = 'open' AND f.kind <> 'project'
    THEN planner.wait_of(f.project_id, f.id, NULL) END AS wait OFFSET 0) w
LEFT JOIN planner.roll r ON r.project_id = f.project_id AND r.id = f.id
LEFT JOIN planner.steps s ON s.project_id = f.project_id AND s.id = f.id
-- The iterations are joined as they stand here (OFFSET 0): to weigh all orders of so many tables takes
-- longer than everything else, and the first call of each session waits for it.
LEFT JOIN LATERAL (SELECT n.content, n.reasoning FROM planner.iterations n
    WHERE n.project_id = f.project_id AND n.step_id = f.id AND n.number = s.server_number
    OFFSET 0) sv ON true
LEFT JOIN LATERAL (SELECT n.content, n.reasoning FROM planner.iterations n
    WHERE n.project_id = f.project_id AND n.step_id = f.id AND n.number = s.client_number
    OFFSET 0) cl ON true
LEFT JOIN LATERAL (SELECT n.number, n.content FROM planner.iterations n
    WHERE n.project_id = f.project_id AND n.step_id = f.id AND n.number = s.final_number
    OFFSET 0) fi ON true
LEFT JOIN LATERAL (SELECT n.role, n.reasoning, n.feedback FROM planner.iterations n
    WHERE n.project_id = f.project_id AND n.step_id = f.id AND n.number = s.turn_number
    OFFSET 0) la ON true
