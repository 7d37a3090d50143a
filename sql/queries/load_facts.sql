-- What a store that was brought back says of itself: its newest migration, and which store it is, as
-- dump_facts said when the dump was taken.
-- class: upkeep
SELECT json_build_object(
    'schema', (SELECT max(m.version) FROM planner.schema_migrations m),
    'store', left(planner.state_mac('which store is it'), 16))
