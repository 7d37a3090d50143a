-- Dependencies of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_dependency.sql tells them
-- class: upkeep
INSERT INTO planner.deps (project_id, item_id, blocked_by)
SELECT $1::uuid, r.item_id, r.blocked_by
FROM json_populate_recordset(NULL::planner.deps, $2::json) r
