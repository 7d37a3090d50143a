-- The audit row of a parent whose children got new sort keys: older rows of theirs name old keys.
-- $1 uuid  parent id, or null
-- $2 text  parent slug, or null
-- $3 int   parent number, or null
-- $4 text  agent
INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action, new_values, ai_agent)
SELECT i.project_id, nextval('planner.change_number'), i.kind, i.id, 'updated',
    '{"children_renumbered": true}', $4
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
