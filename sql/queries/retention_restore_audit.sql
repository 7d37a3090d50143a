-- Put lines of an archive back that are rows of the audit, all at once; how many were missing. What does not
-- fit goes through planner.restore_lines, which says why.
-- $1 jsonb   lines, an array in their order
-- $2 bigint  by how much change numbers are moved on
-- class: upkeep
WITH e AS MATERIALIZED (
    SELECT l.line, r.* FROM jsonb_array_elements($1::jsonb) x
    CROSS JOIN LATERAL (SELECT CASE WHEN $2::bigint = 0 THEN x.value ELSE jsonb_set(x.value, '{row,change}',
        to_jsonb((x.value #>> '{row,change}')::bigint + $2::bigint)) END AS line) l
    CROSS JOIN LATERAL jsonb_populate_record(NULL::planner.audit, l.line -> 'row') r
), refused AS MATERIALIZED (
    SELECT planner.restore_lines(jsonb_agg(e.line)) FROM e
    WHERE NOT EXISTS (SELECT FROM planner.projects p WHERE p.id = e.project_id)
       OR EXISTS (SELECT FROM planner.audit a WHERE a.change = e.change AND a.project_id <> e.project_id)
    HAVING count(*) > 0
), put AS (
    INSERT INTO planner.audit (project_id, id, change, at, entity_type, entity_id, action, old_values,
                               new_values, user_id, ai_agent, role, client, request_id)
    OVERRIDING SYSTEM VALUE
    SELECT e.project_id, e.id, e.change, e.at, e.entity_type, e.entity_id, e.action, e.old_values,
           e.new_values, e.user_id, e.ai_agent, e.role, e.client, e.request_id
    FROM e WHERE NOT EXISTS (SELECT FROM refused) ORDER BY e.id
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT json_build_object('rows', (SELECT count(*) FROM put))
