-- The outbox begins here: every cursor from before is told that anything may have changed.
-- class: upkeep
INSERT INTO planner.outbox (change, project_id, entities)
VALUES (0, '00000000-0000-0000-0000-000000000000', '{}')
