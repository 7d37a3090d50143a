-- Delete an item with what is below it.
-- $1 uuid  project
-- $2 uuid  item
-- class: complex
SELECT NULL FROM planner.delete_item($1, $2)
