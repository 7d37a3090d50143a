-- What is known of the contents of a project's steps, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT s.id, s.status, s.last_number, s.iteration_count, s.max_iterations_reached,
        s.server_ready, s.client_approved, s.turn_number, s.server_number, s.client_number,
        s.final_number, s.server_assessment_number, s.client_assessment_number,
        s.server_complexity, s.client_complexity, s.agreed_complexity, s.complexity_score,
        s.complexity_basis, s.assessed_promote
    FROM planner.steps s WHERE s.project_id = $1::uuid
    ORDER BY s.id
) r
