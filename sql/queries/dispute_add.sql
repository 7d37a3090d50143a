-- A review used up the rounds: a dispute for a person.
-- $1 uuid  project
-- $2 uuid  dispute
-- $3 uuid  step
-- $4 int   rounds
-- $5 int   number of the server's draft
-- $6 int   number of the client's own version, or null
-- $7 int   number of the review
-- class: simple
INSERT INTO planner.disputes (project_id, id, step_id, rounds, server_number, client_number,
                              review_number)
VALUES ($1, $2, $3, $4::integer, $5::integer, $6::integer, $7::integer)
