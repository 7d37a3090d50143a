-- Sessions of the program that took the schema for another one than it now is: they connect again and
-- look at it.
-- class: upkeep
SELECT json_build_object('ended', count(*) FILTER (WHERE pg_terminate_backend(a.pid)))
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
  AND a.application_name LIKE 'mcp-planner%'
