-- Disputes of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_dispute.sql tells them
-- class: upkeep
INSERT INTO planner.disputes (project_id, id, step_id, status, rounds, server_number,
    client_number, review_number, user_resolution, resolved_number, resolved_by, via, created_at,
    resolved_at)
SELECT $1::uuid, r.id, r.step_id, r.status, r.rounds, r.server_number, r.client_number,
    r.review_number, r.user_resolution, r.resolved_number, r.resolved_by, r.via, r.created_at,
    r.resolved_at
FROM json_populate_recordset(NULL::planner.disputes, $2::json) r
