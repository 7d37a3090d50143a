-- Steps become tasks, with room for their children: their collaboration ends, a claim too, and their
-- final, else latest server content becomes the objective.
-- $1 uuid    project
-- $2 uuid[]  steps
-- $3 int[]   how many children each will have
-- $4 bool    the children will be available
-- class: bulk
WITH w AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[]) AS w (id, n)
), gone AS (
    DELETE FROM planner.steps s USING w WHERE s.project_id = $1 AND s.id = w.id
    RETURNING s.id, w.n, coalesce(s.final_number, s.server_number) AS number
), claim AS (
    DELETE FROM planner.claims k USING w WHERE k.project_id = $1 AND k.item_id = w.id
), item AS (
    UPDATE planner.items i SET kind = 'task', needs_final = false, disputed = false, content_status = NULL,
        has_children = true, has_avail = $4::boolean, promote_score = NULL,
        objective = (SELECT t.content FROM planner.iterations t
                     WHERE t.project_id = $1 AND t.step_id = g.id AND t.number = g.number),
        version = i.version + 1, updated_at = now()
    FROM gone g WHERE i.project_id = $1 AND i.id = g.id
)
INSERT INTO planner.roll (project_id, id, n_children, n_open, n_avail)
SELECT $1, g.id, g.n, g.n, CASE WHEN $4::boolean THEN g.n ELSE 0 END FROM gone g
ON CONFLICT (project_id, id) DO UPDATE -- promoted before, which was undone
    SET n_children = excluded.n_children, n_open = excluded.n_open, n_avail = excluded.n_avail, sum = 0
