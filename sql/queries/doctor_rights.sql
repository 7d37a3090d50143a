-- What this user may not do in the schema, and would have to.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'missing', CASE WHEN n.oid IS NULL THEN '[]' WHEN NOT has_schema_privilege(n.oid, 'USAGE')
        THEN json_build_array('USAGE on schema planner')
        ELSE coalesce((SELECT json_agg(w.what ORDER BY w.what) FROM (
            SELECT string_agg(v.v, ', ' ORDER BY v.v) || ' on ' || c.relname AS what
            FROM pg_class c CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) v (v)
            WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
              AND NOT has_table_privilege(c.oid, v.v)
              AND CASE WHEN c.relname IN ('schema_migrations', 'secrets') THEN v.v = 'SELECT'
                       WHEN c.relname IN ('audit', 'iterations') THEN v.v IN ('SELECT', 'INSERT')
                       ELSE true END
            GROUP BY c.relname
            UNION ALL
            SELECT 'USAGE on sequence ' || c.relname
            FROM pg_class c LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass
                AND o.objid = c.oid AND o.deptype = 'i'
            WHERE c.relnamespace = n.oid AND o.objid IS NULL
              AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') END
            UNION ALL
            SELECT 'EXECUTE on function ' || min(p.proname)
                   || CASE WHEN count(*) > 1 THEN ' and ' || count(*) - 1 || ' more' ELSE '' END
            FROM pg_proc p
            WHERE p.pronamespace = n.oid AND NOT has_function_privilege(p.oid, 'EXECUTE')
            HAVING count(*) > 0
        ) w), '[]') END,
    'owner', pg_has_role(n.nspowner, 'USAGE'),
    'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'monitor', pg_has_role(current_user, 'pg_monitor', 'USAGE'),
    'writes', EXISTS (SELECT FROM pg_class c
                      WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
                        AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
                             OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))))
FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = 'planner'
