-- The neighbours of an item in depth-first order, across levels, in reading order and the item among
-- them. No row when it does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null; 0 is the project, which comes before everything
-- $4 int   how many before it
-- $5 int   how many behind it
-- class: complex
WITH top AS MATERIALIZED (
    SELECT i.project_id, i.id, i.kind, i.number, p.slug, p.max_iterations
    FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    JOIN planner.projects p ON p.id = i.project_id
    WHERE NOT planner.is_gone(f.project_id, f.id)
), behind AS MATERIALIZED (
    SELECT w.id, w.n FROM top CROSS JOIN LATERAL planner.walk_forward(
        top.project_id, top.id, CASE WHEN $5::integer > 0 THEN $5::integer + 1 ELSE 0 END)
        WITH ORDINALITY AS w (id, n)
), before AS MATERIALIZED (
    SELECT w.id, w.n FROM top CROSS JOIN LATERAL planner.walk_backward(
        top.project_id, top.id, CASE WHEN $4::integer > 0 THEN $4::integer + 1 ELSE 0 END)
        WITH ORDINALITY AS w (id, n)
), line AS MATERIALIZED (
    SELECT b.id, -b.n AS place FROM before b WHERE b.n <= $4::integer
    UNION ALL
    SELECT top.id, 0 FROM top WHERE top.kind <> 'project'
    UNION ALL
    SELECT b.id, b.n FROM behind b WHERE b.n <= $5::integer
)
SELECT json_strip_nulls(json_build_object(
    'key', CASE WHEN top.kind = 'project' THEN top.slug ELSE top.slug || '-' || top.number END,
    'project', top.slug,
    'at', CASE WHEN top.kind <> 'project' THEN (SELECT count(*) FROM line l WHERE l.place < 0) END,
    'first', CASE WHEN $4::integer > 0 THEN (SELECT count(*) FROM before) <= $4::integer END,
    'last', CASE WHEN $5::integer > 0 THEN (SELECT count(*) FROM behind) <= $5::integer END,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', top.slug || '-' || t.number, 'kind', t.kind, 'level', t.depth, 'title', t.title,
        'status', coalesce(s.status, t.status), 'state', planner.item_state(t, w.wait),
        'progress', planner.shown(tr.n_children, tr.n_open, tr.sum, t.status),
        'wait', w.wait,
        'round', CASE WHEN s.status IN ('client_review', 'server_draft')
                      THEN s.iteration_count + 1 END,
        'rounds', CASE WHEN s.status IN ('client_review', 'server_draft')
                       THEN planner.rounds(s, top.max_iterations) END,
        'assignee', t.assignee, 'place', '')) ORDER BY l.place), '[]')
        FROM line l
        CROSS JOIN LATERAL (SELECT t.* FROM planner.items t
                            WHERE t.project_id = top.project_id AND t.id = l.id OFFSET 0) t
        LEFT JOIN planner.roll tr ON tr.project_id = t.project_id AND tr.id = t.id
        LEFT JOIN planner.steps s ON s.project_id = t.project_id AND s.id = t.id
        CROSS JOIN LATERAL (SELECT CASE WHEN t.status = 'open'
            THEN planner.wait_of(t.project_id, t.id, NULL) END AS wait OFFSET 0) w)))
FROM top
