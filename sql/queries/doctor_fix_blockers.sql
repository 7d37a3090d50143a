-- How many open items each item of a project waits for, counted afresh.
-- $1 uuid  project
-- class: upkeep
WITH b AS MATERIALIZED (
    SELECT d.item_id, count(*) AS n
    FROM planner.deps d
    JOIN planner.items o ON o.project_id = d.project_id AND o.id = d.blocked_by
    WHERE d.project_id = $1::uuid AND o.status = 'open' AND o.deleted_at IS NULL
    GROUP BY d.item_id
), fixed AS (
    UPDATE planner.items i SET n_blockers = w.n
    FROM (SELECT t.id, coalesce(b.n, 0) AS n FROM planner.items t LEFT JOIN b ON b.item_id = t.id
          WHERE t.project_id = $1::uuid) w
    WHERE i.project_id = $1::uuid AND i.id = w.id AND i.n_blockers <> w.n
    RETURNING i.id
)
SELECT json_build_object('rows', count(*)) FROM fixed
