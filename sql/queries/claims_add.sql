-- Claims on items, in the place of those that ran out; with the token it has, a claim begins anew.
-- $1 uuid      project
-- $2 uuid[]    items
-- $3 bigint[]  tokens
-- $4 text      agent
-- $5 int       lease in seconds
-- $6 time      when it ends
-- class: simple
INSERT INTO planner.claims AS k (project_id, item_id, agent, token, lease_seconds, expires_at)
SELECT $1, c.item, $4, c.token, $5::integer, $6::timestamptz
FROM unnest($2::uuid[], $3::bigint[]) AS c (item, token)
ON CONFLICT (project_id, item_id) DO UPDATE
    SET agent = excluded.agent, token = excluded.token, lease_seconds = excluded.lease_seconds,
        expires_at = excluded.expires_at,
        claimed_at = CASE WHEN k.token = excluded.token THEN k.claimed_at ELSE now() END
