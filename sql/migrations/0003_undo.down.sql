-- Undo 0003: withdrawn evidence is shown again, and nothing remembers what undid what.
-- loses: what was undone can be undone again as if it had not been
-- locks: reads and writes of evidence, until it is done; below a second
-- lock timeout: 10s
-- statement timeout: 10min
DROP FUNCTION planner.past_disputes(uuid, uuid, timestamptz, jsonb);
DROP FUNCTION planner.past_below(uuid, timestamptz, jsonb, uuid, integer, boolean, integer, text[],
                                 jsonb);
DROP FUNCTION planner.past_wait(planner.items, jsonb, timestamptz, jsonb);
DROP FUNCTION planner.past_hold(planner.items, timestamptz, jsonb);
DROP FUNCTION planner.past_held(planner.items, uuid, timestamptz, jsonb);
DROP FUNCTION planner.past_on(planner.items, text, timestamptz, jsonb);
DROP FUNCTION planner.past_claim(uuid, uuid, timestamptz);
DROP FUNCTION planner.past_roll(uuid, uuid, jsonb);
DROP FUNCTION planner.past_exists(uuid, uuid, timestamptz, jsonb);
DROP FUNCTION planner.past_project(uuid, jsonb);
DROP FUNCTION planner.past_step(uuid, uuid, jsonb);
DROP FUNCTION planner.past_item(planner.items, jsonb);
DROP FUNCTION planner.past(uuid, timestamptz);
DROP FUNCTION planner.past_children(uuid, timestamptz, jsonb, uuid);
DROP FUNCTION planner.audit_until(uuid, timestamptz);
DROP FUNCTION planner.audit_from(uuid, timestamptz);
DROP FUNCTION planner.audit_search(uuid, timestamptz);
DROP FUNCTION planner.history_values(uuid, jsonb);
DROP FUNCTION planner.undo(uuid, bigint, bigint);
DROP FUNCTION planner.undo_circle(uuid, planner.undo_row[]);
DROP FUNCTION planner.undo_side(jsonb, jsonb);
DROP FUNCTION planner.undo_now(uuid, text, uuid, jsonb);
DROP FUNCTION planner.undo_evidence(uuid, uuid, jsonb, timestamptz, bigint);
DROP FUNCTION planner.undo_project(uuid, jsonb);
DROP FUNCTION planner.undo_item(uuid, uuid, jsonb, jsonb);
DROP FUNCTION planner.undo_place(uuid, uuid, uuid, text, jsonb);
DROP FUNCTION planner.undo_hide(uuid, uuid[], timestamptz);
DROP FUNCTION planner.roll_share(uuid, uuid[]);
DROP FUNCTION planner.key_between(text, text);
DROP FUNCTION planner.undo_state(bigint, text);
DROP FUNCTION planner.undo_told(planner.audit, text);
DROP FUNCTION planner.dispute_step(uuid, uuid);
DROP FUNCTION planner.items_below(uuid, uuid[]);
DROP FUNCTION planner.undo_plan(uuid, bigint);
DROP TYPE planner.undo_row;
DROP FUNCTION planner.audit_before(planner.audit);
DROP FUNCTION planner.audit_side(text, jsonb, jsonb);
DROP AGGREGATE planner.merge(jsonb);
DROP FUNCTION planner.undo_blocks(bigint, bigint);
DROP FUNCTION planner.undo_live(bigint, bigint);
DROP FUNCTION planner.undo_root(bigint);
DROP TABLE planner.undos;
ALTER TABLE planner.evidence DROP COLUMN undone_by;
