-- One item or project as it was at a time, with the parts that are asked for, as item_read.sql tells
-- it, but for a version, which only a change could use. No row when it did not exist then, or
-- that past was archived.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null
-- $4 text[]  parts, or null
-- $5 int     rows of each list
-- $6 text    the time
-- $7 int     rows of the origin that were told before
-- $8 int     characters of the next one's record that were told before
-- class: complex
WITH named AS MATERIALIZED (
    SELECT i.project_id, i.id FROM planner.items i WHERE i.id = $1::uuid
    UNION ALL
    SELECT d.project_id, d.step_id FROM planner.disputes d WHERE d.id = $1::uuid
    UNION ALL
    SELECT i.project_id, i.id FROM planner.projects p
    JOIN planner.items i ON i.project_id = p.id AND i.number = $3::integer WHERE p.slug = $2
), past AS MATERIALIZED (
    SELECT n.project_id, n.id, planner.past(n.project_id, $6::timestamptz) AS m FROM named n
    WHERE planner.past_cut(n.project_id, $6::timestamptz) IS NULL
), f AS MATERIALIZED (
    SELECT (q.item).*, t.m, (q.item).kind = 'step' AS is_step,
           coalesce($4::text[], CASE WHEN (q.item).kind = 'step' THEN ARRAY['content']
                                     ELSE ARRAY['children'] END) AS parts
    FROM past t
    CROSS JOIN LATERAL (
        SELECT planner.past_item(i, t.m) AS item FROM planner.items i
        WHERE i.project_id = t.project_id AND i.id = t.id OFFSET 0) q
    WHERE planner.past_exists(t.project_id, t.id, $6::timestamptz, t.m)
      AND (q.item).kind IS NOT NULL -- what was imported later is older than its import
), near AS MATERIALIZED ( -- the siblings, in their order
    SELECT c.id, c.kind, c.sort_key FROM f CROSS JOIN LATERAL planner.past_children(
        f.project_id, $6::timestamptz, f.m, f.parent_id) c
), stands AS MATERIALIZED ( -- what held it back, and what it waited for
    SELECT q.item, h.held, planner.past_wait(q.item, h.held, $6::timestamptz, f.m) AS wait
    FROM f
    CROSS JOIN LATERAL (
        SELECT planner.past_item(i, f.m) AS item FROM planner.items i
        WHERE i.project_id = f.project_id AND i.id = f.id OFFSET 0) q
    CROSS JOIN LATERAL (
        SELECT planner.past_hold(q.item, $6::timestamptz, f.m) AS held OFFSET 0) h
), below AS MATERIALIZED (
    SELECT c.*, row_number() OVER () AS n
    FROM f CROSS JOIN stands CROSS JOIN LATERAL planner.past_below(
        f.project_id, $6::timestamptz, f.m, f.id, 1, true, $5::integer, NULL, stands.held) c
    WHERE 'children' = ANY (f.parts) AND NOT f.is_step
), edge AS MATERIALIZED ( -- what it waits for, and what waits for it
    SELECT 'depends_on' AS what, w.blocked_by AS id FROM f JOIN planner.deps w
        ON w.project_id = f.project_id AND w.item_id = f.id
    WHERE 'dependencies' = ANY (f.parts)
      AND f.m -> f.id::text -> ('dep:' || w.blocked_by) IS DISTINCT FROM 'false'
    UNION
    SELECT 'depends_on', substr(e.key, 5)::uuid FROM f CROSS JOIN LATERAL jsonb_each(f.m -> f.id::text) e
    WHERE 'dependencies' = ANY (f.parts) AND starts_with(e.key, 'dep:') AND e.value = 'true'
    UNION
    SELECT 'blocks', w.item_id FROM f JOIN planner.deps w
        ON w.project_id = f.project_id AND w.blocked_by = f.id
    WHERE 'dependencies' = ANY (f.parts)
      AND f.m -> w.item_id::text -> ('dep:' || f.id) IS DISTINCT FROM 'false'
    UNION
    SELECT 'blocks', e.key::uuid FROM f CROSS JOIN LATERAL jsonb_each(f.m) e
    WHERE 'dependencies' = ANY (f.parts) AND e.key <> 'moved' AND e.value -> ('dep:' || f.id) = 'true'
), other AS MATERIALIZED (
    SELECT e.what, (q.item).number, jsonb_build_object(
        'key', (SELECT x.slug FROM planner.projects x WHERE x.id = f.project_id) || '-' || (q.item).number,
        'kind', (q.item).kind, 'title', (q.item).title, 'status', (q.item).status) AS told
    FROM f CROSS JOIN edge e
    CROSS JOIN LATERAL (
        SELECT planner.past_item(i, f.m) AS item FROM planner.items i
        WHERE i.project_id = f.project_id AND i.id = e.id OFFSET 0) q
    WHERE planner.past_exists(f.project_id, e.id, $6::timestamptz, f.m) AND (q.item).kind IS NOT NULL
)
SELECT jsonb_strip_nulls(jsonb_build_object(
    'key', CASE WHEN f.kind = 'project' THEN p.slug ELSE p.slug || '-' || f.number END,
    'id', f.id, 'kind', f.kind, 'title', f.title,
    'status', CASE WHEN f.kind = 'project' THEN p.status WHEN f.is_step THEN s.status ELSE f.status END,
    'state', planner.item_state(stands.item, stands.wait), 'wait', stands.wait,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, f.status), 'project', p.slug,
    'parent', (SELECT CASE WHEN u.kind = 'project' THEN p.slug ELSE p.slug || '-' || u.number END
               FROM planner.items u WHERE u.project_id = f.project_id AND u.id = f.parent_id),
    'prev_id', (SELECT x.kind || '://' || x.id FROM near x
                WHERE x.sort_key < f.sort_key ORDER BY x.sort_key DESC LIMIT 1),
    'next_id', (SELECT x.kind || '://' || x.id FROM near x
                WHERE x.sort_key > f.sort_key ORDER BY x.sort_key LIMIT 1),
    'objective', CASE WHEN NOT f.is_step THEN f.objective END,
    'description', CASE WHEN f.kind = 'project' THEN p.description END,
    'sequential', CASE WHEN f.sequential THEN true END,
    'priority', nullif(f.priority, 0), 'assignee', f.assignee,
    'created_at', planner.iso(f.created_at),
    'updated_at', planner.iso(coalesce((
        SELECT a.at FROM planner.audit a
        WHERE a.project_id = f.project_id AND a.entity_id = f.id AND a.at <= $6::timestamptz
        ORDER BY a.id DESC LIMIT 1),
        CASE WHEN f.updated_at <= $6::timestamptz THEN f.updated_at END,
        ( -- archived: then no later than this
        SELECT max(c.until) FROM planner.cuts_made c WHERE c.project_id = f.project_id
          AND c.kind = 'audit' AND c.until >= f.created_at), f.created_at)),
    'completed_at', planner.iso(f.completed_at),
    'settings', CASE WHEN f.kind = 'project' THEN jsonb_build_object(
        'complexity_threshold', p.complexity_threshold, 'max_iterations', p.max_iterations,
        'require_review', p.require_review, 'separate_authors', p.separate_authors,
        'human_only', p.human_only, 'require_evidence', p.require_evidence,
        'workspace', p.workspace) END) || CASE WHEN f.is_step THEN jsonb_build_object(
    'iteration_count', s.iteration_count, 'max_iterations', planner.rounds(s, p.max_iterations),
    'max_iterations_reached', CASE WHEN s.max_iterations_reached THEN true END,
    'draft', s.server_number, 'server_ready', s.server_ready, 'client_approved', s.client_approved,
    'server_complexity', s.server_complexity, 'client_complexity', s.client_complexity,
    'agreed_complexity', s.agreed_complexity, 'complexity_score', s.complexity_score,
    'basis', s.complexity_basis,
    'should_promote', CASE WHEN s.complexity_score IS NOT NULL THEN
        coalesce(s.assessed_promote, false) OR s.complexity_score >= p.complexity_threshold END,
    'promote_reason', CASE WHEN s.complexity_score >= p.complexity_threshold THEN 'threshold'
                           WHEN s.assessed_promote THEN 'assessed' END,
    'dispute', (SELECT jsonb_build_object('id', d.id, 'status', d.status,
            'rounds', d.rounds, 'user_resolution', d.user_resolution, 'resolved_by', d.resolved_by,
            'via', d.via, 'created_at', planner.iso(d.created_at),
            'resolved_at', planner.iso(d.resolved_at))
        FROM planner.past_disputes(f.project_id, f.id, $6::timestamptz, f.m) d
        WHERE d.id = $1::uuid OR d.status = 'pending'
        ORDER BY (d.id = $1::uuid) DESC NULLS LAST, d.created_at DESC LIMIT 1)) ELSE '{}' END
    || CASE WHEN f.is_step AND 'content' = ANY (f.parts) THEN jsonb_build_object(
    'final_content', (SELECT x.content FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.final_number),
    'server_content', (SELECT x.content FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.server_number AND s.final_number IS NULL),
    'server_reasoning', (SELECT x.reasoning FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.server_number AND s.final_number IS NULL),
    'client_content', (SELECT x.content FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.client_number AND s.final_number IS NULL),
    'client_reasoning', (SELECT x.reasoning FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.turn_number AND x.role = 'client'
        AND s.final_number IS NULL),
    'feedback', (SELECT x.feedback FROM planner.iterations x WHERE x.project_id = f.project_id
        AND x.step_id = f.id AND x.number = s.turn_number AND x.role = 'client'
        AND s.final_number IS NULL)) ELSE '{}' END
    || jsonb_build_object(
    'n_children', CASE WHEN NOT f.is_step THEN coalesce(r.n_children, 0) END,
    'n_open', CASE WHEN NOT f.is_step THEN coalesce(r.n_open, 0) END,
    'items', CASE WHEN f.kind = 'project' THEN (
        SELECT x.number FROM planner.items x
        WHERE x.project_id = f.project_id AND x.created_at <= $6::timestamptz
        ORDER BY x.number DESC LIMIT 1) END,
    'disputes', CASE WHEN f.kind = 'project' THEN (
        SELECT count(*) FROM planner.past_disputes(f.project_id, NULL, $6::timestamptz, f.m) d
        WHERE d.status = 'pending'
          AND planner.past_exists(f.project_id, d.step_id, $6::timestamptz, f.m)) END,
    'children', CASE WHEN 'children' = ANY (f.parts) AND NOT f.is_step THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('key', p.slug || '-' || (q.item).number,
            'kind', (q.item).kind, 'title', (q.item).title,
            'status', CASE WHEN (q.item).kind = 'step' THEN cs.status ELSE (q.item).status END,
            'state', planner.item_state(q.item, c.wait),
            'progress', planner.shown(cr.n_children, cr.n_open, cr.sum, (q.item).status))
            ORDER BY c.n), '[]')
        FROM below c
        CROSS JOIN LATERAL (
            SELECT planner.past_item(i, f.m) AS item FROM planner.items i
            WHERE i.project_id = f.project_id AND i.id = c.id OFFSET 0) q
        CROSS JOIN LATERAL planner.past_step(f.project_id, c.id, f.m) cs
        CROSS JOIN LATERAL planner.past_roll(f.project_id, c.id, f.m) cr) END,
    'depends_on', CASE WHEN 'dependencies' = ANY (f.parts) THEN (
        SELECT coalesce(jsonb_agg(o.told ORDER BY o.number), '[]') FROM other o
        WHERE o.what = 'depends_on') END,
    'blocks', CASE WHEN 'dependencies' = ANY (f.parts) THEN (
        SELECT coalesce(jsonb_agg(o.told ORDER BY o.number), '[]') FROM other o
        WHERE o.what = 'blocks') END,
    'iterations', CASE WHEN 'iterations' = ANY (f.parts) AND f.is_step THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'number', t.number, 'action', t.action, 'role', t.role, 'agent', t.agent,
            'at', planner.iso(t.at), 'content', nullif(left(t.content, 1000), ''),
            'content_length', nullif(char_length(t.content), 0), 'feedback', left(t.feedback, 1000),
            'reasoning', left(t.reasoning, 1000), 'score', t.assessment -> 'score',
            'cut', CASE WHEN greatest(char_length(t.content), char_length(t.feedback),
                                      char_length(t.reasoning)) > 1000
                          OR t.cut IS NOT NULL THEN true END)
            ORDER BY t.number DESC), '[]')
        FROM (SELECT x.* FROM planner.iterations x
              WHERE x.project_id = f.project_id AND x.step_id = f.id AND x.number <= s.last_number
              ORDER BY x.number DESC LIMIT $5::integer) t) END,
    'evidence', CASE WHEN 'evidence' = ANY (f.parts) THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'kind', e.kind, 'reference', e.reference, 'summary', left(e.summary, 1000),
            'agent', e.agent, 'at', planner.iso(e.at),
            'cut', CASE WHEN char_length(e.summary) > 1000 THEN true END) ORDER BY e.id DESC), '[]')
        FROM (SELECT x.* FROM planner.evidence x
              WHERE x.project_id = f.project_id AND x.item_id = f.id AND x.at <= $6::timestamptz
                AND (x.undone_by IS NULL OR $6::timestamptz < (
                     SELECT min(a.at) FROM planner.audit a
                     WHERE a.project_id = f.project_id AND a.change = x.undone_by))
              ORDER BY x.id DESC LIMIT $5::integer) e) END,
    'history', CASE WHEN 'history' = ANY (f.parts) THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'change', a.change, 'action', a.action, 'at', planner.iso(a.at),
            'agent', a.ai_agent, 'user', a.user_id) ORDER BY a.id DESC), '[]')
        FROM (SELECT x.* FROM planner.audit x
              WHERE x.project_id = f.project_id AND x.entity_id = f.id
                AND x.id >= planner.audit_begins(f.project_id) AND x.at <= $6::timestamptz
              ORDER BY x.id DESC LIMIT $5::integer) a) END,
    'gone', CASE WHEN 'history' = ANY (f.parts) THEN (
        SELECT planner.cut_told(c) FROM planner.cuts_made c
        WHERE c.project_id = f.project_id AND c.kind = 'audit' AND c.until >= f.created_at
        ORDER BY c.audit_id DESC LIMIT 1) END,
    'origin', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('program', o.program, 'kind', o.kind,
            'id', CASE WHEN o.source_id = 'place' THEN o.record
                       ELSE substr(o.source_id, strpos(o.source_id, ':') + 1) END,
            'at', planner.iso(o.at),
            'record', CASE WHEN o.told AND o.source_id <> 'place'
                THEN substr(o.record, CASE WHEN o.n = $7::integer + 1 THEN $8::integer ELSE 0 END + 1, 16001) END))
            ORDER BY o.n)
        FROM (SELECT x.*, row_number() OVER (ORDER BY x.own DESC, x.program, x.source_id) AS n
              FROM (SELECT y.*, 'origin' = ANY (f.parts) AS told,
                           y.source_id = 'place' OR starts_with(y.source_id, 'item:') AS own
                    FROM planner.origins y
                    WHERE y.project_id = f.project_id AND y.item_id = f.id
                      AND y.at <= $6::timestamptz) x
              WHERE x.told OR x.own
              ORDER BY n LIMIT $5::integer
              OFFSET CASE WHEN 'origin' = ANY (f.parts) THEN $7::integer END) o)))
FROM f CROSS JOIN stands
CROSS JOIN LATERAL planner.past_project(f.project_id, f.m) p
CROSS JOIN LATERAL planner.past_roll(f.project_id, f.id, f.m) r
CROSS JOIN LATERAL planner.past_step(f.project_id, f.id, f.m) s
