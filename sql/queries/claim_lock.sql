-- Flush one of claim_item, after the item's row is held: the lock on the agent's claims in its
-- project.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 text  agent
-- class: simple
SELECT NULL FROM planner.find_item($1::uuid, $2, $3::integer) f
WHERE planner.lock_claims(f.project_id, $4)
