-- For "not found": what is there instead, or what it was deleted with and which change brings it back,
-- once what stands in its way is undone (`later`, of `after`).
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
WITH RECURSIVE above AS (
    SELECT i.project_id, i.id, i.parent_id, i.number, i.deleted_at, 1 AS up
    FROM planner.find_ever($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    UNION ALL
    SELECT i.project_id, i.id, i.parent_id, i.number, i.deleted_at, a.up + 1
    FROM above a JOIN planner.items i ON i.project_id = a.project_id AND i.id = a.parent_id
)
SELECT json_strip_nulls(json_build_object(
    'slug', p.slug, 'last_number', c.last_number,
    'found', EXISTS (SELECT FROM above),
    'archived', ( -- its rows are gone
        SELECT json_build_object('key', p.slug || '-' || g.number, 'archive', g.archive,
            'at', floor(extract(epoch FROM g.archived_at) * 1000))
        FROM planner.gone g WHERE g.project_id = p.id AND g.number = $3::integer LIMIT 1),
    'archived_project', (
        SELECT json_build_object('key', x.slug, 'archive', x.archive,
            'at', floor(extract(epoch FROM x.at) * 1000))
        FROM planner.cuts_made x WHERE x.kind = 'project' AND (x.project_id = $1::uuid OR x.slug = $2)
        ORDER BY x.id DESC LIMIT 1),
    'n_projects', (SELECT count(*) FROM planner.projects),
    'deleted', (
        SELECT json_build_object('key', q.slug || '-' || i.number, 'up', t.up,
            'top', q.slug || '-' || t.number, 'change', coalesce(b.change, 0),
            'later', b.later -> 'change', 'after', b.later -> 'key')
        FROM above t JOIN planner.projects q ON q.id = t.project_id
        CROSS JOIN (SELECT x.number FROM above x WHERE x.up = 1) i
        LEFT JOIN LATERAL (
            SELECT a.change, planner.undo_state(a.change, '') -> 'later' AS later
            FROM planner.audit a
            WHERE a.project_id = t.project_id AND a.entity_id = t.id
              AND a.action IN ('deleted', 'undone')
            ORDER BY a.id DESC LIMIT 1) b ON true
        WHERE t.deleted_at IS NOT NULL ORDER BY t.up DESC LIMIT 1)))
FROM (SELECT $2::text AS slug) w
LEFT JOIN planner.projects p ON p.slug = w.slug
LEFT JOIN planner.counters c ON c.project_id = p.id
