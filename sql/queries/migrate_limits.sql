-- How long a migration waits for others, and how long one of its statements may take; for this
-- transaction.
-- $1 text  lock_timeout
-- $2 text  statement_timeout
-- class: upkeep
SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)
