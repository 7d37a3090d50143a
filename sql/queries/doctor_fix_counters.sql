-- Counters, flags and completion of the tasks at one depth, computed afresh from their children: from
-- the deepest on, so that what is below is right already. What is deleted may come back: it counts its
-- own children, too.
-- $1 uuid  project
-- $2 int   depth
-- class: upkeep
WITH t AS (
    SELECT i.id, i.status, i.completed_at,
        count(c.id) FILTER (WHERE c.status <> 'cancelled') AS n_children,
        count(c.id) FILTER (WHERE c.status = 'open') AS n_open,
        count(c.id) FILTER (WHERE c.avail) AS n_avail,
        coalesce(sum(planner.progress(r.n_children, r.n_open, r.sum, c.status))
                 FILTER (WHERE c.status <> 'cancelled'), 0) AS sum
    FROM planner.items i
    LEFT JOIN planner.items c ON c.project_id = i.project_id AND c.parent_id = i.id
         AND c.deleted_at IS NULL
    LEFT JOIN planner.roll r ON r.project_id = c.project_id AND r.id = c.id
    WHERE i.project_id = $1::uuid AND i.depth = $2::integer AND i.kind <> 'step'
    GROUP BY i.project_id, i.id
), w AS MATERIALIZED (
    SELECT t.id, t.n_children, t.n_open, t.n_avail, t.completed_at,
        CASE WHEN t.n_open = 0 THEN t.n_children ELSE t.sum END AS sum,
        CASE WHEN t.status = 'cancelled' OR t.n_children = 0 THEN t.status
             WHEN t.n_open = 0 THEN 'complete' ELSE 'open' END AS status
    FROM t
), made AS (
    INSERT INTO planner.roll (project_id, id, n_children, n_open, n_avail, sum)
    SELECT $1::uuid, w.id, w.n_children, w.n_open, w.n_avail, w.sum FROM w
    LEFT JOIN planner.roll r ON r.project_id = $1::uuid AND r.id = w.id WHERE r.id IS NULL
    RETURNING id
), counted AS (
    UPDATE planner.roll r
    SET n_children = w.n_children, n_open = w.n_open, n_avail = w.n_avail, sum = w.sum
    FROM w
    WHERE r.project_id = $1::uuid AND r.id = w.id
      AND ((r.n_children, r.n_open, r.n_avail) <> (w.n_children, w.n_open, w.n_avail)
           OR abs(r.sum - w.sum) > 1e-6 OR (w.n_open = 0 AND r.sum <> w.sum))
    RETURNING r.id
), flagged AS (
    UPDATE planner.items i
    SET has_children = w.n_children > 0, has_avail = w.n_avail > 0, status = w.status,
        completed_at = CASE WHEN w.status = 'complete' THEN coalesce(w.completed_at, now()) END
    FROM w
    WHERE i.project_id = $1::uuid AND i.id = w.id
      AND (i.has_children, i.has_avail, i.status)
          <> (w.n_children > 0, w.n_avail > 0, w.status)
    RETURNING i.id
)
SELECT json_build_object('rows', count(*))
FROM (SELECT id FROM made UNION ALL SELECT id FROM counted UNION ALL SELECT id FROM flagged) x
