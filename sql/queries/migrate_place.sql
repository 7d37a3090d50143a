-- Where the batches of a migration are: the place that the last one gave, {} before the first.
-- $1 int  version
-- class: upkeep
SELECT json_build_object('place', coalesce(m.batch -> 'place', '{}'),
                         'rows', coalesce((m.batch ->> 'rows')::bigint, 0))
FROM planner.schema_migrations m
WHERE m.version = $1::integer
