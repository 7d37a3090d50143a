-- A task or a step, with its roll or content rows; the number is taken here, late in the
-- transaction.
-- $1 uuid   project
-- $2 uuid   id
-- $3 uuid   parent
-- $4 text   kind
-- $5 int    depth
-- $6 text   sort key
-- $7 text   title
-- $8 text   objective, or null
-- $9 bool   sequential
-- $10 int   priority
-- $11 text  assignee, or null
-- $12 bool  needs final content to be ready
-- $13 text  content of a ready draft, or null
-- $14 text  agent, who wrote the content
-- $15 jsonb analysis of the content, or null
-- class: simple
WITH n AS (
    UPDATE planner.counters SET last_number = last_number + 1 WHERE project_id = $1
    RETURNING last_number
), item AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, sequential, priority, assignee, needs_final, promote_score,
        content_status)
    SELECT $1, $2, $3, $4, $5::integer, $6, n.last_number, $7, $8, $9::boolean, $10::integer, $11,
        $12::boolean, ($15::jsonb ->> 'score')::float8,
        CASE WHEN $13::text IS NOT NULL THEN 'client_review' END
    FROM n
), roll AS (
    INSERT INTO planner.roll (project_id, id) SELECT $1, $2 WHERE $4 = 'task'
), step AS (
    INSERT INTO planner.steps (project_id, id, status, last_number, server_ready, server_number,
        turn_number, complexity_score, complexity_basis)
    SELECT $1, $2, CASE WHEN $13::text IS NULL THEN 'pending' ELSE 'client_review' END,
        ($13::text IS NOT NULL)::integer, $13::text IS NOT NULL,
        CASE WHEN $13::text IS NOT NULL THEN 1 END, CASE WHEN $13::text IS NOT NULL THEN 1 END,
        ($15::jsonb ->> 'score')::float8, CASE WHEN $15::jsonb IS NOT NULL THEN 'analysis' END
    WHERE $4 = 'step'
)
INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content, analysis)
SELECT $1, $2, 1, 'submit', 'server', $14, $13, $15::jsonb WHERE $13::text IS NOT NULL
