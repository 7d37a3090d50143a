-- Flush one of optimize_project: lock the steps that will be promoted, so that nobody claims them
-- meanwhile.
-- $1 uuid  project id, or null
-- $2 text  project slug, or null
-- $3 int   number: 0, or null
-- $4 int   how many at most
-- class: complex
WITH project AS MATERIALIZED (
    SELECT p.id, ARRAY(SELECT t.id FROM planner.to_promote(p.id, p.complexity_threshold, false,
                                                           $4::integer) t) AS steps
    FROM planner.find_item($1::uuid, $2, $3::integer) f JOIN planner.projects p ON p.id = f.id
)
SELECT NULL FROM planner.items i
WHERE i.project_id = (SELECT id FROM project) AND i.id = ANY ((SELECT steps FROM project)::uuid[])
ORDER BY i.id FOR NO KEY UPDATE
