-- How transactions of this database begin when nobody has said otherwise in the session: may_write
-- is false where the administrator made it read-only, and on a standby.
-- class: simple
SELECT json_build_object('may_write', reset_val = 'off' AND NOT pg_is_in_recovery())
FROM pg_catalog.pg_settings
WHERE name = 'default_transaction_read_only'
