-- The counters of the tasks at one depth of a project that was just brought in, from their children:
-- from the deepest on, so that what is below is right already.
-- $1 uuid  project
-- $2 int   depth
-- class: upkeep
UPDATE planner.roll r
SET n_children = w.n_children, n_open = w.n_open, n_avail = w.n_avail,
    sum = CASE WHEN w.n_open = 0 THEN w.n_children ELSE w.sum END
FROM (
    SELECT c.parent_id,
        count(*) FILTER (WHERE c.status <> 'cancelled') AS n_children,
        count(*) FILTER (WHERE c.status = 'open') AS n_open,
        count(*) FILTER (WHERE c.avail) AS n_avail,
        coalesce(sum(planner.progress(k.n_children, k.n_open, k.sum, c.status))
                 FILTER (WHERE c.status <> 'cancelled'), 0) AS sum
    FROM planner.items c
    LEFT JOIN planner.roll k ON k.project_id = c.project_id AND k.id = c.id
    WHERE c.project_id = $1::uuid AND c.depth = $2::integer + 1 AND c.deleted_at IS NULL
    GROUP BY c.parent_id
) w
WHERE r.project_id = $1::uuid AND r.id = w.parent_id
