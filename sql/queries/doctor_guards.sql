-- What guards the store and can be taken away by hand: triggers that are off, constraints that were
-- never checked, indexes that are broken, keys that are missing, names that hide the server's own.
-- class: upkeep
SELECT json_build_object(
    'triggers', (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                 WHERE c.relnamespace = to_regnamespace('planner')),
    'off', coalesce((SELECT json_agg(w.what ORDER BY w.what) FROM (
        SELECT 'trigger ' || t.tgname || ' of ' || c.relname || ' is off' AS what
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = to_regnamespace('planner') AND t.tgenabled IN ('D', 'R')
          AND NOT t.tgisinternal
        UNION ALL
        SELECT DISTINCT 'foreign keys of ' || c.relname || ' are off'
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = to_regnamespace('planner') AND t.tgenabled IN ('D', 'R')
          AND t.tgisinternal
        UNION ALL
        SELECT 'constraint ' || k.conname || ' was never checked'
        FROM pg_constraint k
        WHERE k.connamespace = to_regnamespace('planner') AND NOT k.convalidated
        UNION ALL
        SELECT 'index ' || x.indexrelid::regclass || ' is not valid'
        FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
        WHERE c.relnamespace = to_regnamespace('planner')
          AND NOT (x.indisvalid AND x.indisready AND x.indislive)
        UNION ALL
        SELECT 'row-level security of ' || c.relname || ' is on'
        FROM pg_class c WHERE c.relnamespace = to_regnamespace('planner') AND c.relrowsecurity
    ) w), '[]'),
    'hiding', coalesce((SELECT json_agg(w.what ORDER BY w.what) FROM (
        SELECT DISTINCT 'function ' || p.proname AS what
        FROM pg_proc p WHERE p.pronamespace = to_regnamespace('planner')
          AND EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = to_regnamespace('pg_catalog')
                      AND b.proname = p.proname AND b.proargtypes = p.proargtypes)
        UNION ALL
        SELECT 'relation ' || c.relname
        FROM pg_class c WHERE c.relnamespace = to_regnamespace('planner')
          AND EXISTS (SELECT FROM pg_class b WHERE b.relnamespace = to_regnamespace('pg_catalog')
                      AND b.relname = c.relname)
        UNION ALL
        SELECT DISTINCT 'operator ' || o.oprname
        FROM pg_operator o WHERE o.oprnamespace = to_regnamespace('planner')
        UNION ALL
        SELECT 'type ' || t.typname
        FROM pg_type t WHERE t.typnamespace = to_regnamespace('planner')
          AND EXISTS (SELECT FROM pg_type b WHERE b.typnamespace = to_regnamespace('pg_catalog')
                      AND b.typname = t.typname)
    ) w), '[]'),
    'open_to_all', has_schema_privilege('public', to_regnamespace('planner'), 'CREATE'))
