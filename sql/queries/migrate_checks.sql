-- What a migration may find in its way: what the server has, who else migrates, which transactions
-- hold locks that it would wait for, who is connected, which right it lacks, and whether somebody
-- made the database read-only, which a migrator's transactions would not care about. Sizes are the planner's estimates, because
-- to measure a table is to wait for whoever has it locked.
-- $1 text[]  extensions that are wanted
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'server', current_setting('server_version_num')::integer / 10000,
    'encoding', current_setting('server_encoding'),
    'lacks', CASE WHEN to_regnamespace('planner') IS NULL
             THEN CASE WHEN NOT has_database_privilege(current_database(), 'CREATE')
                  THEN format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user) END
             WHEN NOT has_schema_privilege('planner', 'CREATE')
             THEN format('GRANT CREATE ON SCHEMA planner TO %I', current_user)
             ELSE (SELECT format('GRANT %I TO %I', pg_get_userbyid(c.relowner), current_user)
                   FROM pg_class c
                   WHERE c.relnamespace = to_regnamespace('planner') AND c.relkind = 'r'
                   AND NOT pg_has_role(c.relowner, 'USAGE') LIMIT 1) END,
    'read_only', (SELECT CASE WHEN s.source = 'client'
                         THEN json_build_object('place', 'in the connection string',
                                                'undo', 'take it out of that')
                         ELSE coalesce((SELECT json_build_object(
                                'place', 'for ' || x.whom,
                                'undo', 'ALTER ' || x.what || ' RESET default_transaction_read_only')
                            FROM (SELECT CASE WHEN r.setdatabase <> 0 AND r.setrole <> 0
                                         THEN format('role %s in database %s', session_user, d.datname)
                                         WHEN r.setrole <> 0 THEN format('role %s', session_user)
                                         WHEN r.setdatabase <> 0 THEN format('database %s', d.datname)
                                         ELSE 'all roles' END AS whom,
                                         CASE WHEN r.setdatabase <> 0 AND r.setrole <> 0
                                         THEN format('ROLE %I IN DATABASE %I', session_user, d.datname)
                                         WHEN r.setrole <> 0 THEN format('ROLE %I', session_user)
                                         WHEN r.setdatabase <> 0 THEN format('DATABASE %I', d.datname)
                                         ELSE 'ROLE ALL' END AS what
                                  FROM pg_database d, pg_db_role_setting r
                                  WHERE d.datname = current_database() AND r.setdatabase IN (0, d.oid)
                                  AND r.setrole IN (0, (SELECT u.oid FROM pg_roles u
                                                        WHERE u.rolname = session_user))
                                  AND EXISTS (SELECT FROM unnest(r.setconfig) c (text)
                                              WHERE c.text LIKE 'default\_transaction\_read\_only=%')
                                  ORDER BY r.setrole <> 0 DESC, r.setdatabase <> 0 DESC
                                  LIMIT 1) x),
                              json_build_object('place', 'in the server''s configuration',
                                                'undo', 'take it out of that')) END
                  FROM pg_settings s
                  WHERE s.name = 'default_transaction_read_only' AND s.reset_val = 'on'),
    'data_directory', CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
                      THEN current_setting('data_directory') END,
    'bytes', (SELECT coalesce(sum(c.relpages::bigint + coalesce(t.relpages, 0)), 0)::bigint
                     * current_setting('block_size')::integer
              FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
              WHERE c.relnamespace = to_regnamespace('planner')),
    'programs', (SELECT count(*) FROM pg_stat_activity a
                 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
                 AND a.application_name LIKE 'mcp-planner%'
                 AND a.application_name <> 'mcp-planner migrate'),
    'extensions', (SELECT coalesce(json_agg(json_build_object(
            'name', w.name,
            'installed', EXISTS (SELECT FROM pg_extension e WHERE e.extname = w.name),
            'available', EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = w.name))
            ORDER BY w.n), '[]')
        FROM unnest($1::text[]) WITH ORDINALITY AS w (name, n)),
    'migrators', (SELECT coalesce(json_agg(json_build_object(
            'pid', l.pid, 'application', a.application_name, 'user', a.usename,
            'seconds', extract(epoch FROM clock_timestamp() - a.xact_start)::bigint)), '[]')
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
        AND l.classid::bigint = 7236218560021377521 >> 32
        AND l.objid::bigint = 7236218560021377521 & 4294967295 AND l.objsubid = 1),
    'transactions', (SELECT coalesce(json_agg(json_build_object(
            'pid', x.pid, 'application', x.application_name, 'user', x.usename,
            'seconds', extract(epoch FROM clock_timestamp() - x.since)::bigint,
            'prepared', x.gid) ORDER BY x.since), '[]')
        FROM (SELECT a.pid, a.application_name, a.usename, a.xact_start AS since, NULL AS gid
              FROM pg_stat_activity a
              WHERE a.pid <> pg_backend_pid()
              AND a.xact_start < clock_timestamp() - interval '5 s'
              AND a.pid IN (SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                            WHERE l.granted AND c.relnamespace = to_regnamespace('planner')
                            AND l.database = (SELECT d.oid FROM pg_database d
                                              WHERE d.datname = current_database()))
              AND a.application_name IS DISTINCT FROM 'mcp-planner migrate'
              UNION ALL
              SELECT NULL, NULL, p.owner, p.prepared, p.gid
              FROM pg_prepared_xacts p WHERE p.database = current_database()) x)))
