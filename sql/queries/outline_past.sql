-- A part of the tree as it was at a time, depth-first: what an outline's line needs. No row when the
-- item did not exist then, or that past was archived.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null
-- $4 text    directory, for the project that is bound to it when nothing is named
-- $5 int     levels below
-- $6 bool    complete and cancelled items, too
-- $7 int     rows
-- $8 text[]  sort keys down to the last row told, or null
-- $9 text    the time
-- class: complex
WITH named AS MATERIALIZED (
    SELECT i.project_id, i.id FROM planner.items i WHERE i.id = $1::uuid
    UNION ALL
    SELECT i.project_id, i.id FROM planner.projects p
    JOIN planner.items i ON i.project_id = p.id AND i.number = $3::integer WHERE p.slug = $2
    UNION ALL
    SELECT d.id, d.id FROM planner.find_project(NULL, NULL, $4) d (id)
    WHERE $1::uuid IS NULL AND $2::text IS NULL AND d.id IS NOT NULL
), past AS MATERIALIZED (
    SELECT planner.past(n.project_id, $9::timestamptz) AS m FROM named n
    WHERE planner.past_cut(n.project_id, $9::timestamptz) IS NULL
), top AS MATERIALIZED (
    SELECT (planner.past_item(i, past.m)).*, past.m,
           planner.past_exists(n.project_id, n.id, $9::timestamptz, past.m)
           AND (planner.past_item(i, past.m)).kind IS NOT NULL AS was_there -- not imported later
    FROM named n CROSS JOIN past JOIN planner.items i ON i.project_id = n.project_id AND i.id = n.id
), held AS MATERIALIZED (
    SELECT planner.past_item(i, top.m) AS item,
           planner.past_hold(planner.past_item(i, top.m), $9::timestamptz, top.m) AS wait
    FROM top JOIN planner.items i ON i.project_id = top.project_id AND i.id = top.id
    WHERE top.was_there
), line AS MATERIALIZED (
    SELECT o.id, o.place, o.wait, row_number() OVER () AS n
    FROM top, held CROSS JOIN LATERAL planner.past_below(
        top.project_id, $9::timestamptz, top.m, top.id, $5::integer, $6::boolean, $7::integer + 1,
        $8::text[], jsonb_build_object('of', (SELECT x.slug FROM planner.projects x
                                              WHERE x.id = top.project_id) || '-' || top.number)
                    || held.wait) o
)
SELECT json_strip_nulls(json_build_object(
    'key', CASE WHEN top.kind = 'project' THEN p.slug ELSE p.slug || '-' || top.number END,
    'kind', top.kind, 'title', top.title, 'project', p.slug,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, top.status),
    'state', planner.item_state(held.item,
                                planner.past_wait(held.item, held.wait, $9::timestamptz, top.m)),
    'status', CASE WHEN top.kind = 'project' THEN p.status END,
    'n_children', coalesce(r.n_children, 0), 'n_open', coalesce(r.n_open, 0),
    'disputes', CASE WHEN top.kind = 'project' THEN (
        SELECT count(*) FROM planner.past_disputes(top.project_id, NULL, $9::timestamptz, top.m) d
        WHERE d.status = 'pending'
          AND planner.past_exists(top.project_id, d.step_id, $9::timestamptz, top.m)) END,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', p.slug || '-' || t.number, 'kind', t.kind, 'level', cardinality(l.place),
        'title', t.title, 'status', CASE WHEN t.kind = 'step' THEN s.status ELSE t.status END,
        'state', planner.item_state(t.item, l.wait), 'wait', l.wait,
        'progress', planner.shown(tr.n_children, tr.n_open, tr.sum, t.status),
        'round', CASE WHEN s.status IN ('client_review', 'server_draft') AND t.kind = 'step'
                      THEN s.iteration_count + 1 END,
        'rounds', CASE WHEN s.status IN ('client_review', 'server_draft') AND t.kind = 'step'
                       THEN planner.rounds(s, p.max_iterations) END,
        'assignee', t.assignee,
        'hidden', CASE WHEN cardinality(l.place) >= $5::integer AND tr.n_children > 0
                       THEN tr.n_children END,
        'place', array_to_string(l.place, ' '))) ORDER BY l.n), '[]')
        FROM line l
        CROSS JOIN LATERAL (
            SELECT planner.past_item(x, top.m) AS item FROM planner.items x
            WHERE x.project_id = top.project_id AND x.id = l.id OFFSET 0) q
        CROSS JOIN LATERAL (SELECT (q.item).*, q.item) t
        CROSS JOIN LATERAL planner.past_roll(top.project_id, l.id, top.m) tr
        CROSS JOIN LATERAL planner.past_step(top.project_id, l.id, top.m) s)))
FROM top CROSS JOIN held
CROSS JOIN LATERAL planner.past_project(top.project_id, top.m) p
CROSS JOIN LATERAL planner.past_roll(top.project_id, top.id, top.m) r
