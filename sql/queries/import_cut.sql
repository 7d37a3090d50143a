-- Where retention cut a project's past off, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_cut.sql tells them
-- class: upkeep
INSERT INTO planner.cuts (project_id, id, slug, name, kind, state, until, audit_id, change,
    archived, purged, archive, sha256, made_by, at, done_at, place, place_depth, place_id)
OVERRIDING SYSTEM VALUE
SELECT $1::uuid, r.id, r.slug, r.name, r.kind, r.state, r.until, r.audit_id, r.change, r.archived,
    r.purged, r.archive, r.sha256, r.made_by, r.at, r.done_at, r.place, r.place_depth, r.place_id
FROM json_populate_recordset(NULL::planner.cuts, $2::json) r
