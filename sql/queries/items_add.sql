-- Many tasks and steps with their roll, content and dependency rows, numbered in the order given.
-- $1 uuid     project
-- $2 text     agent, who wrote the contents
-- $3 uuid[]   ids
-- $4 uuid[]   parents
-- $5 text[]   kinds
-- $6 int[]    depths
-- $7 text[]   sort keys
-- $8 text[]   titles
-- $9 text[]   objectives or contents, or nulls
-- $10 bool[]  sequential
-- $11 int[]   blockers
-- $12 int[]   children
-- $13 int[]   available children
-- $14 bool    steps need final content to be ready
-- $15 uuid[]  waiting items, by edge
-- $16 uuid[]  what they wait for, by edge
-- $17 text[]  analyses of the contents, JSON objects or nulls
-- class: bulk
WITH w AS MATERIALIZED (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::integer[], $7::text[], $8::text[],
        $9::text[], $10::boolean[], $11::integer[], $12::integer[], $13::integer[], $17::text[]::jsonb[])
    WITH ORDINALITY AS w (id, parent_id, kind, depth, sort_key, title, text, sequential,
                          n_blockers, n_children, n_avail, analysis, place)
), n AS (
    UPDATE planner.counters SET last_number = last_number + cardinality($3::uuid[])
    WHERE project_id = $1 RETURNING last_number - cardinality($3::uuid[]) AS base
), item AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, sequential, n_blockers, has_children, has_avail, needs_final, promote_score,
        content_status)
    SELECT $1, w.id, w.parent_id, w.kind, w.depth, w.sort_key, n.base + w.place, w.title,
        CASE WHEN w.kind = 'task' THEN w.text END, w.sequential, w.n_blockers,
        w.n_children > 0, w.n_avail > 0, w.kind = 'step' AND $14::boolean,
        (w.analysis ->> 'score')::float8,
        CASE WHEN w.kind = 'step' AND w.text IS NOT NULL THEN 'client_review' END
    FROM w, n
), roll AS (
    INSERT INTO planner.roll (project_id, id, n_children, n_open, n_avail)
    SELECT $1, w.id, w.n_children, w.n_children, w.n_avail FROM w WHERE w.kind = 'task'
), step AS (
    INSERT INTO planner.steps (project_id, id, status, last_number, server_ready, server_number,
        turn_number, complexity_score, complexity_basis)
    SELECT $1, w.id, CASE WHEN w.text IS NULL THEN 'pending' ELSE 'client_review' END,
        (w.text IS NOT NULL)::integer, w.text IS NOT NULL,
        CASE WHEN w.text IS NOT NULL THEN 1 END, CASE WHEN w.text IS NOT NULL THEN 1 END,
        (w.analysis ->> 'score')::float8, CASE WHEN w.analysis IS NOT NULL THEN 'analysis' END
    FROM w WHERE w.kind = 'step'
), iteration AS (
    INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content, analysis)
    SELECT $1, w.id, 1, 'submit', 'server', $2, w.text, w.analysis FROM w
    WHERE w.kind = 'step' AND w.text IS NOT NULL
)
INSERT INTO planner.deps (project_id, item_id, blocked_by)
SELECT DISTINCT $1::uuid, e.item, e.blocked_by FROM unnest($15::uuid[], $16::uuid[]) AS e (item, blocked_by)
