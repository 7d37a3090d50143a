-- Change numbers that nobody else gets: in a row, unless others took some at the same time.
-- $1 bigint  how many
-- class: upkeep
SELECT json_build_object('first', min(x.n), 'last', max(x.n))
FROM (SELECT nextval('planner.change_number') AS n FROM generate_series(1, $1::bigint)) x
