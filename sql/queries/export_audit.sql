-- The audit of a project, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT a.id, a.change, a.at, a.entity_type, a.entity_id, a.action, a.old_values, a.new_values,
        a.user_id, a.ai_agent, a.role, a.client, a.request_id
    FROM planner.audit a WHERE a.project_id = $1::uuid
    ORDER BY a.id
) r
