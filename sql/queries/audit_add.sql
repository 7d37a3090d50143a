-- Audit rows of one call, in order, and the call's row in the outbox; the next change number is
-- theirs. Now and then what is old leaves the outbox.
-- $1 uuid    project
-- $2 text[]  entity types
-- $3 uuid[]  entity ids
-- $4 text[]  actions
-- $5 text[]  old values, JSON objects or null
-- $6 text[]  new values, JSON objects or null
-- $7 text    user
-- $8 text    agent
-- $9 text    role
-- $10 text   client
-- $11 text   request id
-- $12 bool   the rows go on with the change that an earlier statement of this transaction began
-- class: bulk
WITH c AS MATERIALIZED (
    SELECT CASE WHEN $12::boolean THEN currval('planner.change_number')
                ELSE nextval('planner.change_number') END AS change
), purge AS MATERIALIZED (
    SELECT CASE WHEN c.change % 128 = 0 THEN planner.outbox_purge(512) END FROM c
), box AS (
    INSERT INTO planner.outbox AS o (project_id, change, entities)
    SELECT $1::uuid, c.change, CASE WHEN cardinality($3::uuid[]) <= 1000 THEN
        $3::uuid[] || ARRAY( -- the parents that were left
            SELECT (r.old::jsonb ->> 'parent_id')::uuid
            FROM unnest($4::text[], $5::text[]) AS r (action, old)
            WHERE r.action IN ('moved', 'undone') AND r.old::jsonb ? 'parent_id') END
    FROM c, purge
    ON CONFLICT (xid, change) DO UPDATE
        SET entities = CASE WHEN cardinality(o.entities) + cardinality(excluded.entities) <= 1000
                            THEN o.entities || excluded.entities END
)
INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action, old_values,
                           new_values, user_id, ai_agent, role, client, request_id)
SELECT $1::uuid, c.change, r.type, r.id, r.action, r.old::jsonb, r.new::jsonb, $7, $8, $9, $10, $11
FROM c, unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS r (type, id, action, old, new, place)
ORDER BY r.place
