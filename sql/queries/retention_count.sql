-- How much of a kind is as old as that in a project, without changing anything; not of iterations, which
-- retention_walk.sql counts. No row when there is nothing.
-- $1 uuid  project
-- $2 text  kind: audit, deleted, project
-- $3 text  what is older than this time
-- class: upkeep
SELECT json_strip_nulls(json_build_object('rows', n.rows, 'change', n.change,
    'until', floor(extract(epoch FROM n.until) * 1000)))
FROM (
    SELECT b.change, b.until, (
        SELECT count(*) FROM planner.audit a WHERE a.project_id = $1::uuid
          AND a.id >= planner.audit_begins($1::uuid) AND a.id < b.audit_id) AS rows
    FROM planner.audit_boundary($1::uuid, $3::timestamptz) b
    WHERE $2::text = 'audit' AND b.audit_id IS NOT NULL
    UNION ALL
    SELECT NULL, max(d.deleted_at), count(*)
    FROM planner.deleted_before($1::uuid, CASE WHEN $2::text = 'deleted'
                                               THEN $3::timestamptz ELSE '-infinity' END) d
    WHERE $2::text = 'deleted'
    UNION ALL
    SELECT NULL, NULL, (SELECT count(*) FROM planner.items i WHERE i.project_id = $1::uuid)
        + (SELECT count(*) FROM planner.iterations t WHERE t.project_id = $1::uuid)
        + (SELECT count(*) FROM planner.audit a WHERE a.project_id = $1::uuid)
    WHERE $2::text = 'project') n
WHERE n.rows > 0
