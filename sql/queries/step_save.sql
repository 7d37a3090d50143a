-- The collaboration state of a step, whole.
-- $1 uuid     project
-- $2 uuid     step
-- $3 text     status
-- $4 int      last number
-- $5 int      iteration count
-- $6 bool     max iterations reached
-- $7 bool     server ready
-- $8 bool     client approved
-- $9 int      server number, or null
-- $10 int     client number, or null
-- $11 int     final number, or null
-- $12 float8  server complexity, or null
-- $13 float8  client complexity, or null
-- $14 float8  agreed complexity, or null
-- $15 float8  complexity score, or null
-- $16 bool    promotion as assessed, or null
-- $17 int     turn number, or null
-- $18 int     server assessment number, or null
-- $19 int     client assessment number, or null
-- $20 text    basis of the complexity score, or null
-- class: simple
UPDATE planner.steps SET
    status = $3, last_number = $4::integer, iteration_count = $5::integer,
    max_iterations_reached = $6::boolean, server_ready = $7::boolean,
    client_approved = $8::boolean, server_number = $9::integer, client_number = $10::integer,
    final_number = $11::integer, server_complexity = $12::float8, client_complexity = $13::float8,
    agreed_complexity = $14::float8, complexity_score = $15::float8,
    assessed_promote = $16::boolean, turn_number = $17::integer,
    server_assessment_number = $18::integer, client_assessment_number = $19::integer,
    complexity_basis = $20
WHERE project_id = $1 AND id = $2
