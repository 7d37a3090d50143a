-- The settings of a transaction that dumps or restores. No time limit; rows as text the same on every
-- server, since their hashes are compared; and plans for whole tables, which sessions for calls forbid.
-- class: upkeep
SELECT json_build_array(
    set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true),
    set_config('client_min_messages', 'warning', true),
    set_config('search_path', 'planner, pg_catalog, pg_temp', true),
    set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
    set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true), set_config('xmlbinary', 'base64', true),
    set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true),
    set_config('enable_bitmapscan', 'on', true), set_config('enable_hashjoin', 'on', true),
    set_config('enable_mergejoin', 'on', true),
    set_config('cpu_tuple_cost', '0.01', true), set_config('random_page_cost', '4', true),
    CASE WHEN version() LIKE '%linux%'
    THEN set_config('client_connection_check_interval', '1s', true) END)
