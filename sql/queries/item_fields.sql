-- Flush one of update_item: what can be edited, and, when the children shall be in sequence from now
-- on, a dependency that runs against their order. No row when there is no such item.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 bool  look for a dependency against the order
-- class: simple
SELECT json_strip_nulls(json_build_object(
    'objective', i.objective, 'sequential', i.sequential, 'priority', i.priority,
    'assignee', i.assignee,
    'against', (SELECT json_build_object('item', p.slug || '-' || a.number,
                                         'needs', p.slug || '-' || b.number)
                FROM planner.against_order(i.project_id, i.id) o
                JOIN planner.items a ON a.project_id = i.project_id AND a.id = o.item_id
                JOIN planner.items b ON b.project_id = i.project_id AND b.id = o.blocked_by
                WHERE $4::boolean)))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
JOIN planner.projects p ON p.id = i.project_id
