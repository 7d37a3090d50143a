-- Flush one of a write: find the item and take its project's topology lock. Mode 'closing' takes
-- it exclusively when something waits for the item or an ancestor; 'opening' only if the item is
-- closed, too. No row when there is no such item.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null; 0 is the project itself
-- $4 text  mode: shared, closing, opening, exclusive
-- class: simple
SELECT json_build_object('project_id', f.project_id, 'id', f.id,
    'xid', pg_current_xact_id()::text || ' ' || now()::text,
    'listened', EXISTS (SELECT FROM planner.listeners WHERE until > now()),
    'exclusive', planner.lock_topology(f.project_id, CASE $4
        WHEN 'shared' THEN false
        WHEN 'exclusive' THEN true
        WHEN 'closing' THEN planner.is_waited_for(f.project_id, f.id)
        ELSE (SELECT i.status <> 'open' FROM planner.items i
              WHERE i.project_id = f.project_id AND i.id = f.id)
             AND planner.is_waited_for(f.project_id, f.id)
        END))
FROM planner.find_item($1::uuid, $2, $3::integer) f
