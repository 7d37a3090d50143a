-- What a project keeps of other programs' records, as lines of an export have them.
-- $1 uuid  project
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT o.item_id, o.program, o.source_id, o.kind, o.record, o.at
    FROM planner.origins o WHERE o.project_id = $1::uuid
    ORDER BY o.program, o.source_id
) r
