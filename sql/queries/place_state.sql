-- Flush one of a create: the keys around the place of the new item among the children of its
-- parent: before or after a sibling, else at the end. `sibling_parent` tells whose child the
-- sibling is.
-- $1 uuid  parent id, or null
-- $2 text  parent slug, or null
-- $3 int   parent number, or null
-- $4 uuid  sibling id, or null
-- $5 text  sibling slug, or null
-- $6 int   sibling number, or null
-- $7 bool  before the sibling (else after)
-- class: simple
WITH parent AS (
    SELECT project_id, id FROM planner.find_item($1::uuid, $2, $3::integer)
), sibling AS (
    SELECT i.parent_id, i.sort_key FROM planner.find_item($4::uuid, $5, $6::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    WHERE NOT planner.is_gone(f.project_id, f.id)
), low AS (
    SELECT CASE WHEN $7::boolean
        THEN (SELECT i.sort_key FROM planner.items i
              WHERE i.project_id = p.project_id AND i.parent_id = p.id
                AND i.sort_key < (SELECT sort_key FROM sibling)
              ORDER BY i.sort_key DESC LIMIT 1)
        ELSE coalesce((SELECT sort_key FROM sibling),
                      (SELECT i.sort_key FROM planner.items i
                       WHERE i.project_id = p.project_id AND i.parent_id = p.id
                       ORDER BY i.sort_key DESC LIMIT 1))
        END AS key
    FROM parent p
)
SELECT json_strip_nulls(json_build_object(
    'low', low.key,
    'high', CASE WHEN $7::boolean THEN (SELECT sort_key FROM sibling)
        ELSE (SELECT i.sort_key FROM planner.items i
              WHERE i.project_id = p.project_id AND i.parent_id = p.id
                AND i.sort_key > low.key
              ORDER BY i.sort_key LIMIT 1) END,
    'sibling_parent', (SELECT parent_id FROM sibling)))
FROM parent p, low
