-- The audit: what exists was created in it, what it tells of exists, nothing in it is of the future.
-- Numbers may have gaps: a call that fails takes its number along.
-- class: upkeep
WITH t AS (
    SELECT p.slug || CASE WHEN i.number > 0 THEN '-' || i.number ELSE '' END AS name,
        'was never told as created' AS what
    FROM planner.items i JOIN planner.projects p ON p.id = i.project_id
    WHERE NOT EXISTS (SELECT FROM planner.audit a WHERE a.project_id = i.project_id
                      AND a.entity_id = i.id AND a.action = 'created')
      AND NOT EXISTS (SELECT FROM planner.cuts_made c -- what told of it may be in an archive
                      WHERE c.project_id = i.project_id AND c.kind = 'audit' AND c.until >= i.created_at)
    UNION ALL
    SELECT DISTINCT a.entity_type || ' ' || a.entity_id, 'is told of and does not exist'
    FROM planner.audit a
    WHERE a.entity_type <> 'dispute'
      AND NOT EXISTS (SELECT FROM planner.items i
                      WHERE i.project_id = a.project_id AND i.id = a.entity_id)
      AND NOT EXISTS (SELECT FROM planner.gone g
                      WHERE g.project_id = a.project_id AND g.id = a.entity_id)
    UNION ALL
    SELECT DISTINCT 'dispute ' || a.entity_id, 'is told of and does not exist'
    FROM planner.audit a
    WHERE a.entity_type = 'dispute'
      AND NOT EXISTS (SELECT FROM planner.disputes d
                      WHERE d.project_id = a.project_id AND d.id = a.entity_id)
      AND NOT EXISTS (SELECT FROM planner.gone g
                      WHERE g.project_id = a.project_id AND g.id = a.entity_id)
    UNION ALL
    SELECT 'change ' || a.change, 'is of the future, ' || planner.iso(a.at)
    FROM planner.audit a WHERE a.at > now() + interval '5 minutes'
)
SELECT json_build_object('checked', (SELECT count(*) FROM planner.audit), 'wrong', count(*),
    'examples', to_json((array_agg(t.name || ' ' || t.what ORDER BY t.name))[1:5]))
FROM t
