-- What guards the store and can be taken away by hand: triggers that are off, constraints that were
-- never checked, indexes that are broken, keys that are missing, names that hide the server's own; and
-- the statements that put right what is off.
-- class: upkeep
WITH w (what, statement) AS (
    SELECT 'trigger ' || t.tgname || ' of ' || c.relname || ' is off',
        format('ALTER TABLE planner.%I ENABLE TRIGGER %I', c.relname, t.tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = to_regnamespace('planner') AND t.tgenabled IN ('D', 'R')
      AND NOT t.tgisinternal
    UNION ALL
    SELECT DISTINCT 'foreign keys of ' || c.relname || ' are off',
        format('ALTER TABLE planner.%I ENABLE TRIGGER ALL', c.relname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = to_regnamespace('planner') AND t.tgenabled IN ('D', 'R')
      AND t.tgisinternal
    UNION ALL
    SELECT 'constraint ' || k.conname || ' was never checked',
        format('ALTER TABLE planner.%I VALIDATE CONSTRAINT %I', c.relname, k.conname)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = to_regnamespace('planner') AND NOT k.convalidated
    UNION ALL
    SELECT 'index ' || x.indexrelid::regclass || ' is not valid',
        format('REINDEX INDEX planner.%I', i.relname)
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE c.relnamespace = to_regnamespace('planner')
      AND NOT (x.indisvalid AND x.indisready AND x.indislive)
    UNION ALL
    SELECT 'row-level security of ' || c.relname || ' is on',
        format('ALTER TABLE planner.%I DISABLE ROW LEVEL SECURITY', c.relname)
    FROM pg_class c WHERE c.relnamespace = to_regnamespace('planner') AND c.relrowsecurity
)
SELECT json_build_object(
    'triggers', (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                 WHERE c.relnamespace = to_regnamespace('planner')),
    'off', coalesce((SELECT json_agg(w.what ORDER BY w.what) FROM w), '[]'),
    'statements', coalesce((SELECT json_agg(w.statement ORDER BY w.what) FROM w), '[]'),
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
