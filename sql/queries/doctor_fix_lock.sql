-- Nobody else changes the project until the transaction ends.
-- $1 uuid  project
-- class: upkeep
SELECT json_build_object('locked', planner.lock_topology($1::uuid, true))
