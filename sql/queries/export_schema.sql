-- The newest migration of the store.
-- class: upkeep
SELECT json_build_object('schema', max(m.version)) FROM planner.schema_migrations m
