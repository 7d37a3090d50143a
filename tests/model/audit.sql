-- Where the audit, read from the beginning, does not come out at the present state: for every
-- entity and column the value that was written last, against the row itself. The completion of
-- parents is derived and leaves no rows, so it is left out. NULL when everything comes out.
-- $1 text  slug
WITH p AS MATERIALIZED (
    SELECT * FROM planner.projects WHERE slug = $1
), told AS (
    SELECT a.id, a.entity_id, a.entity_type, a.action,
           CASE WHEN v.key = 'content_status'
                     OR v.key = 'status' AND a.entity_type = 'step'
                        AND v.value #>> '{}' NOT IN ('open', 'complete', 'cancelled')
                THEN 'content status'
                WHEN v.key = 'project_status' THEN 'status'
                WHEN v.key = 'title' AND a.entity_type = 'project' THEN 'name'
                WHEN v.key = 'objective_number' THEN 'objective'
                WHEN v.key = 'deleted_at' THEN 'deleted' ELSE v.key END AS name,
           CASE WHEN v.key = 'deleted_at' THEN (v.value <> 'null')::text
                WHEN v.key = 'objective_number' THEN ( -- a promoted step's: that of an iteration
                    SELECT t.content FROM planner.iterations t WHERE t.project_id = a.project_id
                      AND t.step_id = a.entity_id AND t.number = (v.value #>> '{}')::integer)
                -- From here on it is complete by its children, and open without them.
                WHEN v.key = 'status' AND a.entity_type = 'task' AND a.action = 'updated'
                     AND NOT a.new_values ? 'evidence' THEN 'open'
                ELSE nullif(v.value, 'null') #>> '{}' END AS value
    FROM p JOIN planner.audit a ON a.project_id = p.id
    CROSS JOIN LATERAL jsonb_each(a.new_values) v
    WHERE NOT (v.key = 'objective_number' AND v.value = 'null')
), last AS (
    SELECT DISTINCT ON (t.entity_id, t.name) t.* FROM told t ORDER BY t.entity_id, t.name, t.id DESC
), present AS (
    SELECT i.id, coalesce(i.number, 0) AS number,
           i.has_children OR i.kind = 'project' AS derived,
           (to_jsonb(i) || jsonb_build_object('name', i.title, 'deleted', i.deleted_at IS NOT NULL)
            || CASE WHEN i.kind = 'project' THEN to_jsonb(p) - 'id' ELSE '{}' END
            || coalesce(to_jsonb(s) - 'status' || jsonb_build_object('content status', s.status),
                        '{}')) AS has
    FROM p JOIN planner.items i ON i.project_id = p.id
    LEFT JOIN planner.steps s ON s.project_id = p.id AND s.id = i.id
    UNION ALL
    SELECT d.id, -1, false, to_jsonb(d) FROM p JOIN planner.disputes d ON d.project_id = p.id
)
SELECT string_agg(format('  %s of %s (%s) was last told as %s, is %s', l.name, n.number,
                         l.action, l.value, n.has ->> l.name), E'\n')
FROM last l JOIN present n ON n.id = l.entity_id
WHERE n.has ? l.name AND n.has ->> l.name IS DISTINCT FROM l.value
  AND NOT (l.name = 'status' AND n.derived AND l.entity_type <> 'project')
  AND NOT (l.name IN ('completed_at', 'resolved_at', 'workspace', 'depth'))
