-- What all processes have counted. Its table is unlogged: a standby has none of it.
-- class: upkeep
SELECT json_build_object('samples', coalesce(json_agg(json_build_object(
    'name', m.name, 'a', m.a, 'b', m.b, 'value', m.value) ORDER BY m.name, m.a, m.b), '[]'))
FROM planner.metrics m
