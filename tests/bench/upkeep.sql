-- What tests/bench/queries.py runs beside queries.sql: what is no part of a tool's call (export and import,
-- retention, backup and restore, migrations, the doctor's repairs, metrics, what a session begins with).
-- Blocks as there; what is indented is not measured.

-- before everything: a part of the plan, closed upwards, and its rows as an import brings them, as if
-- they were those of another store
CREATE TABLE given.part AS
WITH RECURSIVE up AS (
    (SELECT i.id, i.parent_id FROM planner.items i WHERE i.kind = 'step' ORDER BY i.number LIMIT 950)
    UNION
    SELECT u.id, u.parent_id FROM up JOIN planner.items u ON u.id = up.parent_id
)
SELECT up.id FROM up;
CREATE TABLE given.line (kind text PRIMARY KEY, rows json);
CREATE FUNCTION given.lines(p_kind text) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT rows FROM given.line WHERE kind = p_kind);
END
$$;
CREATE FUNCTION given.numbers(a bigint, b bigint) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(n) FROM generate_series(a, b) n
$$;
CREATE FUNCTION given.sources(n integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg('item:' || k) FROM generate_series(1, n) k
$$;
CREATE TABLE given.page (lines jsonb); -- of an archive, in the block that makes it
CREATE FUNCTION given.keep_page(p_part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO given.page SELECT jsonb_agg(l::jsonb) FROM unnest(string_to_array(rtrim(
        planner.archive_page(given.id('project'), currval('planner.cuts_id_seq'), p_part,
            '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152) ->> 'lines', E'\n'), E'\n')) l
$$;
CREATE FUNCTION given.lines_of_page() RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT lines FROM given.page);
END
$$;
CREATE FUNCTION given.moved(p_row jsonb) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(p_row::text, '"019([0-9a-f]{5}-[0-9a-f]{4}-7)', '"02a\1', 'g')::json
$$;
CREATE FUNCTION given.moved_id() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT given.moved(to_jsonb(id)) #>> '{}' FROM given.thing WHERE name = 'project');
END
$$;
INSERT INTO given.line SELECT r.kind, json_agg(given.moved(r.line) ORDER BY r.place, r.second) FROM (
    SELECT 'project' AS kind, to_jsonb(p) || '{"slug": "MOVED", "workspace": null, "last_number": 2000000}' AS line,
        0::bigint AS place, 0::bigint AS second FROM planner.projects p
    UNION ALL SELECT 'item', to_jsonb(i), i.depth, i.number
    FROM given.part g JOIN planner.items i ON i.id = g.id
    UNION ALL SELECT 'iteration', to_jsonb(t), 0, t.number
    FROM given.part g JOIN planner.iterations t ON t.step_id = g.id
    UNION ALL SELECT 'step', to_jsonb(s), 0, 0 FROM given.part g JOIN planner.steps s ON s.id = g.id
    UNION ALL SELECT 'dispute', to_jsonb(d), 0, 0 FROM given.part g JOIN planner.disputes d ON d.step_id = g.id
    UNION ALL SELECT 'dependency', to_jsonb(d), 0, 0
    FROM planner.deps d JOIN given.part a ON a.id = d.item_id JOIN given.part b ON b.id = d.blocked_by
    UNION ALL SELECT 'evidence', to_jsonb(e) || jsonb_build_object('id', e.id + 10000000), e.id, 0
    FROM given.part g JOIN planner.evidence e ON e.item_id = g.id
    UNION ALL SELECT 'claim', to_jsonb(c) || jsonb_build_object('token', c.token + 10000000), 0, 0
    FROM given.part g JOIN planner.claims c ON c.item_id = g.id
    UNION ALL (SELECT 'audit', to_jsonb(a)
        || jsonb_build_object('id', a.id + 10000000, 'change', a.change + 10000000), a.id, 0
        FROM given.part g JOIN planner.audit a ON a.entity_id = g.id ORDER BY a.id LIMIT 1000)
    UNION ALL SELECT 'undo', jsonb_build_object('change', n + 20000000, 'root', n + 10000000, 'redo', false), n, 0
    FROM generate_series(1, 100) n
    UNION ALL SELECT 'cut', jsonb_build_object('id', 10000000, 'slug', 'MOVED', 'name', 'A plan', 'kind', 'deleted',
        'state', 'done', 'until', now(), 'archived', 1, 'purged', 1, 'archive', 'a', 'sha256', 'b',
        'made_by', 'agent-1', 'at', now(), 'place', 0), 0, 0
    UNION ALL SELECT 'purged', jsonb_build_object('id', id, 'cut', 10000000, 'kind', 'step', 'number', 1000000 + n,
        'depth', 2, 'title', 'A step', 'top', id, 'deleted_at', now()), n, 0
    FROM unnest(given.ids(1000)) WITH ORDINALITY w (id, n)
    UNION ALL SELECT 'origin', jsonb_build_object('item_id', g.id, 'program', 'beads', 'source_id', 'item:' || g.id,
        'kind', 'issue', 'record', '{"id": "bd-1", "title": "A record of another program"}', 'at', now()), 0, 0
    FROM given.part g
    UNION ALL (SELECT 'request', to_jsonb(q) || jsonb_build_object('id', q.id || ' moved'), 0, 0
        FROM planner.requests q LIMIT 1000)) r (kind, line, place, second)
GROUP BY r.kind;
INSERT INTO given.line SELECT 'foreign', json_agg(json_build_object('place', n, 'id', id, 'parent_id', given.id('task'),
    'kind', 'step', 'depth', 6, 'sort_key', 'Z' || lpad(n::text, 8, '0') || 'V', 'title', 'A step of another program',
    'text', 'How it is done there', 'status', 'open', 'priority', 0, 'analysis', json_build_object('score', 0.04)))
FROM unnest(given.ids(500)) WITH ORDINALITY w (id, n);
INSERT INTO given.line SELECT 'update', json_agg(json_build_object('id', id, 'title', 'Its new title', 'priority', 1,
    'status', 'open', 'number', 2, 'content', 'How it is done there now', 'analysis', json_build_object('score', 0.04)))
FROM unnest(given.ids(500)) id;
ANALYZE given.part;

-- export
-- slow
-- items: all
EXECUTE export_schema;
EXECUTE transfer_ready;
EXECUTE transfer_session;
EXECUTE transfer_plans(true);
EXECUTE export_projects(NULL);
EXECUTE export_find(NULL, 'BIG');
EXECUTE export_project(given.id('project'));
EXECUTE export_item(given.id('project'));
EXECUTE export_iteration(given.id('project'));
EXECUTE export_step(given.id('project'));
EXECUTE export_dispute(given.id('project'));
EXECUTE export_dependency(given.id('project'));
EXECUTE export_evidence(given.id('project'));
EXECUTE export_claim(given.id('project'));
EXECUTE export_audit(given.id('project'));
EXECUTE export_undo(given.id('project'));
EXECUTE export_cut(given.id('project'));
EXECUTE export_purged(given.id('project'));
EXECUTE export_origin(given.id('project'));
EXECUTE export_request(NULL);
EXECUTE export_request(ARRAY[given.id('project')]);
EXECUTE export_markdown(given.id('project'), true);

-- import: a thousand items, as a project of their own
-- slow
-- items: SELECT count(*) FROM given.part
EXECUTE transfer_session;
EXECUTE import_look(given.moved_id(), 'MOVED', NULL);
EXECUTE import_taken(given.numbers(10000001, 10001000), given.moved_id());
EXECUTE import_numbers;
EXECUTE import_block(1000);
EXECUTE import_reserve(currval('planner.change_number'), 1000, 1000, 1000, 1000);
EXECUTE import_project(given.moved_id(), given.lines('project'));
EXECUTE import_item(given.moved_id(), given.lines('item'));
EXECUTE import_iteration(given.moved_id(), given.lines('iteration'));
EXECUTE import_step(given.moved_id(), given.lines('step'));
EXECUTE import_dispute(given.moved_id(), given.lines('dispute'));
EXECUTE import_dependency(given.moved_id(), given.lines('dependency'));
EXECUTE import_evidence(given.moved_id(), given.lines('evidence'));
EXECUTE import_claim(given.moved_id(), given.lines('claim'));
EXECUTE import_audit(given.moved_id(), given.lines('audit'));
EXECUTE import_undo(given.moved_id(), given.lines('undo'));
EXECUTE import_cut(given.moved_id(), given.lines('cut'));
EXECUTE import_purged(given.moved_id(), given.lines('purged'));
EXECUTE import_origin(given.moved_id(), given.lines('origin'));
EXECUTE import_request(given.lines('request'));
EXECUTE transfer_plans(false);
EXECUTE import_roll(given.moved_id(), 5);
EXECUTE import_roll(given.moved_id(), 4);
EXECUTE import_roll(given.moved_id(), 0);
EXECUTE import_words(given.moved_id());
EXECUTE import_check(given.moved_id());
EXECUTE import_circles(given.moved_id());
EXECUTE import_told(given.moved_id(), 10000000);

-- import from another program, in the midst of a large plan
-- items: 500
SELECT nextval('planner.change_number');
EXECUTE foreign_items(given.id('project'), 'agent-1', false, given.lines('foreign'));
EXECUTE foreign_origins(given.id('project'), 'beads', given.ids(500),
    given.sources(500), array_fill('issue'::text, ARRAY[500]),
    array_fill('{"title": "A record of another program"}'::text, ARRAY[500]));
EXECUTE foreign_known(NULL, 'BIG', 'beads');
EXECUTE foreign_differing(given.id('project'), 'beads', given.sources(500));
EXECUTE foreign_update(given.id('project'), 'agent-1', given.lines('update'));
EXECUTE foreign_refresh(given.id('project'), 'beads', given.sources(500),
    array_fill('{"title": "A record that was read anew"}'::text, ARRAY[500]),
    array_fill(false, ARRAY[500]));
EXECUTE foreign_answer(given.id('project'));

-- its edges, when none of them can close a circle
-- items: 250
 EXECUTE foreign_items(given.id('project'), 'agent-1', false, given.lines('foreign'));
EXECUTE foreign_edges(given.id('project'), given.ids(250), (given.ids(500))[251:500]);
EXECUTE foreign_unlink(given.id('project'), given.ids(250), (given.ids(500))[251:500]);

-- its edges, one after the other
-- slow
 EXECUTE foreign_items(given.id('project'), 'agent-1', false, given.lines('foreign'));
EXECUTE foreign_links(given.id('project'), (given.ids(251))[2:251], given.ids(250));

-- retention of the audit
-- slow
-- items: 1000
EXECUTE retention_forget;
EXECUTE retention_projects(NULL, 86400000, 86400000, 86400000, 86400000);
EXECUTE retention_count(given.id('project'), 'audit', now(), NULL);
EXECUTE retention_count(given.id('project'), 'project', now(), NULL);
EXECUTE retention_plan(given.id('project'), 'audit', now(), 'agent-1');
EXECUTE retention_planned(given.id('project'), currval('planner.cuts_id_seq'));
EXECUTE retention_page(given.id('project'), currval('planner.cuts_id_seq'), 'audit',
    '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152);
SELECT given.keep_page('audit');
EXECUTE retention_begin(given.id('project'), currval('planner.cuts_id_seq'), 'a', 'b', 1);
EXECUTE retention_purge(given.id('project'), currval('planner.cuts_id_seq'), 1000);
EXECUTE retention_going;
EXECUTE retention_cuts(100);
EXECUTE undo_cut(1);
EXECUTE retention_fit(given.id('project'), 'BIG', 1, 1, NULL, NULL, NULL, currval('planner.cuts_id_seq'), 'b');
EXECUTE retention_look(given.lines_of_page(), 0, 'b', 'audit');
EXECUTE retention_restore_audit(given.lines_of_page(), 0);
EXECUTE retention_restored(given.id('project'), currval('planner.cuts_id_seq'));

-- retention of texts
-- slow
-- items: 1000
EXECUTE retention_walk(given.id('project'), now(), '00000000-0000-0000-0000-000000000000', 0, 5000);
EXECUTE retention_plan(given.id('project'), 'iterations', now(), 'agent-1');
EXECUTE retention_page(given.id('project'), currval('planner.cuts_id_seq'), 'iterations',
    '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152);
EXECUTE retention_begin(given.id('project'), currval('planner.cuts_id_seq'), 'a', 'b', 1);
EXECUTE retention_purge(given.id('project'), currval('planner.cuts_id_seq'), 1000);

-- retention of what was deleted
-- slow
-- items: SELECT count(*) FROM given.part
UPDATE planner.items i SET deleted_at = now() - interval '1 day'
FROM given.part g WHERE i.project_id = given.id('project') AND i.id = g.id AND i.kind = 'step';
EXECUTE retention_count(given.id('project'), 'deleted', now(), NULL);
EXECUTE retention_plan(given.id('project'), 'deleted', now(), 'agent-1');
EXECUTE retention_page(given.id('project'), currval('planner.cuts_id_seq'), 'items',
    '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152);
EXECUTE retention_page(given.id('project'), currval('planner.cuts_id_seq'), 'iterations',
    '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152);
EXECUTE retention_page(given.id('project'), currval('planner.cuts_id_seq'), 'deps',
    '00000000-0000-0000-0000-000000000000', 0, 1000, 2097152);
SELECT given.keep_page('items');
EXECUTE retention_begin(given.id('project'), currval('planner.cuts_id_seq'), 'a', 'b', 1);
EXECUTE retention_purge(given.id('project'), currval('planner.cuts_id_seq'), 1000);
EXECUTE retention_look(given.lines_of_page(), 0, 'b', 'deleted');
EXECUTE retention_restore(given.lines_of_page(), 0);
EXECUTE retention_restored(given.id('project'), currval('planner.cuts_id_seq'));

-- retention of a project
-- slow
-- items: all
UPDATE planner.projects SET status = 'archived' WHERE id = given.id('project');
UPDATE planner.items SET updated_at = now() - interval '1 day'
WHERE project_id = given.id('project') AND id = given.id('project');
EXECUTE retention_plan(given.id('project'), 'project', now(), 'agent-1');
EXECUTE retention_begin(given.id('project'), currval('planner.cuts_id_seq'), 'a', 'b', 1);

-- backup
-- slow
-- items: all
EXECUTE dump_lock;
EXECUTE dump_settings;
EXECUTE dump_facts;
EXECUTE dump_tables;
EXECUTE load_facts;
EXECUTE load_place(NULL);
EXECUTE load_place(pg_backend_pid());
EXECUTE dump_sum('items');
EXECUTE dump_sum('iterations');
EXECUTE dump_sum('audit');
EXECUTE dump_sum('search_texts');
SELECT pg_advisory_unlock_all();

-- restore over a store; what pg_restore makes stands for itself
-- slow
EXECUTE load_look;
EXECUTE load_aside;
EXECUTE load_lock;
CREATE SCHEMA planner;
CREATE TABLE planner.outbox (LIKE planner_being_replaced.outbox INCLUDING ALL);
CREATE TABLE planner.counters (LIKE planner_being_replaced.counters INCLUDING ALL);
CREATE SEQUENCE planner.claim_token;
CREATE SEQUENCE planner.change_number;
INSERT INTO planner.outbox (project_id, change) SELECT project_id, change FROM planner_being_replaced.outbox;
INSERT INTO planner.counters SELECT project_id, 0 FROM planner_being_replaced.counters;
EXECUTE load_numbers(now() - interval '1 day');
EXECUTE load_unused;
EXECUTE load_forget;
EXECUTE load_mark;
EXECUTE load_wake;
EXECUTE load_drop;

-- statistics after a restore
-- slow
-- items: all
EXECUTE load_analyze;

-- a migration of a store that lacks nothing
EXECUTE migrate_settings;
EXECUTE migrate_limits('10s', '10min');
EXECUTE migrate_lock;
EXECUTE migrate_exists;
EXECUTE migrate_schema;
EXECUTE migrate_table;
EXECUTE migrate_table_batch;
EXECUTE migrate_records;
EXECUTE migrate_checks(ARRAY['pg_stat_statements']);
EXECUTE migrate_add(9999, 'sample', repeat('0', 64), '0.1.0', '{}');
EXECUTE migrate_place(9999);
EXECUTE migrate_move(9999, '{"n": 1}', 1000);
EXECUTE migrate_remove(9999);

-- the doctor's repairs, where nothing is wrong
-- slow
-- items: all
EXECUTE doctor_fix_lock(given.id('project'));
EXECUTE doctor_fix_depth(given.id('project'));
EXECUTE doctor_fix_counters(given.id('project'), 5);
EXECUTE doctor_fix_counters(given.id('project'), 4);
EXECUTE doctor_fix_counters(given.id('project'), 1);
EXECUTE doctor_fix_counters(given.id('project'), 0);
EXECUTE doctor_fix_blockers(given.id('project'));

-- what a scrape begins with, and what it asks the server
EXECUTE metrics_settings('5s');
EXECUTE metrics_server;
EXECUTE metrics_statements(ARRAY['item_read', 'item_add'], ARRAY['-- One item.', '-- One item more.']);
EXECUTE doctor_statements(5);

-- what a session or a transaction begins with
EXECUTE session_settings;
EXECUTE session_limits('30s', '10s');
EXECUTE session_trace('mcp-planner 00-00000000000000000000000000000001-0000000000000001-01');
EXECUTE session_undo;
EXECUTE session_defaults;
EXECUTE session_keeps;
EXECUTE session_unname;
EXECUTE seed_settings('{}');
EXECUTE store_identity;
EXECUTE wal_position(false);
EXECUTE wal_position(true);
EXECUTE standby_state('0/0');
