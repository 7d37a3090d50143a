-- The first ready leaves of a project in depth-first order, and what was passed over before the
-- first of them; when nothing is ready, why. Nothing of an archived project. No row when there is no
-- such project. To claim them, with a lease: what the agent holds is passed over as well, rows are
-- locked, each gets a token, and never more than the cap has room for.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- $4 text  agent
-- $5 int   items
-- $6 int   how many of the passed over are told
-- $7 int   lease in seconds, or null: they are only looked at
-- $8 int   how many the agent may hold
-- $9 int   how many of the held are told
-- class: complex
WITH held AS MATERIALIZED (
    SELECT h.key, h.place FROM planner.find_project($1::uuid, $2, $3) f (id),
        planner.held_by(f.id, $4) h
    WHERE $7::integer IS NOT NULL
), ready AS MATERIALIZED (
    SELECT q.id, q.n, NULL::jsonb AS was, k.token, false AS busy, k.expires_at
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    JOIN planner.items r ON r.project_id = f.id AND r.id = f.id
    CROSS JOIN LATERAL planner.ready_below(f.id, f.id, r.sequential, $4, $5::integer)
        WITH ORDINALITY AS q (id, n)
    LEFT JOIN LATERAL ( -- by its key, however few claims the statistics know
        SELECT x.token, x.expires_at FROM planner.claims x
        WHERE x.project_id = f.id AND x.item_id = q.id AND x.expires_at > now() OFFSET 0) k ON true
    WHERE $7::integer IS NULL
    UNION ALL
    SELECT q.id, q.n, q.was, nextval('planner.claim_token'), q.busy,
           clock_timestamp() + $7::integer * interval '1 second'
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    JOIN planner.items r ON r.project_id = f.id AND r.id = f.id
    CROSS JOIN LATERAL planner.ready_to_take(f.id, f.id, r.sequential, $4, least($5::integer,
        $8::integer - (SELECT count(*) FROM held)::integer))
        WITH ORDINALITY AS q (id, was, busy, n)
    WHERE $7::integer IS NOT NULL
), waiting AS MATERIALIZED (
    SELECT q.id, q.wait, q.n
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    CROSS JOIN LATERAL planner.waiting_below(f.id, f.id, $4, true, $6::integer + 20,
                                             $7::integer IS NOT NULL)
        WITH ORDINALITY AS q (id, wait, n)
    WHERE q.wait IS NOT NULL
)
SELECT json_strip_nulls(json_build_object(
    'project_id', p.id, 'project', p.slug, 'name', i.title, 'status', p.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
    'n_children', r.n_children, 'n_open', r.n_open,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'id', t.id, 'key', p.slug || '-' || t.number, 'kind', t.kind, 'title', t.title,
        'status', coalesce(s.status, t.status),
        'state', CASE WHEN q.token IS NULL THEN 'ready' ELSE 'claimed' END, 'progress', 0,
        'version', t.version, 'parent', CASE WHEN u.kind = 'project' THEN p.slug
                                             ELSE p.slug || '-' || u.number END,
        'parent_title', u.title, 'assignee', t.assignee,
        'action', CASE WHEN s.id IS NULL THEN 'complete_step'
                       WHEN s.final_number IS NOT NULL THEN 'complete_step'
                       WHEN s.status = 'client_review' AND NOT (p.separate_authors AND $4 = (
                            SELECT d.agent FROM planner.iterations d -- who wrote it does not approve it
                            WHERE d.project_id = p.id AND d.step_id = s.id
                              AND d.number = s.server_number)) THEN 'review_step'
                       WHEN s.status = 'client_review' THEN 'complete_step'
                       ELSE 'submit_step' END,
        'token', q.token, 'expires_at', planner.iso(q.expires_at), 'was', q.was)) ORDER BY q.n), '[]')
        FROM ready q CROSS JOIN LATERAL ( -- by key, however small the projects of the store are
            SELECT x.* FROM planner.items x
            WHERE x.project_id = p.id AND x.id = q.id OFFSET 0) t
        CROSS JOIN LATERAL (SELECT x.* FROM planner.items x
            WHERE x.project_id = p.id AND x.id = t.parent_id OFFSET 0) u
        LEFT JOIN planner.steps s ON s.project_id = p.id AND s.id = t.id
        WHERE NOT q.busy),
    'busy', (SELECT count(*) FROM ready q WHERE q.busy),
    'n_held', (SELECT count(*) FROM held),
    'held', (SELECT json_agg(h.key ORDER BY h.place) FROM held h WHERE h.place <= $9::integer),
    'passed_over', (SELECT coalesce(json_agg(json_build_object(
        'key', p.slug || '-' || t.number, 'wait', q.wait) ORDER BY q.n), '[]')
        FROM waiting q CROSS JOIN LATERAL (
            SELECT x.number FROM planner.items x
            WHERE x.project_id = p.id AND x.id = q.id OFFSET 0) t
        WHERE q.n <= $6::integer),
    'passed_over_more', (SELECT nullif(greatest(count(*) - $6::integer, 0), 0) FROM waiting)))
FROM planner.projects p
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
WHERE p.id = planner.find_project($1::uuid, $2, $3)
