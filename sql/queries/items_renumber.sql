-- New sort keys for all children of a parent, in their order: the middle of five digits, 16 apart.
-- $1 uuid  parent id, or null
-- $2 text  parent slug, or null
-- $3 int   parent number, or null
-- class: bulk
WITH placed AS (
    SELECT i.project_id, i.id, (13 * 14776336::bigint)
        + 16 * row_number() OVER (ORDER BY i.sort_key) + 1 AS place
    FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.parent_id = f.id
), keyed AS (
    SELECT p.project_id, p.id, (
        SELECT string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
                                 (p.place / (62 ^ (4 - d))::bigint % 62)::integer + 1, 1),
                          '' ORDER BY d)
        FROM generate_series(0, 4) d) AS key
    FROM placed p
)
UPDATE planner.items i SET
    sort_key = CASE WHEN k.key LIKE '%0' THEN k.key || 'V' ELSE k.key END
FROM keyed k WHERE i.project_id = k.project_id AND i.id = k.id
