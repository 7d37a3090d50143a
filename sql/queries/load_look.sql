-- What is in the way of a restore: is there a schema, are there projects in it. A schema without
-- projects is as good as none. In the midst of a restore it is the old store that is looked at.
-- class: upkeep
SELECT json_build_object(
    'server_major', current_setting('server_version_num')::integer / 10000,
    'standby', pg_is_in_recovery(),
    'has_schema', to_regnamespace('planner') IS NOT NULL,
    'has_tables', t.projects IS NOT NULL,
    'projects', CASE WHEN t.projects IS NULL THEN 0
        ELSE substring(query_to_xml('SELECT count(*) AS n FROM ' || t.projects, true, false, '')::text
                       from '<n>([^<]*)</n>')::bigint END)
FROM (SELECT coalesce(to_regclass('planner_being_replaced.projects'),
                      to_regclass('planner.projects')) AS projects) t
