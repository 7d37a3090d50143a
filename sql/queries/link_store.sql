-- What an item waits for changes.
-- $1 uuid    project
-- $2 uuid    item
-- $3 uuid[]  what it waits for from now on, too
-- $4 uuid[]  what it waits for no longer
-- $5 int     open blockers more
-- class: simple
WITH ended AS (
    DELETE FROM planner.deps
    WHERE project_id = $1 AND item_id = $2 AND blocked_by = ANY ($4::uuid[])
), made AS (
    INSERT INTO planner.deps (project_id, item_id, blocked_by)
    SELECT $1, $2, b FROM unnest($3::uuid[]) b
)
UPDATE planner.items SET n_blockers = n_blockers + $5::integer, version = version + 1,
    updated_at = now()
WHERE project_id = $1 AND id = $2
