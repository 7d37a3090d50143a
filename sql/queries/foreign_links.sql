-- Make edges one after the other, but those that would close a circle: the places of these, from 1.
-- $1 uuid    project
-- $2 uuid[]  waiting items
-- $3 uuid[]  what they wait for
-- class: bulk
SELECT json_build_object('refused', planner.link_many($1, $2::uuid[], $3::uuid[])::text[])
