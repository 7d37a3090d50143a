-- The rows of search: one for each item that is not deleted itself, with the content that is current;
-- and of the items that changed last, that their words are in it.
-- $1 int  items whose words are looked at
-- class: upkeep
WITH t AS (
    SELECT i.project_id, i.number, CASE
        WHEN i.id IS NULL THEN 'is found and does not exist'
        WHEN i.deleted_at IS NULL AND x.item_id IS NULL THEN 'is not found'
        WHEN i.deleted_at IS NOT NULL AND x.item_id IS NOT NULL THEN 'is deleted and found'
        WHEN x.item_id IS NOT NULL AND i.kind = 'step'
             AND x.content_number IS DISTINCT FROM coalesce(s.final_number, s.server_number)
        THEN format('is found by version %s of its content; it is at %s',
                    coalesce(x.content_number, 0), coalesce(s.final_number, s.server_number, 0))
        END AS what
    FROM planner.items i
    FULL JOIN planner.search_texts x ON x.project_id = i.project_id AND x.item_id = i.id
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
), newest AS MATERIALIZED (
    SELECT i.project_id, i.id, i.number, i.title, i.objective FROM planner.items i
    WHERE i.deleted_at IS NULL AND i.kind <> 'project'
    ORDER BY i.updated_at DESC LIMIT $1::integer
), word AS (
    SELECT n.project_id, n.number, 'is not found by the words of its title or objective' AS what
    FROM newest n
    JOIN planner.search_texts x ON x.project_id = n.project_id AND x.item_id = n.id
    WHERE NOT tsvector_to_array(to_tsvector('planner.search', planner.search_plain(n.title))
              || to_tsvector('planner.search', planner.search_plain(coalesce(n.objective, ''))))
          <@ tsvector_to_array(x.tsv)
), w AS (
    SELECT * FROM t UNION ALL SELECT * FROM word
)
SELECT json_build_object('checked', (SELECT count(*) FROM t), 'wrong', count(*),
    'examples', to_json((array_agg(coalesce(p.slug || '-' || w.number, 'a row of search') || ' '
                                   || w.what ORDER BY p.slug, w.number))[1:5]))
FROM w LEFT JOIN planner.projects p ON p.id = w.project_id
WHERE w.what IS NOT NULL
