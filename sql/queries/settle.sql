-- After a leaf was changed: carry the difference to what it was up the path.
-- $1 uuid    project
-- $2 uuid    item
-- $3 bool    it counted in the mean
-- $4 bool    it was open
-- $5 bool    it was available
-- $6 float8  its progress
-- class: simple
SELECT NULL FROM planner.settle($1, $2, $3::boolean, $4::boolean, $5::boolean, $6::float8)
