-- Flush one of define_tasks: the existing items that new rows below a parent wait for, and the way from
-- one of them to that parent when it cannot be complete before the parent is.
-- $1 uuid    parent id, or null
-- $2 text    parent slug, or null
-- $3 int     parent number, or null
-- $4 text[]  ids or nulls
-- $5 text[]  slugs or nulls
-- $6 text[]  numbers or nulls
-- class: bulk
WITH named AS MATERIALIZED (
    SELECT w.place, i.project_id, i.id, i.kind, i.status
    FROM unnest($4::uuid[], $5::text[], $6::integer[]) WITH ORDINALITY AS w (id, slug, number, place)
    CROSS JOIN LATERAL planner.find_item(w.id, w.slug, w.number) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    WHERE NOT planner.is_gone(f.project_id, f.id)
)
SELECT json_strip_nulls(json_build_object(
    'items', coalesce((SELECT json_agg(json_build_object('place', n.place - 1, 'id', n.id,
        'project_id', n.project_id, 'open', n.status = 'open', 'kind', n.kind)) FROM named n), '[]'),
    'circle', planner.keys_of(p.project_id, planner.circle(p.project_id,
        ARRAY(SELECT n.id FROM named n WHERE n.project_id = p.project_id), p.id, true))))
FROM planner.find_item($1::uuid, $2, $3::integer) p
