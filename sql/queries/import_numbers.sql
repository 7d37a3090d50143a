-- The last change number that was given out.
-- class: upkeep
SELECT json_build_object('change', coalesce(pg_sequence_last_value('planner.change_number'), 0))
