-- The audit: what exists was created in it, what it tells of exists, nothing in it is of the future.
-- Numbers may have gaps: a call that fails takes its number along.
-- class: upkeep
WITH t AS (
    SELECT p.slug || CASE WHEN i.number > 0 THEN '-' || i.number ELSE '' END AS name,
        'was never told as created' AS what
    FROM planner.items i JOIN planner.projects p ON p.id = i.project_id
    WHERE NOT EXISTS (SELECT FROM planner.audit a WHERE a.project_id = i.project_id
                      AND a.entity_id = i.id AND a.action = 'created')
    UNION ALL
    SELECT x.entity_type || ' ' || x.entity_id, 'is told of and does not exist'
    FROM (SELECT DISTINCT a.project_id, a.entity_type, a.entity_id FROM planner.audit a
          WHERE a.entity_type <> 'dispute') x
    LEFT JOIN planner.items i ON i.project_id = x.project_id AND i.id = x.entity_id
    WHERE i.id IS NULL
    UNION ALL
    SELECT 'dispute ' || x.entity_id, 'is told of and does not exist'
    FROM (SELECT DISTINCT a.project_id, a.entity_id FROM planner.audit a
          WHERE a.entity_type = 'dispute') x
    LEFT JOIN planner.disputes d ON d.project_id = x.project_id AND d.id = x.entity_id
    WHERE d.id IS NULL
    UNION ALL
    SELECT 'change ' || a.change, 'is of the future, ' || planner.iso(a.at)
    FROM planner.audit a WHERE a.at > now() + interval '5 minutes'
)
SELECT json_build_object('checked', (SELECT count(*) FROM planner.audit), 'wrong', count(*),
    'examples', to_json((array_agg(t.name || ' ' || t.what ORDER BY t.name))[1:5]))
FROM t
