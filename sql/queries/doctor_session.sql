-- What holds for one transaction of the doctor: limits of its own, and plans that read whole tables,
-- which the program's sessions forbid.
-- $1 text  statement_timeout
-- class: upkeep
SELECT json_build_array(
    set_config('statement_timeout', $1::text, true),
    set_config('lock_timeout', '2s', true),
    set_config('enable_seqscan', 'on', true),
    set_config('enable_bitmapscan', 'on', true),
    set_config('enable_hashjoin', 'on', true),
    set_config('enable_mergejoin', 'on', true),
    set_config('cpu_tuple_cost', '0.01', true), set_config('random_page_cost', '4', true),
    set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('work_mem', '64MB', true),
    set_config('max_parallel_workers_per_gather', '0', true))
