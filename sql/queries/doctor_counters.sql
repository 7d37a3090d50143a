-- The counters of every project and task, computed afresh from their children in one pass.
-- class: upkeep
WITH child AS (
    SELECT c.project_id, c.parent_id,
        count(*) FILTER (WHERE c.status <> 'cancelled') AS n_children,
        count(*) FILTER (WHERE c.status = 'open') AS n_open,
        count(*) FILTER (WHERE c.avail) AS n_avail,
        sum(planner.progress(r.n_children, r.n_open, r.sum, c.status))
            FILTER (WHERE c.status <> 'cancelled') AS sum
    FROM planner.items c
    LEFT JOIN planner.roll r ON r.project_id = c.project_id AND r.id = c.id
    WHERE c.deleted_at IS NULL AND c.parent_id IS NOT NULL
    GROUP BY c.project_id, c.parent_id
), t AS (
    SELECT i.project_id, i.number, i.status, i.has_children, i.has_avail, r.id,
        r.n_children, r.n_open, r.n_avail, r.sum, coalesce(k.n_children, 0) AS k_children,
        coalesce(k.n_open, 0) AS k_open, coalesce(k.n_avail, 0) AS k_avail,
        coalesce(k.sum, 0) AS k_sum
    FROM planner.items i
    LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
    LEFT JOIN child k ON k.project_id = i.project_id AND k.parent_id = i.id
    WHERE i.deleted_at IS NULL AND i.kind <> 'step'
), told AS (
    SELECT t.project_id, t.number, CASE
        WHEN t.id IS NULL THEN 'has no counters'
        WHEN (t.n_children, t.n_open, t.n_avail) <> (t.k_children, t.k_open, t.k_avail)
        THEN format('counts %s children, %s open, %s ready; there are %s, %s, %s', t.n_children,
                    t.n_open, t.n_avail, t.k_children, t.k_open, t.k_avail)
        WHEN abs(t.sum - t.k_sum) > 1e-6 OR (t.k_open = 0 AND t.sum <> t.k_children)
        THEN format('sums its children''s progress to %s; it is %s', t.sum, t.k_sum)
        WHEN t.has_children <> (t.k_children > 0) OR t.has_avail <> (t.k_avail > 0)
        THEN format('has_children %s, has_avail %s; there are %s children, %s ready',
                    t.has_children, t.has_avail, t.k_children, t.k_avail)
        WHEN t.k_children > 0 AND (t.status = 'complete') <> (t.k_open = 0)
        THEN format('is %s with %s open children', t.status, t.k_open) END AS what
    FROM t
)
SELECT json_strip_nulls(json_build_object('checked', count(*), 'wrong', count(w.what),
    'projects', to_json(array_agg(DISTINCT p.id) FILTER (WHERE w.what IS NOT NULL)),
    'examples', to_json((array_agg(p.slug || CASE WHEN w.number > 0 THEN '-' || w.number ELSE '' END
                                   || ' ' || w.what ORDER BY p.slug, w.number)
                         FILTER (WHERE w.what IS NOT NULL))[1:5])))
FROM told w JOIN planner.projects p ON p.id = w.project_id
