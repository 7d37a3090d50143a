-- Carry a change of children up from a parent.
-- $1 uuid    project
-- $2 uuid    parent
-- $3 int     children more
-- $4 int     open children more
-- $5 int     available children more
-- $6 float8  progress more
-- class: simple
SELECT NULL FROM planner.roll_climb($1, $2, $3::integer, $4::integer, $5::integer, $6::float8)
