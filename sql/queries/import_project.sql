-- A project, from the line of an export.
-- $1 uuid  project
-- $2 json  rows, as export_project.sql tells them: one
-- class: upkeep
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::json) AS r (
        slug text, description text, status text, complexity_threshold float8,
        max_iterations integer, require_review boolean, separate_authors boolean,
        human_only boolean, require_evidence boolean, workspace text, last_number integer)
), made AS (
    INSERT INTO planner.projects (id, slug, description, status, complexity_threshold,
        max_iterations, require_review, separate_authors, human_only, require_evidence, workspace)
    SELECT $1::uuid, r.slug, r.description, r.status, r.complexity_threshold, r.max_iterations,
        r.require_review, r.separate_authors, r.human_only, r.require_evidence, r.workspace
    FROM r
)
INSERT INTO planner.counters (project_id, last_number) SELECT $1::uuid, r.last_number FROM r
