-- The audit of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_audit.sql tells them
-- class: upkeep
INSERT INTO planner.audit (project_id, id, change, at, entity_type, entity_id, action, old_values,
    new_values, user_id, ai_agent, role, client, request_id)
OVERRIDING SYSTEM VALUE
SELECT $1::uuid, r.id, r.change, r.at, r.entity_type, r.entity_id, r.action, r.old_values,
    r.new_values, r.user_id, r.ai_agent, r.role, r.client, r.request_id
FROM json_populate_recordset(NULL::planner.audit, $2::json) r
