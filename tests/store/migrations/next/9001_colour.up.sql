-- A colour for each item: a change of the data, made while programs from before go on working.
-- oldest program: 0.1.0
-- depends on: 0001
-- phase: expand
-- locks: reads and writes of items, for a moment; the colours come in batches
-- lock timeout: 5s
-- statement timeout: 1min
ALTER TABLE planner.items ADD COLUMN colour text;
-- Of items that a program makes which has not heard of colours.
ALTER TABLE planner.items ALTER COLUMN colour SET DEFAULT 'grey';
