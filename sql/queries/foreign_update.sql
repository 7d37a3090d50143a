-- Items take what has changed in their source over. A text that came makes the step's next draft, ready
-- for review. Counters and what waits for them follow by doctor_fix_counters.sql.
-- $1 uuid   project
-- $2 text   agent, who wrote the contents
-- $3 jsonb  rows, a list of objects: what each item is from now on
-- class: bulk
WITH w AS MATERIALIZED (
    SELECT x.* FROM jsonb_to_recordset($3::jsonb) AS x (id uuid, title text, objective text,
        priority integer, assignee text, status text, completed_at timestamptz, number integer,
        content text, analysis jsonb)
), item AS (
    UPDATE planner.items i SET title = w.title, objective = w.objective, priority = w.priority,
        assignee = w.assignee, status = w.status, completed_at = w.completed_at,
        promote_score = CASE WHEN w.number IS NULL THEN i.promote_score
                             ELSE (w.analysis ->> 'score')::float8 END,
        version = i.version + 1, updated_at = now()
    FROM w WHERE i.project_id = $1::uuid AND i.id = w.id
), claim AS ( -- one that has run out
    DELETE FROM planner.claims c USING w
    WHERE c.project_id = $1::uuid AND c.item_id = w.id AND w.status <> 'open'
), draft AS (
    INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content, analysis)
    SELECT $1::uuid, w.id, w.number, 'submit', 'server', $2, w.content, w.analysis FROM w
    WHERE w.number IS NOT NULL
)
UPDATE planner.steps s SET status = 'client_review', last_number = w.number, server_ready = true,
    server_number = w.number, turn_number = w.number,
    complexity_score = (w.analysis ->> 'score')::float8, complexity_basis = 'analysis'
FROM w WHERE s.project_id = $1::uuid AND s.id = w.id AND w.number IS NOT NULL
