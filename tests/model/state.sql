-- The whole of a small project as text, a line per fact, sorted; and what is wrong with it, which a
-- model never tells. Written from the tables alone: none of the program's readers is asked.
-- $1 text  slug
-- $2 int8  audit rows after this one belong to the last call
WITH p AS MATERIALIZED (
    SELECT * FROM planner.projects WHERE slug = $1
), i AS MATERIALIZED (
    SELECT i.*, coalesce(u.number, -1) AS up,
           row_number() OVER (PARTITION BY i.parent_id ORDER BY i.sort_key) AS place,
           planner.progress(r.n_children, r.n_open, r.sum, i.status) AS progress
    FROM p JOIN planner.items i ON i.project_id = p.id
    LEFT JOIN planner.items u ON u.project_id = p.id AND u.id = i.parent_id
    LEFT JOIN planner.roll r ON r.project_id = p.id AND r.id = i.id
), x AS MATERIALIZED (
    SELECT d.*, row_number() OVER (PARTITION BY d.step_id ORDER BY d.created_at, d.id) AS nth
    FROM p JOIN planner.disputes d ON d.project_id = p.id
), line (text) AS (
    SELECT format('P %s|%s|%s|%s%s%s%s|last %s|%s', p.status, p.max_iterations,
        round(p.complexity_threshold * 1e6), p.require_review, p.separate_authors, p.human_only,
        p.require_evidence, c.last_number, p.description)
    FROM p JOIN planner.counters c ON c.project_id = p.id
    UNION ALL
    SELECT format('I %s %s|in %s|place %s|%s|sequential %s|%s|%s|version %s|deleted %s|%s|%s|%s',
        i.number, i.kind, i.up, i.place, i.status, i.sequential, i.priority,
        coalesce(i.assignee, '-'), i.version, i.deleted_at IS NOT NULL,
        floor(i.progress * 1e5 + 1e-4), i.title, coalesce(replace(i.objective, E'\n', '/'), '-'))
    FROM i
    UNION ALL
    SELECT format('D %s waits for %s', a.number, b.number)
    FROM p JOIN planner.deps d ON d.project_id = p.id
    JOIN i a ON a.id = d.item_id JOIN i b ON b.id = d.blocked_by
    UNION ALL
    SELECT format('S %s %s|turn %s of %s|count %s|%s%s%s|%s %s %s|%s %s|%s %s %s %s %s', i.number,
        s.status, coalesce(s.turn_number, 0), s.last_number, s.iteration_count,
        s.max_iterations_reached, s.server_ready, s.client_approved, coalesce(s.server_number, 0),
        coalesce(s.client_number, 0), coalesce(s.final_number, 0),
        coalesce(s.server_assessment_number, 0), coalesce(s.client_assessment_number, 0),
        coalesce(s.complexity_basis, '-'), coalesce(round(s.server_complexity * 1e6 + 0.013)::text, '-'),
        coalesce(round(s.client_complexity * 1e6 + 0.013)::text, '-'),
        coalesce(round(s.agreed_complexity * 1e6 + 0.013)::text, '-'),
        coalesce(round(s.complexity_score * 1e6 + 0.013)::text, '-'))
    FROM p JOIN planner.steps s ON s.project_id = p.id JOIN i ON i.id = s.id
    UNION ALL
    SELECT format('S %s promote %s', i.number, s.assessed_promote)
    FROM p JOIN planner.steps s ON s.project_id = p.id JOIN i ON i.id = s.id
    WHERE s.assessed_promote IS NOT NULL
    UNION ALL
    SELECT format('N %s.%s %s|%s|%s|%s|%s|%s|%s', i.number, n.number, n.action, n.role, n.agent,
        coalesce(replace(n.content, E'\n', '/'), '-'), coalesce(n.feedback, '-'), coalesce(n.reasoning, '-'),
        coalesce(round((n.assessment ->> 'score')::float8 * 1e6 + 0.013)::text, '-'))
    FROM p JOIN planner.iterations n ON n.project_id = p.id JOIN i ON i.id = n.step_id
    UNION ALL
    SELECT format('C %s %s|%s|live %s', i.number, c.agent, c.token, c.expires_at > now())
    FROM p JOIN planner.claims c ON c.project_id = p.id JOIN i ON i.id = c.item_id
    UNION ALL
    SELECT format('X %s.%s %s|%s|%s %s %s|%s|%s|%s', i.number, x.nth, x.status, x.rounds,
        x.server_number, coalesce(x.client_number, 0), x.review_number,
        coalesce(x.user_resolution, '-'), coalesce(x.resolved_number, 0),
        coalesce(x.resolved_by, '-'))
    FROM x JOIN i ON i.id = x.step_id
    UNION ALL
    SELECT format('E %s %s|%s|%s|%s', i.number, e.kind, e.reference, coalesce(e.summary, '-'),
        e.agent)
    FROM p JOIN planner.evidence e ON e.project_id = p.id JOIN i ON i.id = e.item_id
    WHERE to_jsonb(e) ->> 'undone_by' IS NULL
    UNION ALL
    SELECT format('A %s|%s|%s', a.action, a.entity_type, coalesce(i.number, xi.number))
    FROM p JOIN planner.audit a ON a.project_id = p.id AND a.id > $2
    LEFT JOIN i ON i.id = a.entity_id
    LEFT JOIN x ON x.id = a.entity_id
    LEFT JOIN planner.audit o ON a.entity_type = 'dispute' AND o.project_id = p.id
        AND o.entity_id = a.entity_id AND o.action = 'disputed' -- its row may be gone by now
    LEFT JOIN i xi ON xi.id = coalesce(x.step_id, (o.new_values ->> 'step_id')::uuid)
    UNION ALL
    SELECT format('! %s: %s is %s, should be %s', i.number, c.what, c.stored, c.expected)
    FROM p CROSS JOIN LATERAL planner.roll_check(p.id) c LEFT JOIN i ON i.id = c.id
    UNION ALL
    SELECT format('! %s has depth %s, its parent %s', i.number, i.depth, u.depth)
    FROM i JOIN i u ON u.id = i.parent_id WHERE i.depth <> u.depth + 1
    UNION ALL
    SELECT format('! change %s is not in the outbox', a.change)
    FROM p JOIN planner.audit a ON a.project_id = p.id AND a.id > $2
    WHERE NOT EXISTS (SELECT FROM planner.outbox o WHERE o.change = a.change)
)
SELECT coalesce(string_agg(text, E'\n' ORDER BY text COLLATE "C"), ''),
       (SELECT coalesce(max(a.id), 0) FROM p JOIN planner.audit a ON a.project_id = p.id)
FROM line
