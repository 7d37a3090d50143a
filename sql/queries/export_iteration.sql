-- Submissions, reviews and assessments of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT n.step_id, n.number, n.action, n.role, n.agent, n.content, n.feedback, n.reasoning,
        n.assessment, n.analysis, n.at, n.cut
    FROM planner.iterations n WHERE n.project_id = $1::uuid
    ORDER BY n.step_id, n.number
) r
