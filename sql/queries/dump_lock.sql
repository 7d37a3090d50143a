-- No migration and no restore while this session lives: the number is that of migrate_lock.sql. Taken
-- before the transaction of a dump begins, whose snapshot would be older than what is waited for.
-- class: upkeep
SELECT to_json(pg_advisory_lock_shared(7236218560021377521)::text)
