-- What should leave the store by itself, and what waits for somebody.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'outbox', (SELECT count(*) FROM planner.outbox),
    'outbox_old', (SELECT count(*) FROM planner.outbox WHERE at < now() - interval '2 days'),
    'requests', (SELECT count(*) FROM planner.requests),
    'requests_old', (SELECT count(*) FROM planner.requests WHERE at < now() - interval '8 days'),
    'changes_new', (SELECT count(*) FROM planner.outbox WHERE at > now() - interval '1 day'),
    'claims', (SELECT count(*) FROM planner.claims),
    'claims_expired', (SELECT count(*) FROM planner.claims WHERE expires_at < now()),
    'claims_old', (SELECT count(*) FROM planner.claims WHERE expires_at < now() - interval '1 day'),
    'disputes', (SELECT count(*) FROM planner.disputes WHERE status = 'pending'),
    'disputes_seconds', (SELECT extract(epoch FROM now() - min(created_at))::bigint
                         FROM planner.disputes WHERE status = 'pending')))
