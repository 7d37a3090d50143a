-- For one transaction, say in pg_stat_activity and in the server's log on whose behalf it runs.
-- $1 text  application name with the trace and the span of the caller
-- class: simple
SELECT set_config('application_name', $1, true)
