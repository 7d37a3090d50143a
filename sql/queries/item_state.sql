-- Flush one of a write to an item: all that the rules look at. No row when it does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 text  mode of the lock, as in item_lock.sql: whether 'waited_for' has to be told
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'id', i.id, 'parent_id', i.parent_id,
    'key', CASE WHEN i.kind = 'project' THEN p.slug ELSE p.slug || '-' || i.number END,
    'kind', i.kind, 'title', i.title, 'status', i.status, 'version', i.version,
    'depth', i.depth, 'sequential', i.sequential, 'avail', i.avail,
    'disputed', i.disputed, 'needs_final', i.needs_final,
    'gone', planner.is_gone(i.project_id, i.id),
    'completed_at', floor(extract(epoch FROM i.completed_at) * 1000),
    'n_children', coalesce(r.n_children, 0), 'n_open', coalesce(r.n_open, 0),
    'progress', planner.progress(r.n_children, r.n_open, r.sum, i.status),
    'parent_status', (SELECT u.status FROM planner.items u
                      WHERE u.project_id = i.project_id AND u.id = i.parent_id),
    'parent_completed_at', (SELECT floor(extract(epoch FROM u.completed_at) * 1000)
                            FROM planner.items u
                            WHERE u.project_id = i.project_id AND u.id = i.parent_id
                              AND NOT u.has_children),
    'waited_for', CASE WHEN $4 = 'closing' OR ($4 = 'opening' AND i.status <> 'open')
        THEN planner.is_waited_for(i.project_id, i.id) END,
    'evidence_at', CASE WHEN p.require_evidence THEN (
        SELECT floor(extract(epoch FROM max(e.at)) * 1000) FROM planner.evidence e
        WHERE e.project_id = i.project_id AND e.item_id = i.id AND e.undone_by IS NULL) END,
    'claim', (SELECT json_build_object('agent', k.agent, 'token', k.token,
            'lease_seconds', k.lease_seconds, 'live', k.expires_at > clock_timestamp(),
            'expires_at', floor(extract(epoch FROM k.expires_at) * 1000))
        FROM planner.claims k WHERE k.project_id = i.project_id AND k.item_id = i.id),
    'project', json_build_object(
        'id', p.id, 'slug', p.slug, 'status', p.status, 'max_iterations', p.max_iterations,
        'complexity_threshold', p.complexity_threshold, 'require_review', p.require_review,
        'separate_authors', p.separate_authors, 'human_only', p.human_only,
        'require_evidence', p.require_evidence),
    'step', CASE WHEN s.id IS NOT NULL THEN json_build_object(
        'status', s.status, 'last_number', s.last_number, 'iteration_count', s.iteration_count,
        'max_iterations_reached', s.max_iterations_reached, 'server_ready', s.server_ready,
        'client_approved', s.client_approved, 'turn_number', s.turn_number, 'server_number', s.server_number,
        'client_number', s.client_number, 'final_number', s.final_number,
        'server_complexity', s.server_complexity, 'client_complexity', s.client_complexity,
        'agreed_complexity', s.agreed_complexity, 'complexity_score', s.complexity_score,
        'complexity_basis', s.complexity_basis, 'assessed_promote', s.assessed_promote,
        'server_agent', sv.agent, 'client_agent', cv.agent,
        'last_action', la.action, 'last_agent', la.agent,
        'last_at', floor(extract(epoch FROM la.at) * 1000),
        'server_assessment_number', s.server_assessment_number,
        'client_assessment_number', s.client_assessment_number,
        'server_assessment', sa.assessment, 'client_assessment', ca.assessment,
        'analysis', cu.analysis, 'client_analysis', cv.analysis,
        'content_at', (SELECT floor(extract(epoch FROM max(c.at)) * 1000)
                       FROM planner.iterations c
                       WHERE c.project_id = s.project_id AND c.step_id = s.id
                         AND c.content IS NOT NULL)
        ) END))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
JOIN planner.projects p ON p.id = i.project_id
LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
-- The iterations are joined as they stand here (OFFSET 0): to weigh all orders of so many tables takes
-- longer than everything else, and the first call of each session waits for it.
LEFT JOIN LATERAL (SELECT n.agent FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = s.server_number
    OFFSET 0) sv ON true
LEFT JOIN LATERAL (SELECT n.agent, n.analysis FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = s.client_number
    OFFSET 0) cv ON true
LEFT JOIN LATERAL (SELECT n.action, n.agent, n.at FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = s.turn_number
    OFFSET 0) la ON true
LEFT JOIN LATERAL (SELECT n.assessment FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = s.server_assessment_number
    OFFSET 0) sa ON true
LEFT JOIN LATERAL (SELECT n.assessment FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = s.client_assessment_number
    OFFSET 0) ca ON true
LEFT JOIN LATERAL (SELECT n.analysis FROM planner.iterations n
    WHERE n.project_id = s.project_id AND n.step_id = s.id AND n.number = coalesce(s.final_number, s.server_number)
    OFFSET 0) cu ON true
