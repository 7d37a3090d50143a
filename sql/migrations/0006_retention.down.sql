-- Undo 0006: nothing remembers what was archived, and the past before a cut counts as never having been.
-- loses: the marks of every cut, and the keys of purged items; the archives stay
-- locks: reads and writes of iterations and writes of projects, until it is done; below a second
-- lock timeout: 10s
-- statement timeout: 10min
DROP TRIGGER projects_going ON planner.projects;
DROP FUNCTION planner.cut_restored(uuid, bigint);
DROP FUNCTION planner.restore_lines(jsonb);
DROP FUNCTION planner.restore_item(jsonb, jsonb);
DROP FUNCTION planner.restore_place(planner.items);
DROP FUNCTION planner.purge(uuid, bigint, integer);
DROP FUNCTION planner.purge_project(planner.cuts, integer);
DROP FUNCTION planner.purge_texts(planner.cuts, integer);
DROP FUNCTION planner.purge_audit(planner.cuts, bigint, integer);
DROP FUNCTION planner.purge_listed(planner.cuts, integer, integer);
DROP FUNCTION planner.purge_items(uuid, bigint, uuid[]);
DROP FUNCTION planner.refuse_return();
DROP FUNCTION planner.cut_begin(uuid, bigint, text, text, bigint);
DROP FUNCTION planner.archive_page(uuid, bigint, text, uuid, bigint, integer, integer);
DROP FUNCTION planner.archive_line(text, jsonb, jsonb);
DROP FUNCTION planner.cuts_forget();
DROP FUNCTION planner.cut_plan(uuid, text, timestamptz, text);
DROP FUNCTION planner.deleted_before(uuid, timestamptz);
DROP FUNCTION planner.iterations_walk(uuid, timestamptz, uuid, bigint, integer);
DROP FUNCTION planner.names_iteration(jsonb, integer);
DROP FUNCTION planner.audit_boundary(uuid, timestamptz);
DROP FUNCTION planner.undo_cut(bigint);
DROP FUNCTION planner.past_cut(uuid, timestamptz);
CREATE OR REPLACE FUNCTION planner.past_claim(p_project uuid, p_item uuid, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    taken planner.audit;
    ended planner.audit;
    agent text;
    until timestamptz;
BEGIN
    SELECT * INTO taken FROM planner.audit a
    WHERE a.project_id = p_project AND a.entity_id = p_item AND a.at <= p_at
      AND (a.action IN ('claimed', 'released', 'completed', 'cancelled', 'promoted', 'deleted')
           OR a.action = 'undone' AND a.old_values ? 'token')
    ORDER BY a.id DESC LIMIT 1;
    IF NOT FOUND OR taken.action <> 'claimed' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO ended FROM planner.audit a
    WHERE a.project_id = p_project AND a.entity_id = p_item AND a.id > taken.id
      AND (a.action IN ('claimed', 'released', 'completed', 'cancelled', 'promoted', 'deleted')
           OR a.action = 'undone' AND a.old_values ? 'token')
    ORDER BY a.id LIMIT 1;
    agent := taken.new_values ->> 'agent';
    until := greatest((taken.new_values ->> 'expires_at')::timestamptz,
                      (ended.old_values ->> 'expires_at')::timestamptz,
                      CASE WHEN ended.ai_agent = agent AND ended.action <> 'claimed' THEN ended.at END,
                      (SELECT c.expires_at FROM planner.claims c
                       WHERE c.project_id = p_project AND c.item_id = p_item
                         AND c.token = (taken.new_values ->> 'token')::bigint));
    IF until <= least(p_at, now()) THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('why', 'claimed', 'agent', agent,
                              'until', floor(extract(epoch FROM until) * 1000));
END
$$;
CREATE OR REPLACE FUNCTION planner.past_exists(p_project uuid, p_item uuid, p_at timestamptz, p_past jsonb)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    i planner.items;
BEGIN
    WHILE p_item IS NOT NULL LOOP
        SELECT * INTO STRICT i FROM planner.items x WHERE x.project_id = p_project AND x.id = p_item;
        IF i.created_at > p_at THEN
            RETURN false;
        END IF;
        i := planner.past_item(i, p_past);
        IF i.deleted_at IS NOT NULL THEN
            RETURN false;
        END IF;
        p_item := i.parent_id;
    END LOOP;
    RETURN true;
END
$$;
CREATE OR REPLACE FUNCTION planner.dispute_step(p_project uuid, p_dispute uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT d.step_id FROM planner.disputes d
                     WHERE d.project_id = p_project AND d.id = p_dispute),
                    (SELECT (a.new_values ->> 'step_id')::uuid FROM planner.audit a
                     WHERE a.project_id = p_project AND a.entity_id = p_dispute
                       AND a.action = 'disputed' ORDER BY a.id LIMIT 1));
END
$$;
CREATE OR REPLACE FUNCTION planner.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
DROP FUNCTION planner.audit_begins(uuid);
DROP FUNCTION planner.cut_told(planner.cuts_made);
DROP VIEW planner.gone;
DROP VIEW planner.cuts_made;
ALTER TABLE planner.iterations DROP COLUMN cut;
DROP TABLE planner.purged;
DROP TABLE planner.cuts;
