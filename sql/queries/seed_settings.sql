-- What sql/seed/run.sql reads, and no limit on its time, for the rest of the session.
-- class: upkeep
-- $1 text   {"slug", "projects", "items", "wide", "number"}
SELECT set_config('planner.seed', $1, false), set_config('statement_timeout', '0', false)
