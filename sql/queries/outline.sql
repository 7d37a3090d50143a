-- A part of the tree, depth-first, with what a line of the outline needs. No row when the item
-- does not exist.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null
-- $4 text    directory, for the project that is bound to it when nothing is named
-- $5 int     levels below
-- $6 bool    complete and cancelled items, too
-- $7 int     rows
-- $8 text[]  sort keys down to the last row told, or null
-- class: complex
WITH top AS MATERIALIZED (
    SELECT i.* FROM planner.items i WHERE NOT planner.is_gone(i.project_id, i.id) AND (i.project_id, i.id) IN (
        SELECT f.project_id, f.id FROM planner.find_item($1::uuid, $2, $3::integer) f
        UNION ALL
        SELECT d.id, d.id FROM planner.find_project(NULL, NULL, $4) d (id)
        WHERE $1::uuid IS NULL AND $2::text IS NULL)
), line AS MATERIALIZED (
    SELECT o.id, o.place, row_number() OVER () AS n
    FROM top, planner.outline_below(top.project_id, top.id, $5::integer, $6::boolean,
                                    $7::integer + 1, $8::text[]) o
)
SELECT json_strip_nulls(json_build_object(
    'key', CASE WHEN top.kind = 'project' THEN p.slug ELSE p.slug || '-' || top.number END,
    'kind', top.kind, 'title', top.title, 'project', p.slug,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, top.status),
    'state', planner.item_state(i),
    'status', CASE WHEN top.kind = 'project' THEN p.status END,
    'n_children', coalesce(r.n_children, 0), 'n_open', coalesce(r.n_open, 0),
    'disputes', CASE WHEN top.kind = 'project' THEN planner.pending_disputes(top.id) END,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', p.slug || '-' || t.number, 'kind', t.kind, 'level', t.depth - top.depth,
        'title', t.title, 'status', coalesce(s.status, t.status), 'state', planner.item_state(t, w.wait),
        'progress', planner.shown(tr.n_children, tr.n_open, tr.sum, t.status),
        'wait', w.wait,
        'round', CASE WHEN s.status IN ('client_review', 'server_draft')
                      THEN s.iteration_count + 1 END,
        'rounds', CASE WHEN s.status IN ('client_review', 'server_draft')
                       THEN planner.rounds(s, p.max_iterations) END,
        'assignee', t.assignee,
        'hidden', CASE WHEN t.depth - top.depth >= $5::integer AND tr.n_children > 0
                       THEN tr.n_children END,
        'place', array_to_string(l.place, ' '))) ORDER BY l.n), '[]')
        FROM line l
        CROSS JOIN LATERAL (SELECT t.* FROM planner.items t
                            WHERE t.project_id = top.project_id AND t.id = l.id OFFSET 0) t
        LEFT JOIN planner.roll tr ON tr.project_id = t.project_id AND tr.id = t.id
        LEFT JOIN planner.steps s ON s.project_id = t.project_id AND s.id = t.id
        CROSS JOIN LATERAL (SELECT CASE WHEN t.status = 'open'
            THEN planner.wait_of(t.project_id, t.id, NULL) END AS wait OFFSET 0) w)))
FROM top
JOIN planner.items i ON i.project_id = top.project_id AND i.id = top.id
JOIN planner.projects p ON p.id = top.project_id
LEFT JOIN planner.roll r ON r.project_id = top.project_id AND r.id = top.id
