-- How many of the next iterations of a project would lose their texts, and where the walk got to.
-- $1 uuid  project
-- $2 text  what was replaced before this time
-- $3 uuid  step behind which it goes on
-- $4 int   number behind which it goes on
-- $5 int   iterations looked at
-- class: upkeep
SELECT json_strip_nulls(json_build_object('rows', count(*) FILTER (WHERE w.goes), 'more', count(*) > 0,
    'id', (array_agg(w.step_id ORDER BY w.step_id DESC, w.number DESC))[1],
    'n', (array_agg(w.number ORDER BY w.step_id DESC, w.number DESC))[1]))
FROM planner.iterations_walk($1::uuid, $2::timestamptz, $3::uuid, $4::integer, $5::integer) w
