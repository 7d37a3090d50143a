-- What changed since a snapshot, oldest first: a line per change and action, with the first entity
-- and how many more. No row when a project is named that does not exist. Numbers of transactions
-- mean something in one history only: behind the snapshot stands which ('@'), made of the server,
-- the table, which a dump makes anew, and the timeline, which going back to a moment and a failover
-- make anew.
-- $1 text    known so far, or null: nothing is told but the present snapshot
-- $2 text    only what this one shows: a page goes on; or null
-- $3 bigint  changes with a number above this one, or null
-- $4 uuid    project id, or null
-- $5 text    project slug, or null
-- $6 text    directory, for the project that is bound to it; without any: all projects
-- $7 int     changes
-- class: complex
WITH here AS MATERIALIZED (
    SELECT substr(md5(concat_ws(' ', c.system_identifier, 'planner.outbox'::regclass::oid,
        CASE WHEN pg_is_in_recovery()
             THEN (SELECT lpad(to_hex(t.timeline_id), 8, '0') FROM pg_control_checkpoint() t)
             ELSE lower(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)) END)), 1, 8) AS past
    FROM pg_control_system() c
), scope AS MATERIALIZED (
    SELECT p.id, p.slug FROM planner.find_project($4::uuid, $5, $6) f (id)
    LEFT JOIN planner.projects p ON p.id = f.id
    WHERE p.id IS NOT NULL OR ($4::uuid IS NULL AND $5::text IS NULL)
), page AS MATERIALIZED (
    SELECT o.project_id, o.change FROM scope s, planner.outbox_after(split_part($1, '@', 1)::pg_snapshot) o
    WHERE (s.id IS NULL OR o.project_id = s.id) AND o.change > coalesce($3::bigint, 0)
      AND ($2::text IS NULL
           OR pg_visible_in_snapshot(o.xid, split_part($2, '@', 1)::pg_snapshot))
    ORDER BY o.change LIMIT $7::integer
), line AS (
    SELECT g.project_id, g.change, a.first, a.more FROM page g CROSS JOIN LATERAL (
        SELECT min(x.id) AS first, count(DISTINCT coalesce(d.step_id, x.entity_id)) - 1 AS more
        FROM planner.audit x LEFT JOIN LATERAL (
            SELECT y.step_id FROM planner.disputes y
            WHERE y.project_id = x.project_id AND y.id = x.entity_id LIMIT 1) d
            ON x.entity_type = 'dispute'
        WHERE x.project_id = g.project_id AND x.change = g.change GROUP BY x.action) a
)
SELECT json_strip_nulls(json_build_object(
    'cursor', pg_current_snapshot() || '@' || here.past,
    'lost', coalesce(planner.outbox_lost(split_part($1, '@', 1)::pg_snapshot), false),
    'other', coalesce(nullif(split_part($1, '@', 2), '') <> here.past, false),
    'project', s.slug, 'project_id', s.id,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'change', a.change, 'action', a.action,
            'entity', CASE WHEN a.entity_type = 'project' THEN p.slug
                           ELSE p.slug || '-' || coalesce(i.number, di.number) END,
            'entity_type', a.entity_type, 'title', coalesce(i.title, di.title),
            'more', nullif(l.more, 0), 'at', planner.iso(a.at),
            'agent', a.ai_agent, 'user', a.user_id)) ORDER BY l.change, l.first), '[]')
        FROM line l
        CROSS JOIN LATERAL (SELECT x.* FROM planner.audit x
            WHERE x.project_id = l.project_id AND x.id = l.first LIMIT 1) a
        LEFT JOIN LATERAL (SELECT x.slug FROM planner.projects x
            WHERE x.id = a.project_id LIMIT 1) p ON true
        LEFT JOIN LATERAL (SELECT x.number, x.title FROM planner.items x
            WHERE x.project_id = a.project_id AND x.id = a.entity_id LIMIT 1) i ON true
        LEFT JOIN LATERAL (SELECT x.number, x.title FROM planner.disputes d
            JOIN planner.items x ON x.project_id = d.project_id AND x.id = d.step_id
            WHERE a.entity_type = 'dispute' AND d.project_id = a.project_id
              AND d.id = a.entity_id LIMIT 1) di ON true)))
FROM here, scope s
