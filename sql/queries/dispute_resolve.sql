-- A person settled a dispute.
-- $1 uuid  project
-- $2 uuid  dispute
-- $3 text  resolution
-- $4 int   number of the iteration with the content that is final now
-- $5 text  who
-- $6 text  via
-- class: simple
UPDATE planner.disputes SET status = 'resolved', user_resolution = $3,
    resolved_number = $4::integer, resolved_by = $5, via = $6, resolved_at = now()
WHERE project_id = $1 AND id = $2
