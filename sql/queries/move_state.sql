-- Flush one of a move: the new parent (the one that is named, else that of the sibling), the keys around
-- the new place without the item itself, and whether anything stands in the way. No row when the item
-- does not exist; no parent when that, or the sibling, does not.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 uuid  parent id, or null
-- $5 text  parent slug, or null
-- $6 int   parent number, or null
-- $7 uuid  sibling id, or null
-- $8 text  sibling slug, or null
-- $9 int   sibling number, or null
-- $10 bool before the sibling (else after)
-- class: complex
WITH item AS MATERIALIZED (
    SELECT i.project_id, i.id, i.parent_id, i.sort_key, i.depth
    FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
), sibling AS MATERIALIZED (
    SELECT i.project_id, i.id, i.parent_id, i.sort_key, i.number
    FROM planner.find_item($7::uuid, $8, $9::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    WHERE NOT planner.is_gone(f.project_id, f.id)
), parent AS MATERIALIZED (
    SELECT u.project_id, u.id, u.kind, u.status, u.depth, u.number, u.completed_at
    FROM (SELECT f.project_id, f.id FROM planner.find_item($4::uuid, $5, $6::integer) f
          UNION ALL
          SELECT s.project_id, coalesce(s.parent_id, s.id) FROM sibling s
          WHERE $4::uuid IS NULL AND $5::text IS NULL) w
    JOIN planner.items u ON u.project_id = w.project_id AND u.id = w.id
    WHERE NOT planner.is_gone(w.project_id, w.id)
), named AS ( -- the key on the side that the call tells; the other one is next to it
    SELECT CASE WHEN $10::boolean THEN s.sort_key END AS high,
           CASE WHEN NOT $10::boolean THEN s.sort_key END AS low, s.id IS NOT NULL AS given
    FROM (SELECT) x LEFT JOIN sibling s ON true
), key AS MATERIALIZED (
    SELECT coalesce(n.low, (SELECT max(x.sort_key) FROM planner.items x
               WHERE x.project_id = u.project_id AND x.parent_id = u.id AND x.id <> i.id
                 AND x.sort_key < coalesce(n.high, '~'))) AS low, -- ~ is behind every key
           CASE WHEN n.given THEN coalesce(n.high, (SELECT min(x.sort_key) FROM planner.items x
               WHERE x.project_id = u.project_id AND x.parent_id = u.id AND x.id <> i.id
                 AND x.sort_key > n.low)) END AS high
    FROM item i, parent u, named n
), beside AS MATERIALIZED ( -- the siblings that are to be seen there
    SELECT (SELECT x.id FROM planner.items x
            WHERE x.project_id = u.project_id AND x.parent_id = u.id AND x.id <> i.id
              AND x.sort_key <= k.low AND x.deleted_at IS NULL
            ORDER BY x.sort_key DESC LIMIT 1) AS prev,
           (SELECT x.id FROM planner.items x
            WHERE x.project_id = u.project_id AND x.parent_id = u.id AND x.id <> i.id
              AND x.sort_key >= k.high AND x.deleted_at IS NULL
            ORDER BY x.sort_key LIMIT 1) AS next
    FROM item i, parent u, key k
), was AS MATERIALIZED (
    SELECT (SELECT x.id FROM planner.items x
            WHERE x.project_id = i.project_id AND x.parent_id = i.parent_id
              AND x.sort_key < i.sort_key AND x.deleted_at IS NULL
            ORDER BY x.sort_key DESC LIMIT 1) AS prev,
           (SELECT x.id FROM planner.items x
            WHERE x.project_id = i.project_id AND x.parent_id = i.parent_id
              AND x.sort_key > i.sort_key AND x.deleted_at IS NULL
            ORDER BY x.sort_key LIMIT 1) AS next
    FROM item i
), sane AS MATERIALIZED (
    SELECT u.project_id = i.project_id AS same_project,
           planner.is_below(i.project_id, u.id, i.id) AS inside
    FROM item i, parent u
)
SELECT json_strip_nulls(json_build_object(
    'sort_key', i.sort_key, 'was_after', w.prev,
    'sibling', s.id, 'sibling_key', p.slug || '-' || s.number, 'sibling_parent', s.parent_id,
    'low', k.low, 'high', k.high, 'after', b.prev,
    'there', u.id = i.parent_id AND CASE
        WHEN s.id IS NULL THEN true
        WHEN $10::boolean THEN w.next IS NOT DISTINCT FROM s.id
        ELSE w.prev IS NOT DISTINCT FROM s.id END,
    'same_project', a.same_project, 'inside', a.inside,
    'height', CASE WHEN u.depth >= i.depth AND NOT a.inside AND a.same_project THEN (
        WITH RECURSIVE below (id, depth) AS (
            SELECT i.id, i.depth
            UNION ALL
            SELECT c.* FROM below o CROSS JOIN LATERAL (
                SELECT x.id, x.depth FROM planner.items x
                WHERE x.project_id = i.project_id AND x.parent_id = o.id) c
        )
        SELECT max(o.depth) - i.depth FROM below o) END,
    'circle', (SELECT json_build_object('item', p.slug || '-' || x.number,
                                        'needs', p.slug || '-' || y.number)
               FROM planner.move_circle(i.project_id, i.id, u.id, b.prev, b.next) c
               JOIN planner.items x ON x.project_id = i.project_id AND x.id = c.item_id
               JOIN planner.items y ON y.project_id = i.project_id AND y.id = c.blocked_by
               WHERE a.same_project AND NOT a.inside),
    'parent', CASE WHEN u.id IS NOT NULL THEN json_build_object(
        'id', u.id, 'kind', u.kind, 'status', u.status, 'depth', u.depth,
        'key', CASE WHEN u.kind = 'project' THEN up.slug ELSE up.slug || '-' || u.number END,
        'completed_at', floor(extract(epoch FROM u.completed_at) * 1000),
        'n_children', coalesce(r.n_children, 0)) END))
FROM item i
JOIN planner.projects p ON p.id = i.project_id
CROSS JOIN was w
LEFT JOIN sibling s ON true
LEFT JOIN parent u ON true
LEFT JOIN planner.projects up ON up.id = u.project_id
LEFT JOIN planner.roll r ON r.project_id = u.project_id AND r.id = u.id
LEFT JOIN key k ON true
LEFT JOIN beside b ON true
LEFT JOIN sane a ON true
