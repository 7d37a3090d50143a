-- The next lines of a cut's archive, and the key behind which the ones after them stand.
-- $1 uuid    project
-- $2 bigint  cut
-- $3 text    part: items, iterations, steps, disputes, evidence, deps, audit, project, counters, ...
-- $4 uuid    id behind which the page starts
-- $5 bigint  number behind which it starts
-- $6 int     rows
-- $7 int     bytes, little more than which a page has
-- class: upkeep
SELECT planner.archive_page($1::uuid, $2::bigint, $3, $4::uuid, $5::bigint, $6::integer, $7::integer)
