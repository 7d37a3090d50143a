-- Evidence of a project, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_evidence.sql tells them
-- class: upkeep
INSERT INTO planner.evidence (project_id, id, item_id, kind, reference, summary, agent, at, undone_by)
OVERRIDING SYSTEM VALUE
SELECT $1::uuid, r.id, r.item_id, r.kind, r.reference, r.summary, r.agent, r.at, r.undone_by
FROM json_populate_recordset(NULL::planner.evidence, $2::json) r
