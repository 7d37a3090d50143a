-- The first ready leaves of a project in depth-first order, and what was passed over before the
-- first of them; when nothing is ready, why. Nothing of an archived project. No row when there is no
-- such project.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- $4 text  agent
-- $5 int   items
-- $6 int   how many of the passed over are told
WITH ready AS MATERIALIZED (
    SELECT q.id, q.n
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    JOIN planner.items r ON r.project_id = f.id AND r.id = f.id
    CROSS JOIN LATERAL planner.ready_below(f.id, f.id, r.sequential, $4, $5::integer)
        WITH ORDINALITY AS q (id, n)
), waiting AS MATERIALIZED (
    SELECT q.id, q.wait, q.n
    FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects a ON a.id = f.id AND a.status = 'active'
    CROSS JOIN LATERAL planner.waiting_below(f.id, f.id, $4, true, $6::integer + 20)
        WITH ORDINALITY AS q (id, wait, n)
    WHERE q.wait IS NOT NULL
)
SELECT json_strip_nulls(json_build_object(
    'project', p.slug, 'name', i.title, 'status', p.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
    'n_children', r.n_children, 'n_open', r.n_open,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', p.slug || '-' || t.number, 'kind', t.kind, 'title', t.title,
        'status', coalesce(s.status, t.status), 'state', 'ready', 'progress', 0,
        'version', t.version, 'parent', CASE WHEN u.kind = 'project' THEN p.slug
                                             ELSE p.slug || '-' || u.number END,
        'parent_title', u.title, 'assignee', t.assignee,
        'action', CASE WHEN s.id IS NULL THEN 'complete_step'
                       WHEN s.final_number IS NOT NULL THEN 'complete_step'
                       WHEN s.status = 'client_review' THEN 'review_step'
                       ELSE 'submit_step' END)) ORDER BY q.n), '[]')
        FROM ready q JOIN planner.items t ON t.project_id = p.id AND t.id = q.id
        JOIN planner.items u ON u.project_id = p.id AND u.id = t.parent_id
        LEFT JOIN planner.steps s ON s.project_id = p.id AND s.id = t.id),
    'passed_over', (SELECT coalesce(json_agg(json_build_object(
        'key', p.slug || '-' || t.number, 'wait', q.wait) ORDER BY q.n), '[]')
        FROM waiting q JOIN planner.items t ON t.project_id = p.id AND t.id = q.id
        WHERE q.n <= $6::integer),
    'passed_over_more', (SELECT nullif(greatest(count(*) - $6::integer, 0), 0) FROM waiting)))
FROM planner.projects p
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
WHERE p.id = planner.find_project($1::uuid, $2, $3)
