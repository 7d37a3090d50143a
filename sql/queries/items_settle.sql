-- After steps became tasks: carry the difference in what is available up their paths.
-- $1 uuid    project
-- $2 uuid[]  items
-- $3 bool[]  each was available
-- class: bulk
SELECT NULL FROM unnest($2::uuid[], $3::boolean[]) AS w (id, was_avail)
CROSS JOIN LATERAL planner.settle($1, w.id, true, true, w.was_avail, 0)
