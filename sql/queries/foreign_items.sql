-- Items of another program, as they stand there; numbered in the order given, parents before their
-- children. Counters follow by doctor_fix_counters.sql.
-- $1 uuid   project
-- $2 text   agent, who wrote the contents
-- $3 bool   steps need final content to be ready
-- $4 jsonb  rows, a list of objects
-- class: bulk
WITH w AS MATERIALIZED (
    SELECT x.*, row_number() OVER (ORDER BY x.place) AS nth
    FROM jsonb_to_recordset($4::jsonb) AS x (place integer, id uuid, parent_id uuid, kind text,
        depth integer, sort_key text, title text, text text, status text, priority integer,
        assignee text, created_at timestamptz, updated_at timestamptz, completed_at timestamptz,
        analysis jsonb)
), n AS (
    UPDATE planner.counters SET last_number = last_number + (SELECT count(*) FROM w)
    WHERE project_id = $1 RETURNING last_number - (SELECT count(*) FROM w) AS base
), item AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, status, priority, assignee, needs_final, promote_score, content_status, turn_at,
        created_at, updated_at, completed_at)
    SELECT $1, w.id, w.parent_id, w.kind, w.depth, w.sort_key, n.base + w.nth, w.title,
        CASE WHEN w.kind = 'task' THEN w.text END, w.status, w.priority, w.assignee,
        w.kind = 'step' AND $3::boolean, (w.analysis ->> 'score')::float8,
        CASE WHEN w.kind = 'step' AND w.text IS NOT NULL THEN 'client_review' END, now(),
        coalesce(w.created_at, now()), coalesce(w.updated_at, w.created_at, now()), w.completed_at
    FROM w, n
), roll AS (
    INSERT INTO planner.roll (project_id, id) SELECT $1, w.id FROM w WHERE w.kind = 'task'
), step AS (
    INSERT INTO planner.steps (project_id, id, status, last_number, server_ready, server_number,
        turn_number, complexity_score, complexity_basis)
    SELECT $1, w.id, CASE WHEN w.text IS NULL THEN 'pending' ELSE 'client_review' END,
        (w.text IS NOT NULL)::integer, w.text IS NOT NULL,
        CASE WHEN w.text IS NOT NULL THEN 1 END, CASE WHEN w.text IS NOT NULL THEN 1 END,
        (w.analysis ->> 'score')::float8, CASE WHEN w.analysis IS NOT NULL THEN 'analysis' END
    FROM w WHERE w.kind = 'step'
)
INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content, analysis, at)
SELECT $1, w.id, 1, 'submit', 'server', $2, w.text, w.analysis, coalesce(w.created_at, now()) FROM w
WHERE w.kind = 'step' AND w.text IS NOT NULL
