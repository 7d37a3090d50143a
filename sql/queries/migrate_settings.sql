-- A migrator's settings for one transaction, so that they hold behind a pooler too. When the migrator
-- dies, the server notices within a second or two, takes everything back and lets the next one in;
-- not every platform can.
-- class: upkeep
SELECT set_config('statement_timeout', '0', true),
       set_config('lock_timeout', '0', true),
       set_config('client_min_messages', 'warning', true),
       set_config('search_path', 'planner, pg_catalog, pg_temp', true),
       set_config('application_name', 'mcp-planner migrate', true),
       CASE WHEN version() LIKE '%linux%'
       THEN set_config('client_connection_check_interval', '1s', true) END
