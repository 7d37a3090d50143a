-- How many open items each item of a project waits for, counted afresh: item by item, along the edges
-- of each, so that a plan of ten thousand is not held against all of its edges ten thousand times.
-- $1 uuid  project
-- class: upkeep
WITH fixed AS (
    UPDATE planner.items i SET n_blockers = w.n
    FROM (SELECT t.id, (SELECT count(*) FROM planner.deps d
                        JOIN planner.items o ON o.project_id = d.project_id AND o.id = d.blocked_by
                        WHERE d.project_id = $1::uuid AND d.item_id = t.id AND o.status = 'open'
                          AND o.deleted_at IS NULL) AS n
          FROM planner.items t WHERE t.project_id = $1::uuid) w
    WHERE i.project_id = $1::uuid AND i.id = w.id AND i.n_blockers <> w.n
    RETURNING i.id
)
SELECT json_build_object('rows', count(*)) FROM fixed
