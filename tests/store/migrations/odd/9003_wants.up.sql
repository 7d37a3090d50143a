-- Wants what no server has.
-- oldest program: 0.1.0
-- depends on: 9001
-- phase: expand
-- locks: nothing
-- lock timeout: 200ms
-- statement timeout: 700ms
-- extensions: plpgsql planner_is_not_there
CREATE TABLE planner.wants ();
