-- The audit row of a parent whose children are about to get new sort keys, with the old ones: older
-- rows of theirs name those.
-- $1 uuid  parent id, or null
-- $2 text  parent slug, or null
-- $3 int   parent number, or null
-- $4 text  agent
-- class: bulk
WITH c AS MATERIALIZED (
    SELECT i.project_id, i.id, i.kind, nextval('planner.change_number') AS change
    FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
), box AS (
    INSERT INTO planner.outbox (project_id, change, entities)
    SELECT c.project_id, c.change, ARRAY[c.id] FROM c
)
INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action, old_values, new_values,
                           ai_agent)
SELECT c.project_id, c.change, c.kind, c.id, 'updated', jsonb_build_object('children_keys', (
        SELECT jsonb_object_agg(i.id, i.sort_key) FROM planner.items i
        WHERE i.project_id = c.project_id AND i.parent_id = c.id)),
    '{"children_renumbered": true}', $4
FROM c
