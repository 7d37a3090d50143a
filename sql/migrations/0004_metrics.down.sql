-- Undo 0004: nobody counts, and a scrape tells less.
-- locks: an ANALYZE or VACUUM of items that runs is waited for
-- lock timeout: 10s
-- statement timeout: 10min
-- loses: the counters of all processes
DROP FUNCTION planner.statement_stats(text[], text[]);
DROP STATISTICS planner.items_makeup;
DROP TABLE planner.metrics;
