-- How many rows of which part of an archive a cut is, without changing anything: one that would be made, or
-- what is left of one that has begun. Not of iterations, which retention_walk.sql counts. No row when there
-- is nothing.
-- $1 uuid    project
-- $2 text    kind: audit, deleted, project
-- $3 text    what is older than this time; null with a cut
-- $4 bigint  the cut that has begun, or null
-- class: upkeep
WITH b AS MATERIALIZED (
    SELECT x.audit_id, x.change, x.until FROM planner.audit_boundary($1::uuid, $3::timestamptz) x
    WHERE $2::text = 'audit' AND x.audit_id IS NOT NULL
), i AS MATERIALIZED ( -- items that go
    SELECT d.id FROM planner.deleted_before($1::uuid, CASE WHEN $2::text = 'deleted' AND $4::bigint IS NULL
                                                           THEN $3::timestamptz ELSE '-infinity' END) d
    WHERE $2::text = 'deleted'
    UNION ALL
    SELECT x.id FROM planner.purged g CROSS JOIN LATERAL (
        SELECT y.id FROM planner.items y WHERE y.project_id = $1::uuid AND y.id = g.id OFFSET 0) x
    WHERE $2::text = 'deleted' AND g.project_id = $1::uuid AND g.cut = $4::bigint
), n AS (
    SELECT 'audit' AS part, (
        SELECT count(*) FROM planner.audit a WHERE a.project_id = $1::uuid
          AND a.id >= planner.audit_begins($1::uuid) AND a.id < b.audit_id) AS rows
    FROM b
    UNION ALL
    SELECT v.part, v.rows FROM (
        SELECT 'items' AS part, count(*) AS rows FROM i
        UNION ALL
        SELECT 'iterations', sum((SELECT count(*) FROM planner.iterations t
                                  WHERE t.project_id = $1::uuid AND t.step_id = i.id)) FROM i
        UNION ALL
        SELECT 'steps', sum((SELECT count(*) FROM planner.steps s
                             WHERE s.project_id = $1::uuid AND s.id = i.id)) FROM i
        UNION ALL
        SELECT 'disputes', sum((SELECT count(*) FROM planner.disputes d
                                WHERE d.project_id = $1::uuid AND d.step_id = i.id)) FROM i
        UNION ALL
        SELECT 'evidence', sum((SELECT count(*) FROM planner.evidence e
                                WHERE e.project_id = $1::uuid AND e.item_id = i.id)) FROM i
        UNION ALL
        SELECT 'origins', sum((SELECT count(*) FROM planner.origins o
                               WHERE o.project_id = $1::uuid AND o.item_id = i.id)) FROM i
        UNION ALL
        SELECT 'deps', count(*) FROM (
            SELECT d.item_id, d.blocked_by FROM i CROSS JOIN LATERAL (
                SELECT x.* FROM planner.deps x
                WHERE x.project_id = $1::uuid AND x.item_id = i.id OFFSET 0) d
            UNION -- one that is between two of them is one
            SELECT d.item_id, d.blocked_by FROM i CROSS JOIN LATERAL (
                SELECT x.* FROM planner.deps x
                WHERE x.project_id = $1::uuid AND x.blocked_by = i.id OFFSET 0) d) e) v
    WHERE $2::text = 'deleted'
    UNION ALL
    SELECT v.part, v.rows FROM (
        SELECT 'project' AS part, (SELECT count(*) FROM planner.projects x WHERE x.id = $1::uuid) AS rows
        UNION ALL
        SELECT 'counters', (SELECT count(*) FROM planner.counters x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'items', (SELECT count(*) FROM planner.items x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'iterations', (SELECT count(*) FROM planner.iterations x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'steps', (SELECT count(*) FROM planner.steps x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'disputes', (SELECT count(*) FROM planner.disputes x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'evidence', (SELECT count(*) FROM planner.evidence x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'deps', (SELECT count(*) FROM planner.deps x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'origins', (SELECT count(*) FROM planner.origins x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'undos', (SELECT count(*) FROM planner.undos x WHERE x.project_id = $1::uuid)
        UNION ALL
        SELECT 'cuts', (SELECT count(*) FROM planner.cuts x WHERE x.project_id = $1::uuid
                          AND x.state <> 'planned' AND x.id IS DISTINCT FROM $4::bigint)
        UNION ALL
        SELECT 'purged', (SELECT count(*) FROM planner.gone x WHERE x.project_id = $1::uuid
                            AND x.cut IS DISTINCT FROM $4::bigint)
        UNION ALL
        SELECT 'audit', (SELECT count(*) FROM planner.audit x WHERE x.project_id = $1::uuid
                           AND x.id >= planner.audit_begins($1::uuid))) v
    WHERE $2::text = 'project'
)
SELECT json_strip_nulls(json_build_object(
    'parts', json_agg(json_build_object('part', n.part, 'rows', n.rows)),
    'change', (SELECT b.change FROM b), 'until', floor(extract(epoch FROM (SELECT b.until FROM b)) * 1000)))
FROM n WHERE n.rows > 0 HAVING count(*) > 0
