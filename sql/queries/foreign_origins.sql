-- Records of another program, each beside its item.
-- $1 uuid    project
-- $2 text    program
-- $3 uuid[]  items, or the project
-- $4 text[]  ids in the source
-- $5 text[]  kinds
-- $6 text[]  records
-- class: bulk
INSERT INTO planner.origins (project_id, item_id, program, source_id, kind, record)
SELECT $1, w.item, $2, w.source_id, w.kind, w.record
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS w (item, source_id, kind, record)
ON CONFLICT (project_id, program, source_id) DO NOTHING
