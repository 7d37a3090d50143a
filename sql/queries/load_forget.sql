-- What the outbox says is numbered by transactions of the server that the backup is of.
-- class: upkeep
DELETE FROM planner.outbox
