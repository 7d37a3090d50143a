-- From here on, in this transaction: joins that read each side once. What was just brought in has no
-- statistics, and a plan for a few rows would go over a whole project for each of them.
-- class: upkeep
SELECT json_build_object('nestloop', set_config('enable_nestloop', 'off', true))
