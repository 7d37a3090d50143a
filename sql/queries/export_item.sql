-- Items of a project, parents before their children, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT i.id, i.parent_id, i.kind, i.depth, i.sort_key, i.number, i.title, i.objective,
        i.status, i.sequential, i.priority, i.assignee, i.n_blockers, i.has_children, i.has_avail,
        i.disputed, i.needs_final, i.content_status, i.turn_at, i.version, i.created_at,
        i.updated_at, i.completed_at, i.deleted_at, i.promote_score
    FROM planner.items i WHERE i.project_id = $1::uuid
    ORDER BY i.depth, i.number
) r
