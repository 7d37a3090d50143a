-- Items of a project, parents before their children, from lines of an export. Counters begin at
-- nothing (import_roll.sql); whatever has or had children has some.
-- $1 uuid  project
-- $2 json  rows, as export_item.sql tells them
-- class: upkeep
WITH r AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::planner.items, $2::json)
), made AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, status, sequential, priority, assignee, n_blockers, has_children, has_avail,
        disputed, needs_final, content_status, turn_at, version, created_at, updated_at,
        completed_at, deleted_at, promote_score)
    SELECT $1::uuid, r.id, r.parent_id, r.kind, r.depth, r.sort_key, r.number, r.title,
        r.objective, r.status, r.sequential, r.priority, r.assignee, r.n_blockers, r.has_children,
        r.has_avail, r.disputed, r.needs_final, r.content_status, r.turn_at, r.version,
        r.created_at, r.updated_at, r.completed_at, r.deleted_at, r.promote_score
    FROM r
)
INSERT INTO planner.roll (project_id, id)
SELECT $1::uuid, r.id FROM r WHERE r.kind <> 'step'
UNION
SELECT $1::uuid, r.parent_id FROM r
WHERE r.parent_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM planner.roll x WHERE x.project_id = $1::uuid AND x.id = r.parent_id)
