-- What tests/bench/queries.py runs beside the blocks of tests/store/plans.sql: those have the calls as they
-- usually are, here are bulk ones, and upkeep, which reads whole tables. Blocks as there; a line
-- "-- items: N" says for how many items the bulk statements of the block are, "-- slow" that few rounds do.

-- before everything
CREATE FUNCTION given.ids(n integer) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(('ffffffff-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid ORDER BY i)
    FROM generate_series(1, n) i
$$;
CREATE FUNCTION given.keys(n integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg('Z' || lpad(i::text, 8, '0') || 'V' ORDER BY i) FROM generate_series(1, n) i
$$;
CREATE TABLE given.many AS
SELECT i.id FROM planner.items i JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
WHERE i.kind = 'step' AND i.avail AND s.status = 'client_review' ORDER BY i.number LIMIT 1000;
CREATE FUNCTION given.steps() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(id ORDER BY id) FROM given.many
$$;
ANALYZE given.many;

-- define_tasks with a thousand steps, and its undoing
-- items: 1000
EXECUTE items_resolve(NULL, 'BIG', given.number('task'), given.steps(),
    array_fill(NULL::text, ARRAY[cardinality(given.steps())]),
    array_fill(NULL::integer, ARRAY[cardinality(given.steps())]));
EXECUTE items_add(given.id('project'), 'agent-1', given.ids(1000), array_fill(given.id('task'), ARRAY[1000]),
    array_fill('step'::text, ARRAY[1000]), array_fill(6, ARRAY[1000]), given.keys(1000),
    array_fill('One of a thousand steps'::text, ARRAY[1000]), array_fill('How it is done'::text, ARRAY[1000]),
    array_fill(false, ARRAY[1000]), array_fill(0, ARRAY[1000]), array_fill(0, ARRAY[1000]),
    array_fill(0, ARRAY[1000]), false, '{}', '{}', array_fill('{"score": 0.04}'::text, ARRAY[1000]));
EXECUTE roll_climb(given.id('project'), given.id('task'), 1000, 1000, 1000, 0);
EXECUTE audit_add(given.id('project'), array_fill('step'::text, ARRAY[1000]), given.ids(1000),
    array_fill('created'::text, ARRAY[1000]), NULL, array_fill('{"kind": "step"}'::text, ARRAY[1000]), NULL,
    'agent-1', NULL, 'test 1', NULL, false);
EXECUTE answer_define(given.id('project'), given.id('task'), NULL, NULL, 1000, given.ids(1000),
    array_fill('ref'::text, ARRAY[1000]));
EXECUTE undo_apply(given.id('project'), currval('planner.change_number'), currval('planner.change_number'),
    false, NULL, 'agent-1', NULL, 'test 1', NULL);

-- a thousand steps become tasks
-- items: 1000
EXECUTE items_promote(given.id('project'), given.steps(),
    array_fill(0, ARRAY[cardinality(given.steps())]), false);
EXECUTE items_settle(given.id('project'), given.steps(),
    array_fill(true, ARRAY[cardinality(given.steps())]));

-- the children of the widest parent renumbered
-- slow
-- items: a tenth
EXECUTE audit_renumbered(given.id('wide'), NULL, NULL, 'agent-1');
EXECUTE items_renumber(given.id('wide'), NULL, NULL);

-- review is asked for
-- slow
-- items: all
EXECUTE roll_rebuild(given.id('project'), true);

-- the doctor
-- slow
EXECUTE doctor_session('60s');
EXECUTE doctor_activity(60, 60, 5);
EXECUTE doctor_audit;
EXECUTE doctor_blockers;
EXECUTE doctor_circles(100000);
EXECUTE doctor_clock;
EXECUTE doctor_counters;
EXECUTE doctor_guards;
EXECUTE doctor_health;
EXECUTE doctor_order;
EXECUTE doctor_replication;
EXECUTE doctor_rights;
EXECUTE doctor_search(1000);
EXECUTE doctor_sequences;
EXECUTE doctor_server;
EXECUTE doctor_steps;
EXECUTE doctor_tables;
EXECUTE doctor_tree;
EXECUTE doctor_upkeep;
