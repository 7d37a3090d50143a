-- The session's settings for one transaction, where a pooler sits between: startup options and SET
-- would reach a session that somebody else gets next. Elsewhere they are startup options. Temporary
-- tables come last, or those of whoever had the session before would hide others.
-- class: simple
SELECT set_config('idle_in_transaction_session_timeout', '10s', true),
       set_config('client_min_messages', 'warning', true),
       set_config('jit', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('cpu_tuple_cost', '0.1', true),
       set_config('random_page_cost', '0.02', true),
       set_config('search_path', 'planner, pg_catalog, pg_temp', true),
       set_config('TimeZone', 'UTC', true),
       set_config('DateStyle', 'ISO', true),
       set_config('planner.writer', 'mcp-planner', true)
