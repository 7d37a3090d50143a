-- Undo 9002: nothing is odd.
-- loses: nothing
-- locks: reads and writes of items
-- lock timeout: 300ms
-- statement timeout: 400ms
ALTER TABLE planner.items DROP COLUMN odd;
