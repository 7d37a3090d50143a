-- Statistics of what was loaded, before anybody works with it: without them plans are guesses.
-- class: upkeep
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT c.oid FROM pg_class c
             WHERE c.relnamespace = 'planner'::regnamespace AND c.relkind IN ('r', 'p')
             ORDER BY c.relname LOOP
        EXECUTE format('ANALYZE %s', t);
    END LOOP;
END
$$
