-- Make edges one after the other, but those that would close a circle: the places of these, from 1. A walk
-- of its own for each, of 4 to 20 ms (what is measured are 250 in a chain), which no bulk statement would
-- do: only where a source can have a circle, or its project is there already.
-- $1 uuid    project
-- $2 uuid[]  waiting items
-- $3 uuid[]  what they wait for
-- class: upkeep
SELECT json_build_object('refused', planner.link_many($1, $2::uuid[], $3::uuid[])::text[])
