-- A page of the audit, newest first: of one item (with its disputes), deleted or not, or of a whole
-- project. No row when neither exists.
-- $1 uuid    id, or null
-- $2 text    slug, or null
-- $3 int     number, or null; 0 is the whole project
-- $4 text    directory, for the project that is bound to it when nothing is named
-- $5 text[]  actions, or null for all
-- $6 text    not before this time, or null
-- $7 text    before this time, or null
-- $8 int     audit id before which the page starts, or null
-- $9 int     rows
-- class: complex
WITH top AS MATERIALIZED (
    SELECT i.project_id, i.id, i.kind, i.number, i.created_at FROM planner.items i WHERE (i.project_id, i.id) IN (
        SELECT f.project_id, f.id FROM planner.find_ever($1::uuid, $2, $3::integer) f
        UNION ALL
        SELECT d.id, d.id FROM planner.find_project(NULL, NULL, $4) d (id)
        WHERE $1::uuid IS NULL AND $2::text IS NULL)
), scope AS MATERIALIZED ( -- times as ids, so that a page is a walk along the key whatever the range
    SELECT coalesce($6::timestamptz, '-infinity') AS since,
           coalesce($7::timestamptz, 'infinity') AS until,
           CASE WHEN $6::text IS NULL THEN 0
                ELSE planner.audit_from(top.project_id, $6::timestamptz) END AS since_id,
           planner.audit_begins(top.project_id) AS begins,
           least(coalesce($8::bigint, 9223372036854775807),
                 CASE WHEN $7::text IS NULL THEN 9223372036854775807
                      ELSE planner.audit_until(top.project_id, $7::timestamptz) END) AS below
    FROM top
), range AS MATERIALIZED ( -- what was archived counts as gone, whether its rows are or not
    SELECT s.since, s.until, s.below, greatest(s.since_id, s.begins) AS from_id FROM scope s
), about AS ( -- the item and its disputes; each has its rows in an index of its own
    SELECT top.project_id, top.id FROM top WHERE top.kind <> 'project'
    UNION ALL
    SELECT d.project_id, d.id FROM top JOIN planner.disputes d
        ON d.project_id = top.project_id AND d.step_id = top.id
), page AS (
    SELECT * FROM (
        SELECT a.* FROM range s, top CROSS JOIN LATERAL (
            SELECT x.* FROM planner.audit x
            WHERE x.project_id = top.project_id AND x.id < s.below AND x.id >= s.from_id
              AND x.at >= s.since AND x.at < s.until
              AND ($5::text[] IS NULL OR x.action = ANY ($5::text[]))
            ORDER BY x.id DESC LIMIT $9::integer) a
        WHERE top.kind = 'project'
        UNION ALL
        SELECT a.* FROM range s, about o CROSS JOIN LATERAL (
            SELECT x.* FROM planner.audit x
            WHERE x.project_id = o.project_id AND x.entity_id = o.id AND x.id < s.below AND x.id >= s.from_id
              AND x.at >= s.since AND x.at < s.until
              AND ($5::text[] IS NULL OR x.action = ANY ($5::text[]))
            ORDER BY x.id DESC LIMIT $9::integer) a
    ) a
    ORDER BY a.id DESC LIMIT $9::integer
)
SELECT jsonb_build_object(
    'of', CASE WHEN top.kind = 'project' THEN p.slug ELSE p.slug || '-' || top.number END,
    'items', (SELECT coalesce(jsonb_agg(json_strip_nulls(json_build_object(
        'change', a.change, 'action', a.action,
        'entity', CASE WHEN a.entity_type = 'project' THEN p.slug
                       ELSE p.slug || '-' || coalesce(i.number, di.number, g.number) END,
        'entity_type', a.entity_type, 'title', coalesce(i.title, di.title, g.title),
        'at', planner.iso(a.at), 'agent', a.ai_agent, 'user', a.user_id, 'role', a.role,
        'client', a.client, 'request_id', a.request_id,
        'undoes', CASE WHEN NOT n.redo THEN n.root END, 'redoes', CASE WHEN n.redo THEN n.root END,
        'place', a.id)
        )::jsonb || CASE WHEN a.old_values IS NULL THEN '{}'::jsonb
                ELSE jsonb_build_object('old_values', planner.history_values(a.project_id, a.old_values)) END
            || CASE WHEN a.new_values IS NULL THEN '{}'::jsonb
                ELSE jsonb_build_object('new_values', planner.history_values(a.project_id, a.new_values)) END
            ORDER BY a.id DESC), '[]')
        FROM page a
        LEFT JOIN planner.undos n ON n.change = a.change AND a.action = 'undone'
        LEFT JOIN planner.items i ON i.project_id = a.project_id AND i.id = a.entity_id
        LEFT JOIN planner.items di ON a.entity_type = 'dispute' AND di.project_id = a.project_id
            AND di.id = planner.dispute_step(a.project_id, a.entity_id)
        LEFT JOIN LATERAL (
            SELECT x.number, x.title FROM planner.gone x
            WHERE x.project_id = top.project_id AND x.id = a.entity_id OFFSET 0) g ON true))
    || coalesce((SELECT jsonb_build_object('cut', planner.cut_told(c)) FROM scope s, planner.cuts_made c
                 WHERE c.project_id = top.project_id AND c.kind = 'audit' AND c.until >= s.since
                   AND c.until >= top.created_at ORDER BY c.audit_id DESC LIMIT 1), '{}')
FROM top JOIN planner.projects p ON p.id = top.project_id
