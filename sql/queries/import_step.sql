-- What is known of the contents of a project's steps, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_step.sql tells them
-- class: upkeep
INSERT INTO planner.steps (project_id, id, status, last_number, iteration_count,
    max_iterations_reached, server_ready, client_approved, turn_number, server_number,
    client_number, final_number, server_assessment_number, client_assessment_number,
    server_complexity, client_complexity, agreed_complexity, complexity_score, complexity_basis,
    assessed_promote)
SELECT $1::uuid, r.id, r.status, r.last_number, r.iteration_count, r.max_iterations_reached,
    r.server_ready, r.client_approved, r.turn_number, r.server_number, r.client_number,
    r.final_number, r.server_assessment_number, r.client_assessment_number, r.server_complexity,
    r.client_complexity, r.agreed_complexity, r.complexity_score, r.complexity_basis,
    r.assessed_promote
FROM json_populate_recordset(NULL::planner.steps, $2::json) r
