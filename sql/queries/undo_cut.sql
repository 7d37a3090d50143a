-- Flush one of undo: what was archived of the past that a change needs. No row when nothing was.
-- $1 bigint  change
-- class: complex
SELECT c::text FROM planner.undo_cut($1::bigint) c WHERE c IS NOT NULL
