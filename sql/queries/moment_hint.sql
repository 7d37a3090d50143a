-- For "not there at that time": whether it came later, or what took the past away. No row when it
-- never was.
-- $1 uuid  id, or null
-- $2 text  slug, or a directory, for the project that is bound to it; or null
-- $3 int   number, or null
-- $4 text  the time
-- class: simple
SELECT json_strip_nulls(json_build_object('late', i.created_at > $4::timestamptz OR EXISTS (
        SELECT FROM planner.audit a -- what was imported is older than its import
        WHERE a.project_id = i.project_id AND a.entity_id = i.id AND a.action = 'created'
          AND a.at > $4::timestamptz),
    'cut', planner.past_cut(i.project_id, $4::timestamptz)))
FROM (
    SELECT e.project_id, e.id FROM planner.find_ever($1::uuid, $2, $3::integer) e
    UNION ALL
    SELECT d.id, d.id FROM planner.find_project(NULL, NULL, $2) d (id) WHERE starts_with($2, '/')) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
