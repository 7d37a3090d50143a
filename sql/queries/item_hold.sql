-- Flush one of a write to an item: lock its row. The state is read by a later statement, which
-- sees what was committed while this one waited.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
SELECT NULL FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
FOR NO KEY UPDATE OF i
