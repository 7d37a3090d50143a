-- Flush one of resolve_dispute: the dispute itself when its id was given, else the step's pending
-- one, else its latest.
-- $1 uuid  id of dispute or step, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'id', d.id, 'status', d.status, 'rounds', d.rounds, 'server_number', d.server_number,
    'client_number', d.client_number, 'review_number', d.review_number,
    'user_resolution', d.user_resolution, 'resolved_by', d.resolved_by,
    'resolved_at', planner.iso(d.resolved_at)))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.disputes d ON d.project_id = f.project_id AND d.step_id = f.id
ORDER BY (d.id = $1::uuid) DESC NULLS LAST, (d.status = 'pending') DESC, d.created_at DESC, d.id DESC
LIMIT 1
