-- What retention took out of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_purged.sql tells them
-- class: upkeep
INSERT INTO planner.purged (project_id, id, cut, kind, number, depth, title, top, deleted_at)
SELECT $1::uuid, r.id, r.cut, r.kind, r.number, r.depth, r.title, r.top, r.deleted_at
FROM json_populate_recordset(NULL::planner.purged, $2::json) r
