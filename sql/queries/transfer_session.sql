-- What holds for one transaction that moves whole projects: no limit of time but that of the network.
-- class: upkeep
SELECT json_build_array(
    set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true),
    set_config('work_mem', '64MB', true),
    set_config('max_parallel_workers_per_gather', '0', true))
