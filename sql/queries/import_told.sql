-- Who follows the store hears that everything in a project may have changed.
-- $1 uuid    project
-- $2 bigint  its last change
-- class: upkeep
INSERT INTO planner.outbox (project_id, change) VALUES ($1::uuid, $2::bigint)
ON CONFLICT (xid, change) DO UPDATE SET entities = NULL
