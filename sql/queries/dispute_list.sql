-- A page of disputes, oldest first. No row when the project that is named does not exist.
-- $1 uuid    project id, or null
-- $2 text    project slug, or null; neither: all projects
-- $3 text    status, or null for both
-- $4 int8    time of the last one told, microseconds since the epoch, or null
-- $5 uuid    id of the last one told, or null
-- $6 int     rows
WITH scope AS MATERIALIZED (
    SELECT $1::uuid IS NULL AND $2::text IS NULL AS every,
           planner.find_project($1::uuid, $2, NULL) AS project_id
), page AS (
    SELECT d.* FROM scope s, planner.disputes d
    WHERE (s.every OR d.project_id = s.project_id)
      AND ($3::text IS NULL OR d.status = $3)
      AND NOT planner.is_gone(d.project_id, d.step_id)
      AND ($4::bigint IS NULL OR (d.created_at, d.id) >
           (timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::uuid))
    ORDER BY d.created_at, d.id LIMIT $6::integer
)
SELECT json_build_object('disputes', coalesce((
    SELECT json_agg(json_strip_nulls(json_build_object(
        'id', d.id, 'step', p.slug || '-' || i.number, 'title', i.title, 'project', p.slug,
        'status', d.status, 'rounds', d.rounds,
        'has_client_version', d.client_number IS NOT NULL,
        'user_resolution', d.user_resolution, 'resolved_by', d.resolved_by, 'via', d.via,
        'resolved_at', planner.iso(d.resolved_at), 'created_at', planner.iso(d.created_at),
        'place', (extract(epoch FROM d.created_at) * 1000000)::bigint)) ORDER BY d.created_at, d.id)
    FROM page d
    JOIN planner.projects p ON p.id = d.project_id
    JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id), '[]'))
FROM scope s WHERE s.every OR s.project_id IS NOT NULL
