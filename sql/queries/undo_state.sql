-- Flush one of undo: all that the rules look at. No row when there is no such change.
-- $1 bigint  change
-- $2 text    agent who asks
-- class: complex
SELECT s::text FROM planner.undo_state($1::bigint, $2) s WHERE s IS NOT NULL
