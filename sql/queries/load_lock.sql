-- Wait for those who are in the midst of a change of the old store, and let nobody begin one: what was
-- read from it must not be written into the new one.
-- class: upkeep
LOCK TABLE planner_being_replaced.projects, planner_being_replaced.items,
    planner_being_replaced.counters IN ACCESS EXCLUSIVE MODE
