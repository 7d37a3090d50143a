-- Disputes of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT d.id, d.step_id, d.status, d.rounds, d.server_number, d.client_number, d.review_number,
        d.user_resolution, d.resolved_number, d.resolved_by, d.via, d.created_at, d.resolved_at
    FROM planner.disputes d WHERE d.project_id = $1::uuid
    ORDER BY d.id
) r
