-- What this user may not do in the schema, and would have to; and the statements that grant it.
-- class: upkeep
WITH tables AS (
    SELECT c.relname, string_agg(v.v, ', ' ORDER BY v.v) AS rights
    FROM pg_class c CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) v (v)
    WHERE c.relnamespace = to_regnamespace('planner') AND c.relkind IN ('r', 'p')
      AND NOT has_table_privilege(c.oid, v.v)
      AND CASE WHEN c.relname IN ('schema_migrations', 'secrets') THEN v.v = 'SELECT'
               WHEN c.relname IN ('audit', 'iterations') THEN v.v IN ('SELECT', 'INSERT')
               ELSE true END
    GROUP BY c.relname
), sequences AS (
    SELECT c.relname
    FROM pg_class c LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass
        AND o.objid = c.oid AND o.deptype = 'i'
    WHERE c.relnamespace = to_regnamespace('planner') AND o.objid IS NULL
      AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') END
), functions AS (
    SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = to_regnamespace('planner') AND NOT has_function_privilege(p.oid, 'EXECUTE')
)
SELECT json_strip_nulls(json_build_object(
    'missing', CASE WHEN n.oid IS NULL THEN '[]' WHEN NOT has_schema_privilege(n.oid, 'USAGE')
        THEN json_build_array('USAGE on schema planner')
        ELSE coalesce((SELECT json_agg(w.what ORDER BY w.what) FROM (
            SELECT t.rights || ' on ' || t.relname AS what FROM tables t
            UNION ALL
            SELECT 'USAGE on sequence ' || s.relname FROM sequences s
            UNION ALL
            SELECT 'EXECUTE on function ' || min(f.proname)
                   || CASE WHEN count(*) > 1 THEN ' and ' || count(*) - 1 || ' more' ELSE '' END
            FROM functions f HAVING count(*) > 0
        ) w), '[]') END,
    'statements', coalesce((SELECT json_agg('GRANT ' || g.what || ' TO ' || quote_ident(current_user)
                                            ORDER BY g.what) FROM (
        SELECT 'USAGE ON SCHEMA planner' AS what WHERE NOT has_schema_privilege(n.oid, 'USAGE')
        UNION ALL
        SELECT t.rights || ' ON ' || string_agg('planner.' || quote_ident(t.relname), ', '
                                                ORDER BY t.relname)
        FROM tables t GROUP BY t.rights
        UNION ALL
        SELECT 'USAGE ON SEQUENCE ' || string_agg('planner.' || quote_ident(s.relname), ', '
                                                  ORDER BY s.relname)
        FROM sequences s HAVING count(*) > 0
        UNION ALL
        SELECT 'EXECUTE ON ALL FUNCTIONS IN SCHEMA planner' WHERE EXISTS (SELECT FROM functions)
    ) g), '[]'),
    'owner', pg_has_role(n.nspowner, 'USAGE'),
    'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'monitor', pg_has_role(current_user, 'pg_monitor', 'USAGE'),
    'writes', EXISTS (SELECT FROM pg_class c
                      WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
                        AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
                             OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))))
FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = 'planner'
