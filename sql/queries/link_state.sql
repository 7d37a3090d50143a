-- Flush one of link_items: the items that are named, how they stand to the one that is to wait, and,
-- when waiting for them would be a circle, the way from one of them to it.
-- $1 uuid    id of the item that waits, or null
-- $2 text    its slug, or null
-- $3 int     its number, or null
-- $4 text[]  ids or nulls
-- $5 text[]  slugs or nulls
-- $6 text[]  numbers or nulls
-- $7 int     so many of them, the first, are to be waited for; the others are not to be any more
-- class: complex
WITH item AS MATERIALIZED (
    SELECT f.project_id, f.id, planner.with_ancestors(f.project_id, ARRAY[f.id]) AS above
    FROM planner.find_item($1::uuid, $2, $3::integer) f
), named AS MATERIALIZED (
    SELECT w.place, i.project_id, i.id, i.kind, i.status, i.number,
           coalesce((SELECT true FROM planner.deps d -- no EXISTS: that would read all edges at once
                     WHERE d.project_id = t.project_id AND d.item_id = t.id
                       AND d.blocked_by = i.id LIMIT 1), false) AS linked,
           CASE WHEN w.place > $7::integer OR i.project_id <> t.project_id THEN NULL
                WHEN i.id = t.id THEN 'self'
                WHEN i.id = ANY (t.above) THEN 'above'
                WHEN t.id = ANY (planner.with_ancestors(i.project_id, ARRAY[i.id])) THEN 'below'
                END AS relation
    FROM item t
    CROSS JOIN unnest($4::uuid[], $5::text[], $6::integer[])
        WITH ORDINALITY AS w (id, slug, number, place)
    CROSS JOIN LATERAL planner.find_item(w.id, w.slug, w.number) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    WHERE NOT planner.is_gone(f.project_id, f.id)
)
SELECT json_strip_nulls(json_build_object(
    'items', coalesce((SELECT json_agg(json_build_object('place', n.place - 1, 'id', n.id,
        'project_id', n.project_id, 'open', n.status = 'open', 'kind', n.kind, 'linked', n.linked,
        'relation', n.relation,
        'key', CASE WHEN n.kind = 'project' THEN p.slug ELSE p.slug || '-' || n.number END))
        FROM named n JOIN planner.projects p ON p.id = n.project_id), '[]'),
    'state', (SELECT planner.item_state(i) FROM planner.items i
              WHERE i.project_id = t.project_id AND i.id = t.id),
    'waits_for', planner.open_blockers(t.project_id, t.id),
    'circle', planner.keys_of(t.project_id, planner.circle(t.project_id,
        ARRAY(SELECT n.id FROM named n
              WHERE n.place <= $7::integer AND n.project_id = t.project_id AND n.relation IS NULL
                AND NOT n.linked), t.id, false))))
FROM item t
