-- What holds for one transaction that moves whole projects: no limit of time but that of the network,
-- and plans that read whole tables, which the program's sessions forbid.
-- class: upkeep
SELECT json_build_array(
    set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true),
    set_config('enable_seqscan', 'on', true),
    set_config('enable_bitmapscan', 'on', true),
    set_config('enable_hashjoin', 'on', true),
    set_config('enable_mergejoin', 'on', true),
    set_config('work_mem', '64MB', true),
    set_config('max_parallel_workers_per_gather', '0', true))
