-- What a project keeps of other programs' records, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_origin.sql tells them
-- class: upkeep
INSERT INTO planner.origins (project_id, item_id, program, source_id, kind, record, at)
SELECT $1::uuid, r.item_id, r.program, r.source_id, r.kind, r.record, r.at
FROM json_populate_recordset(NULL::planner.origins, $2::json) r
