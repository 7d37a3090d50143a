-- A page of the audit, newest first: of one item (with its disputes), or of a whole project. No row
-- when neither exists.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null; 0 is the whole project
-- $4 text    directory, for the project that is bound to it when nothing is named
-- $5 text[]  actions, or null for all
-- $6 text    not before this time, or null
-- $7 text    before this time, or null
-- $8 int     audit id before which the page starts, or null
-- $9 int     rows
WITH top AS MATERIALIZED (
    SELECT i.project_id, i.id, i.kind, i.number FROM planner.items i WHERE (i.project_id, i.id) IN (
        SELECT f.project_id, f.id FROM planner.find_item($1::uuid, $2, $3::integer) f
        UNION ALL
        SELECT d.id, d.id FROM planner.find_project(NULL, NULL, $4) d (id)
        WHERE $1::uuid IS NULL AND $2::text IS NULL)
), page AS (
    SELECT a.* FROM top JOIN planner.audit a ON a.project_id = top.project_id
    WHERE (top.kind = 'project' OR a.entity_id = top.id OR a.entity_id IN (
               SELECT d.id FROM planner.disputes d
               WHERE d.project_id = top.project_id AND d.step_id = top.id))
      AND ($5::text[] IS NULL OR a.action = ANY ($5::text[]))
      AND ($6::text IS NULL OR a.at >= $6::timestamptz)
      AND ($7::text IS NULL OR a.at < $7::timestamptz)
      AND ($8::text IS NULL OR a.id < $8::bigint)
    ORDER BY a.id DESC LIMIT $9::integer
)
SELECT json_build_object(
    'of', CASE WHEN top.kind = 'project' THEN p.slug ELSE p.slug || '-' || top.number END,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'change', a.change, 'action', a.action,
        'entity', CASE WHEN a.entity_type = 'project' THEN p.slug
                       ELSE p.slug || '-' || coalesce(i.number, di.number) END,
        'entity_type', a.entity_type, 'title', coalesce(i.title, di.title),
        'at', planner.iso(a.at), 'agent', a.ai_agent, 'user', a.user_id, 'role', a.role,
        'client', a.client, 'request_id', a.request_id,
        'place', a.id)
        )::jsonb || CASE WHEN a.old_values IS NULL THEN '{}'::jsonb
                ELSE jsonb_build_object('old_values', planner.cut_values(a.old_values)) END
            || CASE WHEN a.new_values IS NULL THEN '{}'::jsonb
                ELSE jsonb_build_object('new_values', planner.cut_values(a.new_values)) END ORDER BY a.id DESC), '[]')
        FROM page a
        LEFT JOIN planner.items i ON i.project_id = a.project_id AND i.id = a.entity_id
        LEFT JOIN planner.disputes d ON a.entity_type = 'dispute' AND d.project_id = a.project_id
            AND d.id = a.entity_id
        LEFT JOIN planner.items di ON di.project_id = d.project_id AND di.id = d.step_id))
FROM top JOIN planner.projects p ON p.id = top.project_id
