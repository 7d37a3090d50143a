-- The archive of a cut is on disk: from now on it counts. begun is false when nothing of it is left.
-- $1 uuid    project
-- $2 bigint  cut
-- $3 text    name of the archive
-- $4 text    its SHA-256
-- $5 bigint  rows of the cut in it
-- class: upkeep
SELECT json_build_object('begun', planner.cut_begin($1::uuid, $2::bigint, $3, $4, $5::bigint))
