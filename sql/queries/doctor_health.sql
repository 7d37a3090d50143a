-- What waits for somebody, over all projects.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'disputes', (SELECT count(*) FROM planner.disputes WHERE status = 'pending'),
    'disputes_since', (SELECT planner.iso(min(created_at)) FROM planner.disputes
                       WHERE status = 'pending'),
    'claims', (SELECT count(*) FROM planner.claims),
    'claims_expired', (SELECT count(*) FROM planner.claims WHERE expires_at < now())))
