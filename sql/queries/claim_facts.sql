-- Flush one of claim_item: what the item waits for, what the agent holds in the project, and the
-- token and the expiry that a claim would have. A token is drawn under the lock on the item: of one
-- item they only grow.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 text  agent
-- $5 int   lease in seconds, or null: as before, else that of a claim
-- $6 int   the lease of a claim
-- $7 int   how many of the held are told
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'wait', CASE WHEN i.status = 'open' AND i.kind <> 'project'
                 THEN planner.wait_of(i.project_id, i.id, $4) END,
    'token', nextval('planner.claim_token'),
    'lease_seconds', l.seconds,
    'expires_at', planner.iso(clock_timestamp() + l.seconds * interval '1 second'),
    'n_held', h.n, 'held', h.keys))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
CROSS JOIN LATERAL (
    SELECT coalesce($5::integer, (SELECT k.lease_seconds FROM planner.claims k
                                  WHERE k.project_id = i.project_id AND k.item_id = i.id),
                    $6::integer) AS seconds) l
CROSS JOIN LATERAL (
    SELECT count(*) AS n, json_agg(x.key ORDER BY x.place) FILTER (WHERE x.place <= $7::integer) AS keys
    FROM planner.held_by(i.project_id, $4) x) h
