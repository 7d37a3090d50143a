-- What the catalogs know of schema planner, as one JSON value, in an order that does not depend on
-- how it came to be.
SELECT json_build_object(
    'version', current_setting('server_version_num')::integer / 10000,
    'tables', (SELECT json_agg(json_build_object(
        'name', c.relname,
        'kind', CASE WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'p' THEN 'partitioned'
                     WHEN c.relpersistence = 'u' THEN 'unlogged' ELSE 'table' END,
        'options', array_to_string(ARRAY(SELECT o FROM unnest(c.reloptions) o
                                         WHERE o !~ '^autovacuum_enabled='), ', '),
        'columns', (SELECT json_agg(json_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'null', NOT a.attnotnull,
            'default', CASE WHEN a.attidentity <> '' THEN 'identity'
                            WHEN a.attgenerated <> '' THEN 'generated' END,
            'value', CASE WHEN a.attidentity = '' THEN pg_get_expr(d.adbin, d.adrelid) END)
                                     ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'constraints', (SELECT json_agg(json_build_object('name', k.conname, 'kind', k.contype,
                            'says', pg_get_constraintdef(k.oid))
                            ORDER BY position(k.contype::text IN 'pufcx'), k.conname COLLATE "C")
            FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 't'),
        'indexes', (SELECT json_agg(json_build_object('name', i.relname, 'unique', x.indisunique,
                        'key', (SELECT k.conname FROM pg_constraint k
                                WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')),
                        'says', regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', ''))
                        ORDER BY i.relname COLLATE "C")
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid),
        'triggers', (SELECT json_agg(json_build_object('name', t.tgname,
                         'says', regexp_replace(pg_get_triggerdef(t.oid), '^CREATE (CONSTRAINT )?TRIGGER \w+ ', ''))
                         ORDER BY t.tgname COLLATE "C")
            FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal))
        ORDER BY c.relname COLLATE "C")
        FROM pg_class c WHERE c.relnamespace = 'planner'::regnamespace AND c.relkind IN ('r', 'p', 'v')
            AND NOT c.relispartition),
    'others', (SELECT json_agg(json_build_array(o.kind, o.name) ORDER BY o.kind, o.name COLLATE "C") FROM (
        SELECT 'sequence' AS kind, c.relname::text AS name FROM pg_class c
        WHERE c.relkind = 'S' AND c.relnamespace = 'planner'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
        UNION ALL
        SELECT 'statistics', s.stxname FROM pg_statistic_ext s
        WHERE s.stxnamespace = 'planner'::regnamespace
        UNION ALL
        SELECT 'type', t.typname FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = 'planner'::regnamespace
          AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
        UNION ALL
        SELECT 'search', f.cfgname FROM pg_ts_config f WHERE f.cfgnamespace = 'planner'::regnamespace
        UNION ALL
        SELECT 'search', f.dictname FROM pg_ts_dict f WHERE f.dictnamespace = 'planner'::regnamespace) o),
    'functions', (SELECT json_agg(json_build_object('name', f.proname,
            'arguments', pg_get_function_arguments(f.oid), 'result', pg_get_function_result(f.oid),
            'is', concat_ws(', ', CASE WHEN f.prokind = 'a' THEN 'aggregate' ELSE l.lanname END,
                            CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
                            CASE WHEN f.prosecdef THEN 'security definer' END))
            ORDER BY f.proname COLLATE "C", pg_get_function_arguments(f.oid) COLLATE "C")
        FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang
        WHERE f.pronamespace = 'planner'::regnamespace))
