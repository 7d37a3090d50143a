-- Claims of a project, expired ones too, from lines of an export.
-- $1 uuid  project
-- $2 json  rows, as export_claim.sql tells them
-- class: upkeep
INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds, claimed_at, expires_at)
SELECT $1::uuid, r.item_id, r.agent, r.token, r.lease_seconds, r.claimed_at, r.expires_at
FROM json_populate_recordset(NULL::planner.claims, $2::json) r
