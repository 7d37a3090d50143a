-- All of a cut is back.
-- $1 uuid    project
-- $2 bigint  cut
-- class: upkeep
SELECT NULL FROM planner.cut_restored($1::uuid, $2::bigint)
