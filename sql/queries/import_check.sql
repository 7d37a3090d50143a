-- What is wrong with a project that was just brought in, beyond what constraints see: the tree, numbers,
-- counters, and what items repeat of their steps. At most five sentences, by number.
-- $1 uuid  project
-- class: upkeep
WITH p AS MATERIALIZED (
    SELECT x.*, c.last_number FROM planner.projects x
    LEFT JOIN planner.counters c ON c.project_id = x.id WHERE x.id = $1::uuid
), blockers AS (
    SELECT d.item_id, count(*) AS n
    FROM planner.deps d JOIN planner.items o ON o.project_id = d.project_id AND o.id = d.blocked_by
    WHERE d.project_id = $1::uuid AND o.status = 'open' AND o.deleted_at IS NULL
    GROUP BY d.item_id
), last AS (
    SELECT n.step_id, max(n.number) AS number FROM planner.iterations n
    WHERE n.project_id = $1::uuid GROUP BY n.step_id
), t AS (
    SELECT i.number, CASE
        WHEN i.number > p.last_number THEN format('the last number is told as %s', p.last_number)
        WHEN i.depth <> coalesce(u.depth + 1, 0)
        THEN format('is at depth %s; its parent is at %s', i.depth, coalesce(u.depth, -1))
        WHEN u.kind = 'step' AND i.deleted_at IS NULL THEN 'hangs from a step'
        WHEN i.kind = 'step' AND s.id IS NULL THEN 'has no line of kind step'
        WHEN i.kind <> 'step' AND s.id IS NOT NULL THEN 'is no step and has a line of kind step'
        WHEN i.kind = 'step' AND coalesce(i.content_status, 'pending') <> s.status
        THEN format('is told as %s; its content is %s', coalesce(i.content_status, 'pending'),
                    s.status)
        WHEN i.kind = 'step' AND i.promote_score IS DISTINCT FROM
             CASE WHEN s.assessed_promote THEN 1 ELSE s.complexity_score END
        THEN 'has another score than its step'
        WHEN i.kind = 'step' AND s.last_number < l.number THEN 'has a version behind its last number'
        WHEN i.kind = 'step' AND i.disputed <> (d.step_id IS NOT NULL)
        THEN CASE WHEN i.disputed THEN 'is disputed without an open dispute'
                  ELSE 'has an open dispute and is not disputed' END
        WHEN i.deleted_at IS NULL AND i.n_blockers <> coalesce(b.n, 0)
        THEN format('waits for %s items; there are %s', i.n_blockers, coalesce(b.n, 0))
        WHEN i.kind <> 'step' AND i.deleted_at IS NULL
             AND (i.has_children, i.has_avail) <> (r.n_children > 0, r.n_avail > 0)
        THEN format('has_children %s, has_avail %s; there are %s children, %s ready',
                    i.has_children, i.has_avail, r.n_children, r.n_avail)
        WHEN i.kind <> 'step' AND i.deleted_at IS NULL AND r.n_children > 0
             AND (i.status = 'complete') <> (r.n_open = 0)
        THEN format('is %s with %s open children', i.status, r.n_open) END AS what
    FROM planner.items i CROSS JOIN p
    LEFT JOIN planner.items u ON u.project_id = i.project_id AND u.id = i.parent_id
    LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
    LEFT JOIN last l ON l.step_id = i.id
    LEFT JOIN planner.disputes d ON d.project_id = i.project_id AND d.step_id = i.id
         AND d.status = 'pending'
    LEFT JOIN blockers b ON b.item_id = i.id
    WHERE i.project_id = $1::uuid
    UNION ALL
    SELECT 0, 'has no item of its own' FROM p
    WHERE NOT EXISTS (SELECT FROM planner.items i WHERE i.project_id = $1::uuid AND i.id = $1::uuid)
)
SELECT json_build_object('wrong', coalesce(json_agg(p.slug
        || CASE WHEN w.number > 0 THEN '-' || w.number ELSE '' END || ' ' || w.what
        ORDER BY w.number), '[]'))
FROM (SELECT * FROM t WHERE t.what IS NOT NULL ORDER BY t.number LIMIT 5) w CROSS JOIN p
