-- Of a scrape's transaction: a limit of its own, and no plans forbidden, since it reads catalogs and,
-- while the store is small, whole tables.
-- $1 text  statement_timeout
-- class: upkeep
SELECT set_config('statement_timeout', $1, true),
       set_config('lock_timeout', '1s', true),
       set_config('enable_seqscan', 'on', true),
       set_config('enable_bitmapscan', 'on', true),
       set_config('enable_hashjoin', 'on', true),
       set_config('enable_mergejoin', 'on', true),
       set_config('cpu_tuple_cost', '0.01', true), set_config('random_page_cost', '4', true)
