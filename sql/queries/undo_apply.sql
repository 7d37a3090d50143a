-- Take a change back: everything it did, the audit of that, the outbox, and what was undone by what.
-- $1 uuid    project
-- $2 bigint  change whose rows are taken back
-- $3 bigint  the change that was made first
-- $4 bool    it is done again
-- $5 text    user
-- $6 text    agent
-- $7 text    role
-- $8 text    client
-- $9 text    request id
-- class: bulk
WITH c AS MATERIALIZED (
    SELECT nextval('planner.change_number') AS change
), u AS MATERIALIZED (
    SELECT c.change, d.* FROM c CROSS JOIN LATERAL planner.undo($1::uuid, $2::bigint, c.change)
        WITH ORDINALITY AS d (type, id, action, old, new, place)
), kept AS (
    INSERT INTO planner.undos (change, project_id, root, redo)
    SELECT c.change, $1::uuid, $3::bigint, $4::boolean FROM c
), box AS (
    INSERT INTO planner.outbox (project_id, change, entities)
    SELECT $1::uuid, c.change, (
        SELECT CASE WHEN count(*) <= 1000 THEN array_agg(u.id) || coalesce(
            array_agg((u.old ->> 'parent_id')::uuid) FILTER (WHERE u.old ->> 'parent_id' IS NOT NULL),
            '{}') END FROM u)
    FROM c
)
INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action, old_values,
                           new_values, user_id, ai_agent, role, client, request_id)
SELECT $1::uuid, u.change, u.type, u.id, u.action, u.old, u.new, $5, $6, $7, $8, $9
FROM u ORDER BY u.place
