-- Where retention cut a project's past off, as lines of an export have them; what is only planned belongs
-- to a process that is at work.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT c.id, c.slug, c.name, c.kind, c.state, c.until, c.audit_id, c.change, c.archived, c.purged,
        c.archive, c.sha256, c.made_by, c.at, c.done_at, c.place, c.place_depth, c.place_id
    FROM planner.cuts c WHERE c.project_id = $1::uuid AND c.state <> 'planned'
    ORDER BY c.id
) r
