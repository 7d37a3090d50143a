-- Places among siblings and numbers in keys, each used once, read from the tables and not from the
-- indexes that should keep them so; and the next number is not taken.
-- class: upkeep
WITH place AS (
    SELECT i.project_id, min(i.number) AS number, count(*) AS n, 'place' AS what
    FROM planner.items i WHERE i.parent_id IS NOT NULL
    GROUP BY i.project_id, i.parent_id, i.sort_key HAVING count(*) > 1
), number AS (
    SELECT i.project_id, i.number, count(*) AS n, 'number' AS what
    FROM planner.items i GROUP BY i.project_id, i.number HAVING count(*) > 1
), next AS (
    SELECT i.project_id, max(i.number) AS number, 0::bigint AS n, 'next' AS what
    FROM planner.items i JOIN planner.counters c ON c.project_id = i.project_id
    GROUP BY i.project_id, c.last_number HAVING max(i.number) > c.last_number
), w AS (
    SELECT * FROM place UNION ALL SELECT * FROM number UNION ALL SELECT * FROM next
)
SELECT json_build_object('checked', (SELECT count(*) FROM planner.items), 'wrong', count(*),
    'examples', to_json((array_agg(format(CASE w.what
        WHEN 'place' THEN '%s-%s shares its place with %s more'
        WHEN 'number' THEN '%s-%s is the key of %s more items'
        ELSE '%s-%s is used; the counter would give it out again' END,
        p.slug, w.number, w.n - 1) ORDER BY p.slug, w.number))[1:5]))
FROM w JOIN planner.projects p ON p.id = w.project_id
