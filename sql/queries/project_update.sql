-- Change what is given of a project; null leaves a setting as it is.
-- $1 uuid    project
-- $2 text    name
-- $3 text    description
-- $4 text    status
-- $5 float8  complexity threshold
-- $6 int     max iterations
-- $7 bool    sequential
-- $8 bool    require review
-- $9 bool    separate authors
-- $10 bool   human only
-- $11 bool   require evidence
-- $12 text   workspace; empty unbinds
-- class: simple
WITH root AS (
    UPDATE planner.items SET title = coalesce($2, title), sequential = coalesce($7, sequential),
        version = version + 1, updated_at = now()
    WHERE project_id = $1 AND id = $1
)
UPDATE planner.projects SET
    description = coalesce($3, description),
    status = coalesce($4, status),
    complexity_threshold = coalesce($5::float8, complexity_threshold),
    max_iterations = coalesce($6::integer, max_iterations),
    require_review = coalesce($8::boolean, require_review),
    separate_authors = coalesce($9::boolean, separate_authors),
    human_only = coalesce($10::boolean, human_only),
    require_evidence = coalesce($11::boolean, require_evidence),
    workspace = CASE WHEN $12::text IS NULL THEN workspace ELSE nullif($12, '') END
WHERE id = $1
