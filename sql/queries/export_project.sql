-- A project with the last number that it gave out; its name and times are those of its root item.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT p.id, p.slug, p.description, p.status, p.complexity_threshold, p.max_iterations,
        p.require_review, p.separate_authors, p.human_only, p.require_evidence, p.workspace,
        c.last_number
    FROM planner.projects p JOIN planner.counters c ON c.project_id = p.id
    WHERE p.id = $1::uuid
) r
