-- What sql/seed/run.sql reads, and no limit on its time, for the rest of the session.
-- $1 text   {"slug", "projects", "items", "wide", "number"}
-- class: upkeep
SELECT json_build_object('seed', set_config('planner.seed', $1, false),
                         'limit', set_config('statement_timeout', '0', false))
