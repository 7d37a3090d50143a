-- Submissions, reviews and assessments of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_iteration.sql tells them
-- class: upkeep
INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content, feedback,
    reasoning, assessment, analysis, at, cut)
SELECT $1::uuid, r.step_id, r.number, r.action, r.role, r.agent, r.content, r.feedback,
    r.reasoning, r.assessment, r.analysis, r.at, r.cut
FROM json_populate_recordset(NULL::planner.iterations, $2::json) r
