-- Flush one of optimize_project: lock the steps that will be promoted, so that nobody claims them
-- meanwhile.
-- $1 uuid  project id, or null
-- $2 text  project slug, or null
-- $3 int   number: 0, or null
-- $4 int   how many at most
-- class: complex
SELECT NULL FROM planner.items i
WHERE i.id = ANY (ARRAY(
    SELECT t.id FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.projects p ON p.id = f.id
    CROSS JOIN LATERAL planner.to_promote(p.id, p.complexity_threshold, false, $4::integer) t))
ORDER BY i.id FOR NO KEY UPDATE
