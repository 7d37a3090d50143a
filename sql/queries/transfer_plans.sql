-- From here on, in this transaction: plans that read whole tables, which the program's sessions forbid.
-- Not before rows are stored: the checks of keys and the triggers would keep plans that were made for
-- empty tables. What was just brought in has no statistics, so a loop over a few rows may turn out to
-- go over a whole project for each of them.
-- $1 bool  loops too
-- class: upkeep
SELECT json_build_array(
    set_config('enable_seqscan', 'on', true),
    set_config('enable_bitmapscan', 'on', true),
    set_config('enable_hashjoin', 'on', true),
    set_config('enable_mergejoin', 'on', true),
    set_config('cpu_tuple_cost', '0.01', true), set_config('random_page_cost', '4', true),
    set_config('enable_nestloop', CASE WHEN $1::boolean THEN 'on' ELSE 'off' END, true))
