-- Undo 9003: drops the table.
-- loses: nothing
-- locks: nothing
-- lock timeout: 200ms
-- statement timeout: 400ms
DROP TABLE planner.wants;
