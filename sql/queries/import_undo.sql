-- Which changes of a project took back which, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_undo.sql tells them
-- class: upkeep
INSERT INTO planner.undos (project_id, change, root, redo)
SELECT $1::uuid, r.change, r.root, r.redo
FROM json_populate_recordset(NULL::planner.undos, $2::json) r
