-- The old store, whose place is taken.
-- class: upkeep
DROP SCHEMA planner_being_replaced CASCADE
