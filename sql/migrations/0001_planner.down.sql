-- Undo 0001: everything in the schema but the record of migrations.
-- loses: every project with all that belongs to it
-- locks: everything, until it is done; below a second
-- lock timeout: 10s
-- statement timeout: 10min
DROP FUNCTION planner.roll_check(uuid);
DROP FUNCTION planner.rounds(planner.steps, integer);
DROP FUNCTION planner.project_stats(uuid);
DROP FUNCTION planner.queue_walk(uuid, text, text, smallint, timestamptz, uuid, integer, integer);
DROP FUNCTION planner.queue_page(uuid, text, smallint, timestamptz, uuid, integer);
DROP TRIGGER steps_turn_passed ON planner.steps;
DROP TRIGGER steps_turn_given ON planner.steps;
DROP FUNCTION planner.pass_turn();
DROP FUNCTION planner.to_promote(uuid, double precision, boolean, integer);
DROP FUNCTION planner.cut_values(jsonb);
DROP FUNCTION planner.require_review(uuid, boolean);
DROP FUNCTION planner.walk_backward(uuid, uuid, integer);
DROP FUNCTION planner.walk_forward(uuid, uuid, integer);
DROP FUNCTION planner.outline_below(uuid, uuid, integer, boolean, integer, text[]);
DROP FUNCTION planner.waiting_below(uuid, uuid, text, boolean, integer, boolean);
DROP FUNCTION planner.held_by(uuid, text);
DROP FUNCTION planner.ready_to_take(uuid, uuid, boolean, text, integer);
DROP FUNCTION planner.ready_below(uuid, uuid, boolean, text, integer);
DROP FUNCTION planner.item_state(planner.items);
DROP FUNCTION planner.item_state(planner.items, jsonb);
DROP FUNCTION planner.wait_of(uuid, uuid, text, boolean);
DROP FUNCTION planner.wait_on(planner.items, text);
DROP FUNCTION planner.delete_item(uuid, uuid);
DROP FUNCTION planner.move_item(uuid, uuid, uuid, text);
DROP FUNCTION planner.settle(uuid, uuid, boolean, boolean, boolean, double precision);
DROP FUNCTION planner.release(uuid, uuid, integer);
DROP FUNCTION planner.roll_climb(uuid, uuid, integer, integer, integer, double precision);
DROP FUNCTION planner.open_blockers(uuid, uuid);
DROP FUNCTION planner.keys_of(uuid, uuid[]);
DROP FUNCTION planner.circle(uuid, uuid[], uuid, boolean, boolean);
DROP FUNCTION planner.with_ancestors(uuid, uuid[]);
DROP FUNCTION planner.needed_by(uuid, uuid, boolean, boolean, uuid[]);
DROP FUNCTION planner.needs(uuid, uuid, boolean, boolean, uuid[]);
DROP FUNCTION planner.against_order(uuid, uuid);
DROP FUNCTION planner.move_is_safe(uuid, uuid, uuid, uuid, uuid[], uuid[]);
DROP FUNCTION planner.move_circle(uuid, uuid, uuid, uuid, uuid);
DROP FUNCTION planner.needs_if(uuid, uuid[], boolean, uuid, uuid, uuid, uuid);
DROP FUNCTION planner.claims_below(uuid, uuid);
DROP FUNCTION planner.edges_across(uuid, uuid);
DROP FUNCTION planner.child_above(uuid, uuid, uuid);
DROP FUNCTION planner.is_below(uuid, uuid, uuid);
DROP FUNCTION planner.is_waited_for(uuid, uuid);
DROP FUNCTION planner.lock_claims(uuid, text);
DROP FUNCTION planner.lock_topology(uuid, boolean);
DROP FUNCTION planner.iso(timestamptz);
DROP FUNCTION planner.pending_disputes(uuid);
DROP FUNCTION planner.is_gone(uuid, uuid);
DROP FUNCTION planner.find_item(uuid, text, integer);
DROP FUNCTION planner.find_ever(uuid, text, integer);
DROP FUNCTION planner.find_project(uuid, text, text);
DROP FUNCTION planner.shown(integer, integer, double precision, text);
DROP FUNCTION planner.progress(integer, integer, double precision, text);
DROP FUNCTION planner.state_mac(text);
DROP FUNCTION planner.outbox_purge(integer);
DROP FUNCTION planner.outbox_after(pg_snapshot);
DROP FUNCTION planner.outbox_lost(pg_snapshot);
DROP TABLE planner.outbox;
DROP FUNCTION planner.wake_listeners();
DROP TABLE planner.listeners;
DROP TABLE planner.secrets;
DROP TABLE planner.requests;
DROP TABLE planner.audit;
DROP SEQUENCE planner.change_number;
DROP TABLE planner.evidence;
DROP TABLE planner.claims;
DROP SEQUENCE planner.claim_token;
DROP TABLE planner.deps;
DROP TABLE planner.disputes;
ALTER TABLE planner.items DROP CONSTRAINT items_parent_fkey;
ALTER TABLE planner.steps DROP CONSTRAINT steps_project_id_id_server_number_fkey,
                          DROP CONSTRAINT steps_project_id_id_client_number_fkey,
                          DROP CONSTRAINT steps_project_id_id_final_number_fkey,
                          DROP CONSTRAINT steps_project_id_id_turn_number_fkey,
                          DROP CONSTRAINT steps_project_id_id_server_assessment_number_fkey,
                          DROP CONSTRAINT steps_project_id_id_client_assessment_number_fkey;
DROP TABLE planner.iterations;
DROP TABLE planner.steps;
DROP TABLE planner.roll;
DROP TABLE planner.items;
DROP TABLE planner.counters;
DROP TABLE planner.projects;
DROP FUNCTION planner.audit_outside();
DROP FUNCTION planner.refuse_change();
