-- Undo 9001: items have no colour.
-- loses: the colours
-- locks: reads and writes of items, for a moment
-- lock timeout: 5s
-- statement timeout: 1min
ALTER TABLE planner.items DROP COLUMN colour;
