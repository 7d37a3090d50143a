-- A page of disputes, oldest first. No row when the project that is named does not exist. Each
-- status of each project is a walk of its own along an index; without a project, each status is.
-- $1 uuid    project id, or null
-- $2 text    project slug, or null; neither: all projects
-- $3 text    status, or null for both
-- $4 int8    time of the last one told, microseconds since the epoch, or null
-- $5 uuid    id of the last one told, or null
-- $6 int     rows
-- class: complex
WITH scope AS MATERIALIZED (
    SELECT $1::uuid IS NULL AND $2::text IS NULL AS every,
           planner.find_project($1::uuid, $2, NULL) AS project_id,
           coalesce(timestamptz 'epoch' + $4::bigint * interval '1 microsecond', '-infinity') AS at,
           coalesce($5::uuid, '00000000-0000-0000-0000-000000000000') AS id
), wanted AS MATERIALIZED (
    SELECT s.*, w.status FROM scope s, (VALUES ('pending'), ('resolved')) w (status)
    WHERE $3::text IS NULL OR w.status = $3
), page AS (
    SELECT * FROM (
        SELECT d.* FROM wanted w CROSS JOIN LATERAL (
            SELECT x.* FROM planner.disputes x
            WHERE x.project_id = w.project_id AND x.status = w.status
              AND (x.created_at, x.id) > (w.at, w.id)
              AND NOT planner.is_gone(x.project_id, x.step_id)
            ORDER BY x.created_at, x.id LIMIT $6::integer) d
        WHERE NOT w.every
        UNION ALL
        SELECT d.* FROM wanted w CROSS JOIN LATERAL (
            SELECT x.* FROM planner.disputes x
            WHERE x.status = w.status AND (x.created_at, x.id) > (w.at, w.id)
              AND NOT planner.is_gone(x.project_id, x.step_id)
            ORDER BY x.created_at, x.id LIMIT $6::integer) d
        WHERE w.every
    ) d
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
