-- A project with its root item, counter and roll row. The first free of the slugs is taken; none
-- free: no row. An active project that is bound to the workspace: nothing but its slug. Two callers
-- that choose the same at once meet projects_slug_key or projects_workspace.
-- $1 uuid    id
-- $2 text[]  slugs, in order of preference
-- $3 text    name
-- $4 text    description
-- $5 float8  complexity threshold, or null
-- $6 int     max iterations, or null
-- $7 bool    sequential
-- $8 bool    require review
-- $9 bool    separate authors
-- $10 bool   human only
-- $11 bool   require evidence
-- $12 text   workspace, or null
-- class: simple
WITH bound AS (
    SELECT p.slug FROM planner.projects p
    WHERE p.workspace = $12 AND p.status = 'active' AND p.workspace IS NOT NULL
), chosen AS (
    SELECT s.slug FROM unnest($2::text[]) WITH ORDINALITY AS s (slug, place)
    WHERE NOT EXISTS (SELECT FROM planner.projects p WHERE p.slug = s.slug)
      AND NOT EXISTS (SELECT FROM bound)
    ORDER BY s.place LIMIT 1
), project AS (
    INSERT INTO planner.projects (id, slug, description, complexity_threshold, max_iterations,
        require_review, separate_authors, human_only, require_evidence, workspace)
    SELECT $1, slug, $4, coalesce($5::float8, 0.7), coalesce($6::integer, 3), $8::boolean,
        $9::boolean, $10::boolean, $11::boolean, $12 FROM chosen
    RETURNING id, slug
), counter AS (
    INSERT INTO planner.counters (project_id) SELECT id FROM project
), root AS (
    INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title, sequential)
    SELECT id, id, 'project', 0, 'V', 0, $3, $7::boolean FROM project
    RETURNING id
), roll AS (
    INSERT INTO planner.roll (project_id, id) SELECT id, id FROM root
)
SELECT json_build_object('slug', slug,
    'xid', pg_current_xact_id()::text || ' ' || now()::text,
    'listened', EXISTS (SELECT FROM planner.listeners WHERE until > now()))
FROM project
UNION ALL
SELECT json_build_object('bound', slug) FROM bound
