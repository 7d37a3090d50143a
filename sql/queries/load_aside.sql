-- Make room for the store that comes back. Until the transaction ends others see the old one under its
-- name and go on with it.
-- class: upkeep
ALTER SCHEMA planner RENAME TO planner_being_replaced
