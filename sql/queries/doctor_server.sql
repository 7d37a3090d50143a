-- What the server, this database and this session are: version, settings, connections, counters of
-- the whole server. Settings are told as the session began with them.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'version', current_setting('server_version'),
    'version_num', current_setting('server_version_num')::integer,
    'today', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
    'standby', pg_is_in_recovery(),
    'encoding', pg_encoding_to_char(d.encoding),
    'superuser', r.rolsuper,
    'monitor', pg_has_role(current_user, 'pg_monitor', 'USAGE'),
    'bytes', pg_database_size(d.oid),
    'role', quote_ident(session_user),
    'database', quote_ident(d.datname),
    'role_limit', CASE WHEN r.rolconnlimit >= 0 AND NOT r.rolsuper THEN r.rolconnlimit END,
    'role_sessions', (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid),
    'database_limit', CASE WHEN d.datconnlimit >= 0 AND NOT r.rolsuper THEN d.datconnlimit END,
    'database_sessions', (SELECT b.numbackends FROM pg_stat_database b WHERE b.datid = d.oid),
    'sessions', (SELECT sum(numbackends) FROM pg_stat_database),
    'checksum_failures', (SELECT sum(checksum_failures) FROM pg_stat_database),
    'xid_age', (SELECT max(age(datfrozenxid)) FROM pg_database WHERE datallowconn),
    'multixact_age', (SELECT max(mxid_age(datminmxid)) FROM pg_database WHERE datallowconn),
    'prepared', (SELECT count(*) FROM pg_prepared_xacts WHERE database = d.datname),
    'prepared_seconds', (SELECT extract(epoch FROM now() - min(prepared))::bigint
                         FROM pg_prepared_xacts WHERE database = d.datname),
    'tls', (SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()),
    'remote', inet_client_addr() IS NOT NULL
              AND NOT inet_client_addr() <<= '127.0.0.0/8'::inet
              AND inet_client_addr() <> '::1'::inet,
    'archive_failing', a.last_failed_time > coalesce(a.last_archived_time, '-infinity'),
    'archive_failures', a.failed_count,
    'archived_seconds', extract(epoch FROM now() - a.last_archived_time)::bigint,
    'extensions', (SELECT json_agg(json_build_object('name', e.extname, 'version', e.extversion,
                                                     'newest', v.default_version)
                                   ORDER BY e.extname)
                   FROM pg_extension e LEFT JOIN pg_available_extensions v ON v.name = e.extname),
    'settings', (SELECT json_agg(json_build_object('name', s.name, 'value', s.reset_val,
                                                   'source', s.source, 'file', s.sourcefile))
                 FROM pg_settings s WHERE s.name IN (
        'fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum', 'track_counts',
        'data_checksums', 'zero_damaged_pages', 'ignore_checksum_failure', 'max_connections',
        'superuser_reserved_connections', 'reserved_connections', 'wal_level', 'archive_mode',
        'synchronous_standby_names', 'statement_timeout', 'idle_in_transaction_session_timeout',
        'default_transaction_read_only', 'default_transaction_isolation', 'search_path',
        'session_replication_role', 'autovacuum_freeze_max_age', 'data_directory', 'TimeZone',
        'max_wal_size', 'max_slot_wal_keep_size', 'wal_segment_size', 'max_locks_per_transaction'))))
FROM pg_database d, pg_roles r, pg_stat_archiver a
WHERE d.datname = current_database() AND r.rolname = current_user
