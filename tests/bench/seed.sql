-- A project of tasks with nine open steps each: the same shape for the program and for pgbench. The
-- id of item NUMBER is base + NUMBER in decimal digits; tasks are numbers 1, 11, 21, ...
-- $1 text    slug
-- $2 bigint  base
-- $3 int     tasks
WITH base AS (
    SELECT lpad($2::text, 32, '0')::uuid AS id
), project AS (
    INSERT INTO planner.projects (id, slug, description) SELECT id, $1, 'bench' FROM base
), counter AS (
    INSERT INTO planner.counters (project_id, last_number) SELECT id, $3::integer * 10 FROM base
), root AS (
    INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title, has_children,
                               has_avail)
    SELECT id, id, 'project', 0, 'V', 0, $1, true, true FROM base
), item AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
                               objective, has_children, has_avail)
    SELECT base.id, lpad(($2::bigint + n)::text, 32, '0')::uuid,
        lpad(($2::bigint + CASE WHEN n % 10 = 1 THEN 0 ELSE (n - 1) / 10 * 10 + 1 END)::text, 32,
             '0')::uuid,
        CASE WHEN n % 10 = 1 THEN 'task' ELSE 'step' END, CASE WHEN n % 10 = 1 THEN 1 ELSE 2 END,
        '0' || lpad(n::text, 7, '0') || 'V', n, 'Item number ' || n,
        CASE WHEN n % 10 = 1 THEN 'What this task is for' END, n % 10 = 1, n % 10 = 1
    FROM base, generate_series(1, $3::integer * 10) n
), roll AS (
    INSERT INTO planner.roll (project_id, id, n_children, n_open, n_avail)
    SELECT id, id, $3::integer, $3::integer, $3::integer FROM base
    UNION ALL
    SELECT base.id, lpad(($2::bigint + n)::text, 32, '0')::uuid, 9, 9, 9
    FROM base, generate_series(1, $3::integer * 10, 10) n
)
INSERT INTO planner.steps (project_id, id)
SELECT base.id, lpad(($2::bigint + n)::text, 32, '0')::uuid
FROM base, generate_series(1, $3::integer * 10) n WHERE n % 10 <> 1
