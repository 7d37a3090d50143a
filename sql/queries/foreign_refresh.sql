-- Records of another program that were read anew. The row that is written is not bound to $1, or all of
-- the project's would be walked through, and the list for each of them.
-- $1 uuid    project
-- $2 text    program
-- $3 text[]  ids in the source
-- $4 text[]  records
-- class: bulk
UPDATE planner.origins o SET record = w.record, at = now()
FROM unnest($3::text[], $4::text[]) AS w (source_id, record)
CROSS JOIN LATERAL ( -- one by one, whatever the statistics say of them
    SELECT x.project_id, x.ctid AS place FROM planner.origins x
    WHERE x.project_id = $1::uuid AND x.program = $2 AND x.source_id = w.source_id OFFSET 0) f
WHERE o.project_id = f.project_id AND o.ctid = f.place
