-- What is in the way of a restore: is there a schema, are there projects in it. A schema without
-- projects is as good as none. In the midst of a restore it is the old store that is looked at. And the
-- rights that it takes, with names quoted where SQL wants it: what belongs to another role is not
-- looked into, since that takes rights as well.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'server_major', current_setting('server_version_num')::integer / 10000,
    'standby', pg_is_in_recovery(),
    'has_schema', to_regnamespace('planner') IS NOT NULL,
    'has_tables', t.projects IS NOT NULL,
    'role', quote_ident(current_user),
    'database', quote_ident(current_database()),
    'may_create', has_database_privilege(current_database(), 'CREATE'),
    'owner', CASE WHEN NOT t.ours THEN quote_ident(pg_get_userbyid(t.owner)) END,
    'projects', CASE WHEN t.ours AND t.projects IS NOT NULL
        THEN substring(query_to_xml('SELECT count(*) AS n FROM ' || t.projects, true, false, '')::text
                       from '<n>([^<]*)</n>')::bigint
        ELSE 0 END))
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT n.nspowner AS owner, pg_has_role(n.nspowner, 'USAGE') AS ours, c.oid::regclass AS projects
    FROM pg_namespace n
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'projects' AND c.relkind = 'r'
    WHERE n.nspname IN ('planner', 'planner_being_replaced')
    ORDER BY n.nspname DESC LIMIT 1) t ON true
