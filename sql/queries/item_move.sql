-- Put an item to its new place, with its counters; sort keys as order_between() makes them.
-- $1 uuid  project
-- $2 uuid  item
-- $3 uuid  parent
-- $4 text  sort key
-- class: simple
SELECT NULL FROM planner.move_item($1, $2, $3, $4)
