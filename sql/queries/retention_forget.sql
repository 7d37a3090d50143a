-- What a run before us planned and never archived is forgotten; not alone: another run is at work.
-- class: upkeep
SELECT json_build_object('alone', planner.cuts_forget())
