-- What plans_test.c runs to see the plans of all statements: blocks, parted by an empty line, each in
-- a transaction of its own that is rolled back. EXECUTE NAME runs sql/queries/NAME.sql with the
-- program's session settings; every query has to be in some block, and every plpgsql function of
-- the schema has to be reached. What is read is the store of sql/seed/store.sql, where nothing
-- else runs.
--
--   -- may read N rows: REASON     the block's own bound, where its work is to read many
--   -- guessing may read N rows: REASON    the same where statistics are wrong or not there
--   -- may scan tables: REASON    it reads the whole project
--   -- left out NAME: REASON       a query, or a function, that is not looked at

-- left out doctor_activity: reads only catalogs and views of the server
-- left out doctor_audit: reads everything, that is what it is for
-- left out doctor_blockers: reads everything, that is what it is for
-- left out doctor_circles: reads everything, that is what it is for
-- left out doctor_clock: reads only catalogs and views of the server
-- left out doctor_counters: reads everything, that is what it is for
-- left out doctor_fix_blockers: reads a whole project, that is what it is for
-- left out doctor_fix_counters: reads a whole project, that is what it is for
-- left out doctor_fix_depth: reads a whole project, that is what it is for
-- left out doctor_fix_lock: reads nothing
-- left out doctor_guards: reads only catalogs and views of the server
-- left out doctor_health: counts claims, as many as agents hold
-- left out doctor_order: reads everything, that is what it is for
-- left out doctor_replication: reads only catalogs and views of the server
-- left out doctor_rights: reads only catalogs and views of the server
-- left out doctor_search: reads everything, that is what it is for
-- left out doctor_sequences: reads everything, that is what it is for
-- left out doctor_server: reads only catalogs and views of the server
-- left out doctor_session: reads only catalogs and views of the server
-- left out doctor_statements: reads only catalogs and views of the server
-- left out doctor_steps: reads everything, that is what it is for
-- left out doctor_tables: reads only catalogs and views of the server
-- left out doctor_tree: reads everything, that is what it is for
-- left out doctor_upkeep: reads everything, that is what it is for
-- left out export_audit: reads whole projects, that is what it is for
-- left out export_claim: reads whole projects, that is what it is for
-- left out export_cut: reads whole projects, that is what it is for
-- left out export_purged: reads whole projects, that is what it is for
-- left out export_dependency: reads whole projects, that is what it is for
-- left out export_dispute: reads whole projects, that is what it is for
-- left out export_evidence: reads whole projects, that is what it is for
-- left out export_find: reads whole projects, that is what it is for
-- left out export_item: reads whole projects, that is what it is for
-- left out export_iteration: reads whole projects, that is what it is for
-- left out export_markdown: reads whole projects, that is what it is for
-- left out export_origin: reads whole projects, that is what it is for
-- left out export_project: reads whole projects, that is what it is for
-- left out export_projects: reads whole projects, that is what it is for
-- left out export_request: reads whole projects, that is what it is for
-- left out export_schema: reads whole projects, that is what it is for
-- left out export_step: reads whole projects, that is what it is for
-- left out export_undo: reads whole projects, that is what it is for
-- left out import_audit: brings a whole project in
-- left out import_block: reads nothing
-- left out import_check: brings a whole project in
-- left out import_circles: brings a whole project in
-- left out import_claim: brings a whole project in
-- left out import_cut: brings a whole project in
-- left out import_purged: brings a whole project in
-- left out import_dependency: brings a whole project in
-- left out import_dispute: brings a whole project in
-- left out import_evidence: brings a whole project in
-- left out import_item: brings a whole project in
-- left out import_iteration: brings a whole project in
-- left out import_look: brings a whole project in
-- left out import_numbers: brings a whole project in
-- left out import_origin: brings a whole project in
-- left out import_project: brings a whole project in
-- left out import_request: brings a whole project in
-- left out import_reserve: brings a whole project in
-- left out import_roll: brings a whole project in
-- left out import_step: brings a whole project in
-- left out import_taken: brings a whole project in
-- left out import_told: brings a whole project in
-- left out import_undo: brings a whole project in
-- left out import_words: brings a whole project in
-- left out transfer_plans: reads nothing
-- left out transfer_ready: reads nothing
-- left out transfer_session: reads nothing
-- left out dump_facts: reads only catalogs and the record of migrations
-- left out dump_lock: reads nothing
-- left out dump_settings: reads nothing
-- left out dump_sum: reads everything, that is what it is for
-- left out dump_tables: reads only catalogs
-- left out load_analyze: reads everything, that is what it is for
-- left out load_aside: renames the schema
-- left out load_drop: drops what was replaced
-- left out load_forget: empties the outbox, once a restore
-- left out load_lock: reads nothing
-- left out load_facts: reads only the record of migrations, once a restore
-- left out load_look: counts the projects, once a restore
-- left out load_place: reads only catalogs, once a restore
-- left out load_mark: one row, once a restore
-- left out load_numbers: reads only sequences
-- left out load_unused: every project once, once a restore
-- left out load_wake: reads only what the server keeps of sessions
-- left out migrate_add: reads only the table of the migrations
-- left out migrate_checks: reads only catalogs
-- left out migrate_exists: reads only catalogs
-- left out migrate_limits: reads nothing
-- left out migrate_lock: reads nothing
-- left out migrate_move: reads only the table of the migrations
-- left out migrate_place: reads only the table of the migrations
-- left out migrate_records: reads only the table of the migrations
-- left out migrate_remove: reads only the table of the migrations
-- left out migrate_schema: makes the schema
-- left out migrate_settings: reads nothing
-- left out migrate_table: makes the table of the migrations
-- left out migrate_table_batch: makes a column of the table of the migrations
-- left out retention_begin: reads the list of a cut, once a cut
-- left out retention_count: counts what would go, that is what it is for
-- left out retention_cuts: reads the cuts, of which there are few
-- left out retention_fit: reads the cuts, and where they end, once a cut
-- left out retention_forget: reads the cuts, of which there are few
-- left out retention_going: reads the cuts, of which there are few
-- left out retention_plan: lists all that goes, once a cut
-- left out retention_planned: reads the cuts, of which there are few
-- left out retention_projects: reads all projects, once a run
-- left out retention_restore: puts rows in, by their keys
-- left out retention_restore_audit: puts rows in, by their keys
-- left out retention_restored: reads the list of a cut, once a cut
-- left out audit_boundary: reads half an hour of the audit, once a cut
-- left out cut_begin: reads the list of a cut, once a cut
-- left out cut_plan: lists all that goes, once a cut
-- left out cut_restored: reads the list of a cut, once a cut
-- left out cuts_forget: reads the cuts, of which there are few
-- left out deleted_before: walks all that was deleted, once a cut
-- left out purge_project: ends a project, all of it
-- left out refuse_return: reads the cuts, of which there are few
-- left out restore_item: puts rows in, by their keys
-- left out restore_lines: puts rows in, by their keys
-- left out restore_place: puts rows in, by their keys
-- left out session_settings: runs before every block
-- left out session_limits: reads nothing
-- left out session_undo: sets what is set already
-- left out session_defaults: reads only catalogs
-- left out session_keeps: reads only catalogs
-- left out session_unname: reads only catalogs
-- left out seed_settings: reads nothing
-- left out session_trace: reads nothing
-- left out store_identity: reads only catalogs
-- left out standby_state: reads nothing
-- left out wal_position: reads nothing
-- left out metrics_settings: reads nothing
-- left out metrics_server: reads what the server keeps of itself
-- left out metrics_statements: reads what pg_stat_statements holds, once a scrape
-- left out project_stats: nobody calls it but programs from before the statement of that name counted
-- left out roll_check: reads everything, that is what it is for
-- left out refuse_change: refuses
-- left out statement_stats: reads what pg_stat_statements holds, once a scrape
-- left out needs_if: walks all that a move may make a circle of, when move_is_safe does not know better
-- left out search_item_removed: nothing removes items, but a purge by hand

-- before everything: things to name, looked up once
CREATE SCHEMA given;
CREATE TABLE given.thing (name text PRIMARY KEY, id uuid, number integer);
CREATE FUNCTION given.id(p_name text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT id FROM given.thing WHERE name = p_name);
END
$$;
CREATE FUNCTION given.number(p_name text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT number FROM given.thing WHERE name = p_name);
END
$$;
INSERT INTO given.thing (name, id) SELECT 'project', id FROM planner.projects WHERE slug = 'BIG';
INSERT INTO given.thing (name, id) VALUES ('new', 'ffffffff-0000-7000-8000-000000000001'),
    ('new too', 'ffffffff-0000-7000-8000-000000000002');
INSERT INTO given.thing SELECT 'wide', u.id, u.number FROM planner.items u JOIN planner.roll r
    ON r.id = u.id AND u.project_id = given.id('project')
    ORDER BY r.n_children DESC LIMIT 1;
INSERT INTO given.thing SELECT 'of wide', i.id, i.number FROM planner.items i
    WHERE i.parent_id = given.id('wide') AND i.avail ORDER BY i.sort_key
    OFFSET (SELECT least(500, r.n_avail / 3) FROM planner.roll r WHERE r.id = given.id('wide')) LIMIT 1;
INSERT INTO given.thing SELECT 'step', i.id, i.number FROM planner.items i JOIN planner.roll r
    ON r.id = i.parent_id AND r.n_open > 2
    WHERE i.project_id = given.id('project') AND i.kind = 'step' AND i.depth = 6 AND i.avail
    AND i.assignee IS NULL
    AND NOT EXISTS (SELECT FROM planner.deps d WHERE i.id IN (d.item_id, d.blocked_by))
    ORDER BY i.number DESC OFFSET 200 LIMIT 1;
INSERT INTO given.thing SELECT 'task', u.id, u.number FROM planner.items i JOIN planner.items u
    ON u.id = i.parent_id WHERE i.id = given.id('step');
INSERT INTO given.thing SELECT 'other task', i.id, i.number FROM planner.items i
    WHERE i.project_id = given.id('project') AND i.kind = 'task' AND i.depth = 5
    AND i.status = 'open' AND i.id <> given.id('task')
    ORDER BY i.number LIMIT 1;
-- A step whose parent it completes, and which another waits for.
INSERT INTO given.thing SELECT 'waited for', i.id, i.number FROM planner.items i
    WHERE i.project_id = given.id('project') AND i.kind = 'step' AND i.avail AND EXISTS (
        SELECT FROM planner.deps d JOIN planner.items w
        ON w.id = d.item_id AND w.status = 'open' AND w.n_blockers = 1 WHERE d.blocked_by = i.id)
    ORDER BY i.number DESC LIMIT 1;
INSERT INTO given.thing SELECT 'waiting', i.id, i.number FROM planner.items i
    WHERE i.project_id = given.id('project') AND i.kind = 'step' AND i.n_blockers = 1
    AND i.status = 'open' ORDER BY i.number LIMIT 1;
INSERT INTO given.thing SELECT 'last open', i.id, i.number FROM planner.items i JOIN planner.roll r
    ON r.id = i.parent_id AND r.n_open = 1
    WHERE i.project_id = given.id('project') AND i.kind = 'step' AND i.avail ORDER BY i.number LIMIT 1;
INSERT INTO given.thing SELECT 'complete', i.id, i.number FROM planner.items i
    WHERE i.project_id = given.id('project') AND i.kind = 'step' AND i.status = 'complete'
    ORDER BY i.number OFFSET 20 LIMIT 1;
INSERT INTO given.thing SELECT 'in review', i.id, i.number FROM planner.items i JOIN planner.steps s
    ON s.id = i.id AND s.status = 'client_review' WHERE i.project_id = given.id('project')
    AND i.status = 'open' ORDER BY i.number LIMIT 1;
INSERT INTO given.thing SELECT 'disputed', i.id, i.number FROM planner.items i
    WHERE i.project_id = given.id('project') AND i.disputed ORDER BY i.number LIMIT 1;
INSERT INTO given.thing SELECT 'dispute', d.id FROM planner.disputes d
    WHERE d.step_id = given.id('disputed');

-- create_step at the end
EXECUTE item_lock(NULL, 'BIG', given.number('task'), 'opening');
EXECUTE parent_hold(NULL, 'BIG', given.number('task'));
EXECUTE item_state(NULL, 'BIG', given.number('task'), 'opening');
EXECUTE place_state(NULL, 'BIG', given.number('task'), NULL, NULL, NULL, false);
EXECUTE roll_climb(given.id('project'), given.id('task'), 1, 1, 1, 0);
EXECUTE item_add(given.id('project'), given.id('new'), given.id('task'), 'step', 6, 'Z1', 'One more',
    NULL, false, 0, NULL, false, 'How to do it', 'agent-1', '{"score": 0.04}');
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('new')], '{created}', NULL,
    ARRAY['{"kind": "step"}'], NULL, 'agent-1', NULL, 'test 1', 'request-1', false);
EXECUTE answer_item(given.id('project'), given.id('new'), 'request-1', 'create_step {}', '{}');
EXECUTE request_find('request-1', 'create_step {}');
EXECUTE transaction_fate(pg_current_xact_id()::text || ' ' || now()::text);

-- create_task among 10,000
EXECUTE item_lock(given.id('wide'), NULL, NULL, 'opening');
EXECUTE parent_hold(given.id('wide'), NULL, NULL);
EXECUTE item_state(given.id('wide'), NULL, NULL, 'opening');
EXECUTE place_state(given.id('wide'), NULL, NULL, NULL, 'BIG', given.number('of wide'), false);
EXECUTE place_state(given.id('wide'), NULL, NULL, NULL, 'BIG', given.number('of wide'), true);
EXECUTE place_state(given.id('wide'), NULL, NULL, NULL, NULL, NULL, false);
EXECUTE roll_climb(given.id('project'), given.id('wide'), 1, 1, 1, 0);
EXECUTE item_add(given.id('project'), given.id('new'), given.id('wide'), 'task', 2, 'Z1', 'One more',
    'What for', false, 50, 'agent-2', false, NULL, 'agent-1', NULL);
EXECUTE audit_add(given.id('project'), '{task}', ARRAY[given.id('new')], '{created}', NULL,
    ARRAY['{"kind": "task"}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE answer_item(given.id('project'), given.id('new'), NULL, NULL, '{}');

-- children of 10,000 renumbered
-- may read 9100 rows: each child gets a new key
EXECUTE items_renumber(given.id('wide'), NULL, NULL);
EXECUTE audit_renumbered(given.id('wide'), NULL, NULL, 'agent-1');

-- link_items: a task waits for another and for a step of many, and not for a third any more
EXECUTE item_lock(NULL, 'BIG', given.number('task'), 'exclusive');
EXECUTE item_hold(NULL, 'BIG', given.number('task'));
EXECUTE item_state(NULL, 'BIG', given.number('task'), 'exclusive');
EXECUTE link_state(NULL, 'BIG', given.number('task'), ARRAY[given.id('of wide'), NULL, given.id('step')],
    ARRAY[NULL, 'BIG', NULL], ARRAY[NULL, given.number('other task'), NULL], 2);
EXECUTE link_store(given.id('project'), given.id('task'), ARRAY[given.id('of wide')],
    ARRAY[given.id('step')], 1);
EXECUTE audit_add(given.id('project'), '{task}', ARRAY[given.id('task')], '{linked}', NULL,
    ARRAY['{"depends_on": []}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE answer_link(given.id('project'), given.id('task'), 'request-2', 'link_items {}', '{}');

-- define_tasks, one of which waits for what exists
EXECUTE item_lock(NULL, 'BIG', given.number('task'), 'exclusive');
EXECUTE items_resolve(NULL, 'BIG', given.number('task'), ARRAY[given.id('of wide'), NULL],
    ARRAY[NULL, 'BIG'], ARRAY[NULL, given.number('other task')]);
EXECUTE roll_climb(given.id('project'), given.id('task'), 1, 1, 1, 0);
EXECUTE items_add(given.id('project'), 'agent-1', ARRAY[given.id('new'), given.id('new too')],
    ARRAY[given.id('task'), given.id('new')], '{task,step}', '{6,7}', '{Z1,V}', '{One,Two}',
    '{Why,How}', '{f,f}', '{0,1}', '{1,0}', '{0,0}', false, ARRAY[given.id('new too')],
    ARRAY[given.id('other task')], ARRAY[NULL, '{"score": 0.04}']);
EXECUTE audit_add(given.id('project'), '{task,step}', ARRAY[given.id('new'), given.id('new too')],
    '{created,created}', NULL, ARRAY['{"kind": "task"}', '{"kind": "step"}'], NULL, 'agent-1', NULL,
    'test 1', NULL, false);
EXECUTE answer_define(given.id('project'), given.id('task'), 'request-2', 'define_tasks {}', 2,
    ARRAY[given.id('new'), given.id('new too')], '{a,NULL}');

-- complete_step
EXECUTE item_lock(NULL, 'BIG', given.number('step'), 'closing');
EXECUTE item_hold(NULL, 'BIG', given.number('step'));
EXECUTE item_state(NULL, 'BIG', given.number('step'), 'closing');
EXECUTE evidence_add(given.id('project'), given.id('step'), '{note}', '{seen}', '{NULL}', 'agent-1');
EXECUTE item_set_status(given.id('project'), given.id('step'), 'complete');
EXECUTE settle(given.id('project'), given.id('step'), true, true, true, 0);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('step')], '{completed}',
    ARRAY['{"status": "open"}'], ARRAY['{"status": "complete"}'], NULL, 'agent-1', NULL, 'test 1',
    NULL, false);
EXECUTE answer_complete(given.id('project'), given.id('step'), NULL, NULL, '{}', 'agent-1');
EXECUTE last_change(given.id('project'), given.id('step'));

-- complete_step: another waits for it
EXECUTE item_lock(given.id('waited for'), NULL, NULL, 'closing');
EXECUTE item_hold(given.id('waited for'), NULL, NULL);
EXECUTE item_state(given.id('waited for'), NULL, NULL, 'closing');
EXECUTE item_set_status(given.id('project'), given.id('waited for'), 'complete');
EXECUTE settle(given.id('project'), given.id('waited for'), true, true, true, 0);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('waited for')], '{completed}',
    ARRAY['{"status": "open"}'], ARRAY['{"status": "complete"}'], NULL, 'agent-1', NULL, 'test 1',
    NULL, false);
EXECUTE answer_complete(given.id('project'), given.id('waited for'), NULL, NULL, '{}', 'agent-1');

-- complete_step: the last of its parent
EXECUTE item_state(given.id('last open'), NULL, NULL, 'closing');
EXECUTE item_set_status(given.id('project'), given.id('last open'), 'complete');
EXECUTE settle(given.id('project'), given.id('last open'), true, true, true, 0);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('last open')], '{completed}',
    ARRAY['{"status": "open"}'], ARRAY['{"status": "complete"}'], NULL, 'agent-1', NULL, 'test 1',
    NULL, false);
EXECUTE answer_complete(given.id('project'), given.id('last open'), NULL, NULL, '{}', 'agent-1');

-- complete_step with reopen
EXECUTE item_lock(given.id('complete'), NULL, NULL, 'opening');
EXECUTE item_state(given.id('complete'), NULL, NULL, 'opening');
EXECUTE item_set_status(given.id('project'), given.id('complete'), 'open');
EXECUTE settle(given.id('project'), given.id('complete'), true, false, false, 1);

-- submit_step and review_step
EXECUTE item_lock(given.id('in review'), NULL, NULL, 'shared');
EXECUTE item_state(given.id('in review'), NULL, NULL, 'shared');
EXECUTE iteration_add(given.id('project'), given.id('in review'), 92, 'submit', 'server', 'agent-1',
    'Another way', NULL, 'shorter', NULL, '{"score": 0.04}');
EXECUTE step_save(given.id('project'), given.id('in review'), 'client_review', 92, 0, false, true,
    false, 92, NULL, NULL, NULL, NULL, NULL, 0.04, NULL, 92, NULL, NULL, 'analysis');
EXECUTE item_touch(given.id('project'), given.id('in review'), false, false, 0.04);
EXECUTE iteration_add(given.id('project'), given.id('in review'), 93, 'counter', 'client', 'agent-2',
    'No, like this', 'too short', NULL, NULL, '{"score": 0.04}');
EXECUTE dispute_add(given.id('project'), given.id('new'), given.id('in review'), 1, 92, 93, 93);

-- assess_complexity
EXECUTE assess_read(NULL, 'BIG', given.number('step'));

-- promote_step
EXECUTE step_row(NULL, 'BIG', given.number('step'));
EXECUTE items_promote(given.id('project'), ARRAY[given.id('in review')], '{2}', true);
EXECUTE items_settle(given.id('project'), ARRAY[given.id('in review')], '{t}');
EXECUTE answer_promote(given.id('project'), given.id('in review'), 'request-5', 'promote_step {}', '{}');

-- optimize_project: those at or above the usual threshold
-- may read 40000 rows: it goes on until it has found as many as it may promote
-- may scan tables: one step in fourteen of this store should be promoted
EXECUTE iteration_add(given.id('project'), given.id('in review'), 2, 'assess', 'server', 'agent-1',
    NULL, NULL, NULL, '{"score": 1, "breakdown": ["One", "Two"]}', NULL);
EXECUTE step_save(given.id('project'), given.id('in review'), 'client_review', 2, 0, false, true,
    false, 1, NULL, NULL, 1, NULL, NULL, 1, NULL, 1, 2, NULL, 'single');
EXECUTE item_touch(given.id('project'), given.id('in review'), false, false, 1);
EXECUTE optimize_hold(NULL, 'BIG', 0, 100);
EXECUTE optimize_read(NULL, 'BIG', 0, 100, 1000, 100000, 50);
EXECUTE answer_optimize('request-6', 'optimize_project {}', '{}');

-- disputes
EXECUTE dispute_state(given.id('dispute'), NULL, NULL);
EXECUTE dispute_read(given.id('dispute'), NULL, NULL);
EXECUTE dispute_read(NULL, 'BIG', given.number('disputed'));
EXECUTE dispute_question(NULL, 'BIG', given.number('disputed'), 600, '{}');
EXECUTE dispute_unchanged(given.id('dispute'));
EXECUTE state_check('x', 'y', given.id('dispute'), 0, '{}');
EXECUTE iteration_add(given.id('project'), given.id('disputed'), 97, 'resolve', 'user', 'someone',
    'Both', NULL, NULL, NULL, '{"score": 0.04}');
EXECUTE dispute_resolve(given.id('project'), given.id('dispute'), 'hybrid', 97, 'someone', 'cli');
EXECUTE dispute_list(NULL, 'BIG', 'pending', NULL, NULL, 51);
EXECUTE dispute_list(given.id('project'), NULL, NULL, 1768000000000000, given.id('dispute'), 51);

-- disputes of all projects
-- may read 60 rows: a page
EXECUTE dispute_list(NULL, NULL, 'pending', NULL, NULL, 51);
EXECUTE dispute_list(NULL, NULL, NULL, NULL, NULL, 51);

-- get_item: a step, with everything
EXECUTE item_read(NULL, 'BIG', given.number('in review'), NULL, 20, 0, 0);
EXECUTE item_read(given.id('waiting'), NULL, NULL,
    '{content,dependencies,iterations,evidence,history,origin}', 20, 0, 0);

-- get_item: 10,000 children, and the project
EXECUTE item_read(given.id('wide'), NULL, NULL, NULL, 50, 0, 0);
EXECUTE item_read(NULL, 'BIG', 0, '{children,history,origin}', 50, 0, 0);

-- outline
EXECUTE outline(NULL, 'BIG', 0, NULL, 64, true, 100, NULL);
EXECUTE outline(NULL, 'BIG', 0, NULL, 2, true, 100, NULL);
EXECUTE outline(given.id('wide'), NULL, NULL, NULL, 64, true, 100, NULL);
EXECUTE outline(given.id('wide'), NULL, NULL, NULL, 64, true, 100, '{M0005005}');

-- navigate
EXECUTE navigate(given.id('step'), NULL, NULL, 5, 5);
EXECUTE navigate(given.id('of wide'), NULL, NULL, 50, 50);
EXECUTE navigate(NULL, 'BIG', 0, 5, 5);

-- outline of what is open
EXECUTE outline(NULL, 'BIG', 0, NULL, 64, false, 100, NULL);

-- update_item: an edit
EXECUTE item_lock(given.id('step'), NULL, NULL, 'shared');
EXECUTE item_fields(given.id('step'), NULL, NULL, false);
EXECUTE item_update(given.id('project'), given.id('step'), 'Another', '', NULL, 3, 'agent-2');

-- update_item: a move of a step
EXECUTE item_lock(given.id('step'), NULL, NULL, 'exclusive');
EXECUTE move_state(given.id('step'), NULL, NULL, given.id('other task'), NULL, NULL, NULL, NULL, NULL, false);
EXECUTE item_move(given.id('project'), given.id('step'), given.id('other task'), 'Z1');

-- update_item: a move of a step beside one of thousands, and of one that others wait for
EXECUTE move_state(given.id('step'), NULL, NULL, NULL, NULL, NULL, given.id('of wide'), NULL, NULL, true);
EXECUTE item_move(given.id('project'), given.id('step'), given.id('wide'), 'Z1');
EXECUTE move_state(given.id('waited for'), NULL, NULL, given.id('task'), NULL, NULL, NULL, NULL, NULL, false);
EXECUTE move_state(given.id('waiting'), NULL, NULL, given.id('task'), NULL, NULL, NULL, NULL, NULL, false);

-- update_item: a move of a task with what is below it
-- may scan tables: the first 501 dependencies
EXECUTE move_state(given.id('task'), NULL, NULL, given.id('project'), NULL, NULL, NULL, NULL, NULL, false);
EXECUTE item_move(given.id('project'), given.id('task'), given.id('project'), 'Z1');

-- update_item: children in sequence from now on
-- may read 10000 rows: every dependency of the project
-- may scan tables: every dependency of the project
EXECUTE item_fields(given.id('task'), NULL, NULL, true);
EXECUTE project_state(NULL, 'BIG', 0, true, NULL);

-- delete_item
EXECUTE item_lock(given.id('waited for'), NULL, NULL, 'exclusive');
EXECUTE delete_state(given.id('waited for'), NULL, NULL, 'agent-1', 1000, 5);
EXECUTE item_delete(given.id('project'), given.id('waited for'));

-- delete_item: a task with what is below it
-- may read 10000 rows: every claim of the project, the first 501 dependencies
-- may scan tables: every claim of the project, the first 501 dependencies
EXECUTE delete_state(given.id('task'), NULL, NULL, 'agent-1', 1000, 5);
EXECUTE item_delete(given.id('project'), given.id('task'));
EXECUTE ref_hint(given.id('step'), NULL, NULL);

-- next_item
EXECUTE next_item(NULL, 'BIG', '/', 'agent-1', 1, 5, NULL, 5, 5);
EXECUTE next_item(NULL, 'BIG', '/', 'agent-1', 20, 5, NULL, 5, 5);

-- next_item with claim
EXECUTE next_lock(NULL, 'BIG', '/', 'agent-9');
EXECUTE next_item(NULL, 'BIG', '/', 'agent-9', 5, 5, 900, 5, 5);
EXECUTE claims_add(given.id('project'), ARRAY[given.id('step'), given.id('of wide')], '{11,12}',
    'agent-9', 900, now() + interval '15 minutes');
EXECUTE next_item(NULL, 'BIG', '/', 'agent-1', 5, 5, 900, 5, 5);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('step')], '{claimed}', NULL,
    ARRAY['{"agent": "agent-9"}'], NULL, 'agent-9', NULL, 'test 1', NULL, false);
EXECUTE answer_claimed('request-9', 'next_item {}', '{}');

-- claims
EXECUTE claim_lock(given.id('step'), NULL, NULL, 'agent-9');
EXECUTE claim_facts(given.id('step'), NULL, NULL, 'agent-9', NULL, 900, 5);
EXECUTE claims_add(given.id('project'), ARRAY[given.id('step')], '{7}', 'agent-9', 900, now());
EXECUTE claim_renew(given.id('project'), given.id('step'), 7, NULL);
EXECUTE item_state(given.id('step'), NULL, NULL, 'shared');
EXECUTE claim_end(given.id('project'), given.id('step'));

-- history
EXECUTE history(NULL, 'BIG', 0, NULL, NULL, NULL, NULL, NULL, 51);
EXECUTE history(NULL, 'BIG', 0, NULL, NULL, NULL, NULL, 5000, 51);
EXECUTE history(NULL, 'BIG', 0, NULL, NULL, '2026-01-05T08:20:00Z', NULL, NULL, 51);
EXECUTE history(NULL, 'BIG', given.number('complete'), NULL, NULL, NULL, NULL, NULL, 51);
EXECUTE history(NULL, 'BIG', given.number('disputed'), NULL, '{submitted}', NULL, NULL, NULL, 51);

-- history until a time, and of one action
-- may read 99000 rows: walks from the newest, for now
EXECUTE history(NULL, 'BIG', 0, NULL, NULL, NULL, '2026-01-05T08:20:00Z', NULL, 51);
EXECUTE history(NULL, 'BIG', 0, NULL, '{disputed}', NULL, NULL, NULL, 51);

-- what prompts are told
EXECUTE brief_project(NULL, 'BIG', NULL, 500, 200, 100, 10);
EXECUTE brief_step(given.id('waiting'), NULL, NULL, 500, 200, 10);
EXECUTE brief_step(given.id('dispute'), NULL, NULL, 500, 200, 10);

-- completion of arguments
EXECUTE complete_project('B', 'bench', 50, 20);
EXECUTE complete_dispute('BIG', true, '1', NULL, NULL, NULL, NULL, 'BIG', NULL, NULL, NULL, 200, 100);
EXECUTE complete_item('BIG', true, '12', NULL, NULL, NULL, NULL, 'BIG', NULL, 'item', 200, 100);
EXECUTE complete_item(NULL, false, NULL, 'user', NULL, NULL, NULL, NULL, NULL, 'review', 200, 100);

-- projects
EXECUTE project_list('active', NULL, NULL, 51);
EXECUTE project_list(NULL, 'bench', 'A', 51);
EXECUTE project_state(NULL, 'BIG', 0, false, NULL);
EXECUTE project_update(given.id('project'), 'A name', NULL, NULL, 0.5, NULL, NULL, NULL, NULL, NULL,
    NULL, '/somewhere');
EXECUTE project_answer(given.id('project'), NULL, NULL);
EXECUTE project_add(given.id('new'), '{BIG,BIG2}', 'Big too', 'Why', NULL, NULL, false, false, false,
    false, false, NULL);
EXECUTE audit_add(given.id('project'), '{project}', ARRAY[given.id('new')], '{created}', NULL,
    ARRAY['{"slug": "BIG2"}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE answer_project(given.id('project'), 'request-3', 'update_project {}', '{}', false);
EXECUTE ref_hint(NULL, 'BIG', 99999999);
EXECUTE ref_hint(given.id('step'), NULL, NULL);
EXECUTE resource_list(NULL, 51, 1000);

-- how many should be promoted by a new threshold
-- may read 12000 rows: each of them is counted
EXECUTE answer_project(given.id('project'), NULL, NULL, '{}', true);

-- review is asked for
-- may read 90000 rows: what every step has decides what is ready
-- may scan tables: all steps of the project
EXECUTE roll_rebuild(given.id('project'), true);

-- search: frequent and rare words, typing errors, keys
-- may read 10000 rows: what is frequent is ranked among the newest 4,096 to 8,192
EXECUTE search(NULL, 'BIG', NULL, 'the user', NULL, 1000, NULL, NULL, 21);
EXECUTE search(NULL, 'BIG', NULL, 'number of a step', '{step}', 1000, NULL, NULL, 21);
EXECUTE search(NULL, 'BIG', NULL, 'usre elephant', '{task,project}', 1000, 500000, 100, 21);
EXECUTE search(NULL, 'BIG', NULL, 'BIG-1234', NULL, 1000, NULL, NULL, 21);

-- figures
-- may read 200000 rows: all of the project
-- may scan tables: all of the project
EXECUTE project_stats(NULL, 'BIG', NULL);

-- queues
EXECUTE work_queue(NULL, 'BIG', NULL, 'server', 'agent-1', NULL, NULL, NULL, 21, 500);
EXECUTE work_queue(NULL, 'BIG', NULL, 'client', 'agent-1', 0, 1767225600000000, given.id('project'), 21, 500);
EXECUTE work_queue(NULL, 'BIG', NULL, 'human', 'agent-1', NULL, NULL, NULL, 101, 500);
EXECUTE work_queue(NULL, 'BIG', NULL, 'worker', 'agent-1', NULL, NULL, NULL, 101, 500);
EXECUTE work_queue(NULL, 'BIG', NULL, 'worker', 'agent-1', 3, 1767225600000000, given.id('step'), 101, 500);

-- requests
EXECUTE request_keep('request-4', 'x {}', '{}');
EXECUTE request_find('seed-0-50', 'x {}');

-- what is new
EXECUTE audit_add(given.id('project'), '{step,step}', ARRAY[given.id('step'), given.id('waited for')],
    '{updated,moved}', ARRAY['{"title": "a"}', jsonb_build_object('parent_id', given.id('wide'))::text],
    ARRAY['{"title": "b"}', '{}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE changes_since(pg_current_snapshot()::text, NULL, NULL, NULL, 'BIG', NULL, 50);
EXECUTE outbox_since(pg_current_snapshot()::text, '{projects,project,outline,item,history,dispute,any}',
    ARRAY[NULL, NULL, NULL, given.id('waiting'), NULL, given.id('dispute'), given.id('project')],
    '{NULL,BIG,BIG,NULL,BIG,NULL,NULL}', ARRAY[NULL, 0, given.number('wide'), NULL,
    given.number('step'), NULL, NULL],
    ARRAY[NULL, NULL, NULL, NULL, NULL, NULL, pg_current_snapshot()]::text[]);
EXECUTE feed_lease;
EXECUTE feed_wake;
EXECUTE feed_release;

-- changes are taken back: a move into a row with new keys, with evidence; a creation; settings
-- guessing may read 70000 rows: without any statistics a change is as good as a project
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('step')], '{moved}',
    ARRAY[jsonb_build_object('parent_id', given.id('wide'), 'sort_key', 'V', 'after', given.id('of wide'),
                             'title', 'before')::text],
    ARRAY[jsonb_build_object('parent_id', given.id('task'), 'evidence', '[{"kind": "note"}]'::jsonb)::text],
    NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE audit_add(given.id('project'), '{task,step}', ARRAY[given.id('wide'), given.id('of wide')],
    '{updated,updated}', ARRAY['{}', '{"title": "a"}'], ARRAY['{"children_renumbered": true}', '{"title": "b"}'],
    NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE undo_lock(currval('planner.change_number') - 1);
EXECUTE undo_state(currval('planner.change_number') - 1, 'agent-1');
EXECUTE undo_apply(given.id('project'), currval('planner.change_number') - 1,
    currval('planner.change_number') - 1, false, NULL, 'agent-1', NULL, 'test 1', NULL);
EXECUTE answer_undo(given.id('project'), currval('planner.change_number') - 2, 'request-7', 'undo {}', '{}');
EXECUTE undo_state(currval('planner.change_number') - 2, 'agent-2');
EXECUTE undo_state(currval('planner.change_number'), 'agent-2');
EXECUTE audit_add(given.id('project'), '{step,project}', ARRAY[given.id('waiting'), given.id('project')],
    '{created,updated}', ARRAY[NULL, '{"name": "a"}'], ARRAY['{}', '{"name": "b"}'],
    NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE undo_state(currval('planner.change_number'), 'agent-1');
EXECUTE undo_apply(given.id('project'), currval('planner.change_number'),
    currval('planner.change_number'), false, NULL, 'agent-1', NULL, 'test 1', NULL);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('step')], '{updated}',
    ARRAY['{"title": "b"}'], ARRAY['{"title": "c"}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('step')], '{updated}',
    ARRAY['{"title": "c"}'], ARRAY['{"title": "d"}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE undo_state(currval('planner.change_number') - 1, 'agent-1');

-- a batch of each kind of cut, and what it leaves to tell
-- guessing may read 70000 rows: its lists of a thousand items are taken for longer than the project
INSERT INTO planner.cuts (project_id, id, slug, name, kind, state, until, audit_id, change, archive,
                          sha256, made_by)
OVERRIDING SYSTEM VALUE
SELECT given.id('project'), k.n, 'BIG', 'big', k.kind, 'going', now() + interval '1 day', 500, 0, 'a', 'b', 'me'
FROM (VALUES (1, 'audit'), (2, 'iterations'), (3, 'deleted'), (4, 'project')) k (n, kind);
INSERT INTO planner.purged (project_id, id, cut, kind, number, depth, title, top, deleted_at)
SELECT i.project_id, i.id, 3, i.kind, i.number, i.depth, i.title, i.id, now() FROM planner.items i
WHERE i.project_id = given.id('project') AND i.id = given.id('of wide');
EXECUTE retention_page(given.id('project'), 1, 'audit', '00000000-0000-0000-0000-000000000000', 0, 100, 100000);
EXECUTE retention_page(given.id('project'), 2, 'iterations', '00000000-0000-0000-0000-000000000000', 0, 100, 100000);
EXECUTE retention_page(given.id('project'), 3, 'items', '00000000-0000-0000-0000-000000000000', 0, 100, 100000);
EXECUTE retention_page(given.id('project'), 3, 'deps', '00000000-0000-0000-0000-000000000000', 0, 100, 100000);
EXECUTE retention_page(given.id('project'), 4, 'project', '00000000-0000-0000-0000-000000000000', 0, 100, 100000);
EXECUTE retention_walk(given.id('project'), now(), '00000000-0000-0000-0000-000000000000', 0, 100);
EXECUTE retention_look(jsonb_build_array(jsonb_build_object('part', 'audit', 'row', jsonb_build_object(
    'project_id', given.id('project'), 'id', 1, 'change', 1))), 0, 'b', 'audit');
EXECUTE retention_look(jsonb_build_array(jsonb_build_object('part', 'iterations', 'row', jsonb_build_object(
    'project_id', given.id('project'), 'step_id', given.id('step'), 'number', 1))), 0, 'b', 'iterations');
EXECUTE audit_add(given.id('project'), '{step}', ARRAY[given.id('of wide')], '{updated}',
    ARRAY['{"title": "c"}'], ARRAY['{"title": "d"}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE undo_cut(currval('planner.change_number'));
EXECUTE retention_purge(given.id('project'), 1, 100);
EXECUTE retention_purge(given.id('project'), 2, 100);
EXECUTE retention_purge(given.id('project'), 3, 100);
EXECUTE retention_purge(given.id('project'), 4, 100);

-- the plan as it was
-- may read 200000 rows: everything in the store was written within the five minutes that are looked at, to be sure
EXECUTE audit_add(given.id('project'), '{step,step}', ARRAY[given.id('step'), given.id('waited for')],
    '{updated,moved}', ARRAY['{"title": "a"}', jsonb_build_object('parent_id', given.id('wide'))::text],
    ARRAY['{"title": "b"}', '{}'], NULL, 'agent-1', NULL, 'test 1', NULL, false);
EXECUTE outline_past(NULL, 'BIG', 0, NULL, 2, true, 100, NULL, (clock_timestamp() - interval '1 ms'));
EXECUTE item_past(given.id('step'), NULL, NULL, '{content,dependencies,iterations,evidence,history,origin}', 51,
    (clock_timestamp() - interval '1 ms'), 0, 0);
EXECUTE item_past(NULL, 'BIG', 0, '{children,dependencies}', 51, (clock_timestamp() - interval '1 ms'),
    0, 0);
EXECUTE item_past(given.id('waiting'), NULL, NULL, '{dependencies}', 51, (clock_timestamp() - interval '1 ms'),
    0, 0);
EXECUTE outline_past(given.id('task'), NULL, NULL, NULL, 2, false, 100, '{V}', (clock_timestamp() + interval '1 s'));
EXECUTE moment_hint(given.id('step'), NULL, NULL, (clock_timestamp() - interval '1 ms'));
EXECUTE history(NULL, 'BIG', 0, NULL, NULL, (clock_timestamp() - interval '1 s'),
    (clock_timestamp() - interval '1 ms'), NULL, 51);

-- a change from outside
SET LOCAL planner.writer = 'psql';
UPDATE planner.items SET title = 'Another' WHERE id = given.id('step');
UPDATE planner.projects SET description = 'Another' WHERE id = given.id('project');

EXECUTE metrics_add('{statements_total,tool_calls_total}', '{item_add,create_task}', '{"",ok}', '{1,2}');

-- a scrape of a large store
-- may scan tables: of claims there are a few for each agent, and it counts them
-- may read 2000 rows: the claims
EXECUTE metrics_work(0);

EXECUTE metrics_tables;
EXECUTE metrics_counters;
EXECUTE metrics_projects(10);

-- what another program has is taken over, beside a thousand items
EXECUTE foreign_origins(given.id('project'), 'beads', ARRAY[given.id('project'), given.id('task')],
    '{place,item:bd-1}', '{place,issue}', '{/somewhere,"{\"id\": \"bd-1\"}"}');
EXECUTE foreign_known(NULL, 'BIG', 'beads');
EXECUTE foreign_items(given.id('project'), 'agent-1', false, jsonb_build_array(jsonb_build_object(
    'place', 0, 'id', given.id('new'), 'parent_id', given.id('task'), 'kind', 'step', 'depth', 6,
    'sort_key', 'Z1', 'title', 'One more', 'text', 'How', 'status', 'open', 'priority', 50,
    'analysis', jsonb_build_object('score', 0.1))));
EXECUTE foreign_links(given.id('project'), ARRAY[given.id('new')], ARRAY[given.id('waited for')]);
EXECUTE foreign_edges(given.id('project'), ARRAY[given.id('new')], ARRAY[given.id('waiting')]);
EXECUTE foreign_unlink(given.id('project'), ARRAY[given.id('new')], ARRAY[given.id('waiting')]);
EXECUTE foreign_differing(given.id('project'), 'beads', '{place,item:bd-1,none}');
EXECUTE foreign_update(given.id('project'), 'agent-1', jsonb_build_array(jsonb_build_object(
    'id', given.id('new'), 'title', 'Another', 'status', 'complete', 'priority', 25,
    'completed_at', now(), 'number', 2, 'content', 'How else',
    'analysis', jsonb_build_object('score', 0.2))));
EXECUTE foreign_refresh(given.id('project'), 'beads', '{item:bd-1}', '{"{}"}', '{f}');
SELECT nextval('planner.change_number');
EXECUTE foreign_answer(given.id('project'));
