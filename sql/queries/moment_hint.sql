-- For "not there at that time": whether it came later. No row when it never was.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 text  the time
-- class: simple
SELECT json_build_object('late', i.created_at > $4::timestamptz)
FROM planner.find_ever($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
