-- Remove the next batch of what a cut took along.
-- $1 uuid    project
-- $2 bigint  cut
-- $3 int     rows
-- class: bulk
SELECT planner.purge($1::uuid, $2::bigint, $3::integer)
