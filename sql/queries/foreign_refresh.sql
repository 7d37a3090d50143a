-- Records of another program that were read anew. The row that is written is not bound to $1, or all of
-- the project's would be walked through, and the list for each of them. What was changed here since the
-- item was last taken over stays changed: the time is kept that foreign_differing.sql counts from.
-- $1 uuid    project
-- $2 text    program
-- $3 text[]  ids in the source
-- $4 text[]  records
-- $5 bool[]  was the item changed here?
-- class: bulk
UPDATE planner.origins o SET record = w.record, at = CASE WHEN w.changed THEN o.at ELSE now() END
FROM unnest($3::text[], $4::text[], $5::boolean[]) AS w (source_id, record, changed)
CROSS JOIN LATERAL ( -- one by one, whatever the statistics say of them
    SELECT x.project_id, x.ctid AS place FROM planner.origins x
    WHERE x.project_id = $1::uuid AND x.program = $2 AND x.source_id = w.source_id OFFSET 0) f
WHERE o.project_id = f.project_id AND o.ctid = f.place
