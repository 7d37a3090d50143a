-- Flush one of a create: lock what the parent knows of its children, so that two creates at one
-- place follow each other.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- class: simple
SELECT NULL FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.roll r ON r.project_id = f.project_id AND r.id = f.id
FOR NO KEY UPDATE OF r
