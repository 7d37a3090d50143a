-- One migration at a time in this database, until the transaction ends. The number is arbitrary and
-- for ever.
-- class: upkeep
SELECT pg_advisory_xact_lock(7236218560021377521)
