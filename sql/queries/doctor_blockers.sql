-- How many open items each item waits for, counted afresh from the dependencies.
-- class: upkeep
WITH b AS (
    SELECT d.project_id, d.item_id, count(*) AS n
    FROM planner.deps d
    JOIN planner.items o ON o.project_id = d.project_id AND o.id = d.blocked_by
    WHERE o.status = 'open' AND o.deleted_at IS NULL
    GROUP BY d.project_id, d.item_id
), t AS (
    SELECT i.project_id, i.number, i.n_blockers, coalesce(b.n, 0) AS n
    FROM planner.items i
    LEFT JOIN b ON b.project_id = i.project_id AND b.item_id = i.id
    WHERE i.deleted_at IS NULL
)
SELECT json_strip_nulls(json_build_object('checked', count(*), 'wrong', count(*) FILTER (WHERE t.n_blockers <> t.n),
    'projects', to_json(array_agg(DISTINCT p.id) FILTER (WHERE t.n_blockers <> t.n)),
    'examples', to_json((array_agg(format('%s-%s counts %s; there are %s', p.slug, t.number,
                                          t.n_blockers, t.n) ORDER BY p.slug, t.number)
                         FILTER (WHERE t.n_blockers <> t.n))[1:5])))
FROM t JOIN planner.projects p ON p.id = t.project_id
