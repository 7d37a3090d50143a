-- Sleeps when a test wants it to, and needs all of items.
-- oldest program: 0.1.0
-- depends on: 0001 9001
-- phase: contract
-- locks: reads and writes of items; what "\;" and 'quotes' are for
-- lock timeout: 200ms
-- statement timeout: 700ms
SELECT pg_sleep(30) WHERE to_regclass('public.slow') IS NOT NULL;
ALTER TABLE planner.items ADD COLUMN odd text;
