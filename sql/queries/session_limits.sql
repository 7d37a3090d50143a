-- How long a statement may take and wait for a lock, for one transaction behind a pooler. Elsewhere they
-- are startup options.
-- $1 text  statement_timeout
-- $2 text  lock_timeout
-- class: simple
SELECT set_config('statement_timeout', $1::text, true),
       set_config('lock_timeout', $2::text, true)
