-- Undo from the audit: which changes were undone, what a change comprises, and taking it back.
-- oldest program: 0.1.0
-- depends on: 0001
-- phase: expand
-- locks: reads and writes of evidence, until it is done; no row is looked at, well below a second
-- lock timeout: 10s
-- statement timeout: 10min
--
-- How the audit is read. old_values and new_values name columns: those of items, for a step also
-- those of steps, for a project those of projects and of its root item. A member that only one side
-- has was null on the other. Beside columns there are:
--   depends_on           edges that the change removed (old) or added (new), as ids
--   evidence             what came with a completion (objects); what an undo withdrew (old) or
--                        brought back (new), as ids
--   children_keys        of a parent whose children got new sort keys: theirs before
--   after                of a move: the sibling that it stood behind
--   summary, ...         words that are no column
-- Where `status` could mean more than one thing, an undo's rows say content_status (of steps) and
-- project_status. An item that is created or brought back by `deleted_at` takes what is below along.

-- Evidence that came with a change that was undone stays, out of sight.
ALTER TABLE planner.evidence ADD COLUMN undone_by bigint;

-- Each undoing. Undoing an undoing does the first change, the root, again: so of all that share a
-- root only the last one counts, and whether the root is in effect is its `redo`.
CREATE TABLE planner.undos (
    change bigint PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES planner.projects (id),
    root bigint NOT NULL,
    redo boolean NOT NULL,
    CONSTRAINT undos_root_key UNIQUE (root, change)
);

-- The change that a change belongs to: itself, or what it undoes or does again in the end.
CREATE FUNCTION planner.undo_root(p_change bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT root FROM planner.undos WHERE change = p_change), p_change);
END
$$;

-- Was a root in effect right after a change?
CREATE FUNCTION planner.undo_live(p_root bigint, p_after bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_root <= p_after AND coalesce((
        SELECT redo FROM planner.undos WHERE root = p_root AND change <= p_after
        ORDER BY change DESC LIMIT 1), true);
END
$$;

-- Does a later change stand in the way of taking p_change back? Not when it is of the same root, nor
-- when it and its undoing together left things as they were.
CREATE FUNCTION planner.undo_blocks(p_later bigint, p_change bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    root bigint := planner.undo_root(p_later);
BEGIN
    RETURN root <> planner.undo_root(p_change)
       AND planner.undo_live(root, 9223372036854775807) <> planner.undo_live(root, p_change);
END
$$;

CREATE AGGREGATE planner.merge(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

-- One side of an audit row as columns, null where only the other side has the member, and edges as
-- dep:UUID true or false.
CREATE FUNCTION planner.audit_side(p_type text, p_this jsonb, p_other jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    side jsonb := coalesce(p_this, '{}');
    value text := coalesce(p_this ->> 'status', p_other ->> 'status');
BEGIN
    IF p_other IS NOT NULL AND p_other <> '{}' THEN
        side := (SELECT jsonb_object_agg(k, NULL) FROM jsonb_object_keys(p_other) k) || side;
    END IF;
    IF p_type = 'project' THEN
        IF side ? 'name' THEN
            side := side || jsonb_build_object('title', side -> 'name');
        END IF;
        IF side ? 'status' THEN
            side := side || jsonb_build_object('project_status', side -> 'status');
        END IF;
        IF side ->> 'workspace' = '' THEN
            side := side || '{"workspace": null}';
        END IF;
        side := side - ARRAY['name', 'status', 'slug'];
    ELSIF p_type = 'dispute' THEN
        IF side ->> 'status' = 'pending' THEN
            side := side || '{"resolved_at": null}';
        END IF;
    ELSIF value NOT IN ('open', 'complete', 'cancelled') THEN
        side := side - 'status' || jsonb_build_object('content_status', side -> 'status');
    ELSIF side ->> 'status' <> 'complete' THEN
        side := side || '{"completed_at": null}';
    END IF;
    IF side ? 'depends_on' THEN
        side := side || coalesce((SELECT jsonb_object_agg('dep:' || d, false)
                                  FROM jsonb_array_elements_text(p_other -> 'depends_on') d), '{}')
            || coalesce((SELECT jsonb_object_agg('dep:' || d, true)
                         FROM jsonb_array_elements_text(p_this -> 'depends_on') d), '{}');
    END IF;
    RETURN side - ARRAY['depends_on', 'evidence', 'summary', 'after', 'reasoning', 'children_keys',
                        'children_renumbered'];
END
$$;

-- The columns of an entity before an audit row.
CREATE FUNCTION planner.audit_before(a planner.audit) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT planner.audit_side(a.entity_type, a.old_values, a.new_values)
           || CASE WHEN a.action = 'deleted' THEN '{"deleted_at": null}'::jsonb ELSE '{}' END
$$;

-- What taking a change back means: for each entity its columns as they were (patch). Of created
-- items only those whose parent was there before: what is below them goes with them.
--   gone     patch is empty: a dispute that the change opened
--   tokens   of claims that the change made
--   at       when, for the evidence that came with it
--   after    of a move: the sibling that it stood behind, and the audit row that says so
CREATE TYPE planner.undo_row AS (type text, id uuid, patch jsonb, gone boolean, token bigint,
                                 at timestamptz, after jsonb, evidence jsonb);
CREATE FUNCTION planner.undo_plan(p_project uuid, p_change bigint) RETURNS SETOF planner.undo_row
LANGUAGE plpgsql STABLE SET enable_hashjoin = on AS $$
BEGIN
    RETURN QUERY
    WITH made AS MATERIALIZED (
        SELECT a.entity_id, a.entity_type FROM planner.audit a
        WHERE a.change = p_change AND a.project_id = p_project
          AND a.action = 'created' AND a.entity_type IN ('task', 'step')
    )
    SELECT m.entity_type, m.entity_id, jsonb_build_object('deleted_at', now()), false, NULL::bigint,
           NULL::timestamptz, NULL::jsonb, NULL::jsonb
    FROM made m JOIN planner.items i ON i.project_id = p_project AND i.id = m.entity_id
    WHERE i.parent_id NOT IN (SELECT u.entity_id FROM made u)
    UNION ALL
    SELECT min(a.entity_type), a.entity_id,
           CASE WHEN bool_or(a.action = 'created') THEN '{"project_status": "archived"}'
                ELSE planner.merge(planner.audit_before(a) ORDER BY a.id DESC)
                     - ARRAY['token', 'agent', 'expires_at', 'taken_over', 'lease_seconds'] END,
           min(a.entity_type) = 'dispute' AND bool_or(a.old_values IS NULL),
           max((a.new_values ->> 'token')::bigint) FILTER (WHERE a.action = 'claimed'), min(a.at),
           planner.merge(jsonb_build_object('after', a.old_values -> 'after', 'row', a.id)
                         ORDER BY a.id DESC) FILTER (WHERE a.old_values ? 'parent_id'
                                                        OR a.old_values ? 'sort_key'),
           (SELECT nullif(planner.merge(jsonb_build_object('old', b.old_values -> 'evidence',
                                                           'new', b.new_values -> 'evidence')), '{}')
            FROM planner.audit b WHERE b.change = p_change AND b.entity_id = a.entity_id
              AND (b.old_values ? 'evidence' OR b.new_values ? 'evidence'))
    FROM planner.audit a
    WHERE a.change = p_change AND a.project_id = p_project
      AND a.entity_id NOT IN (SELECT m.entity_id FROM made m)
    GROUP BY a.entity_id
    ORDER BY 1, 2;
END
$$;

-- The items of a set and everything below them that is not deleted.
CREATE FUNCTION planner.items_below(p_project uuid, p_tops uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE down (id) AS (
        SELECT unnest(p_tops)
        UNION ALL
        SELECT i.id FROM down CROSS JOIN LATERAL (
            SELECT x.id FROM planner.items x WHERE x.project_id = p_project
              AND x.parent_id = down.id AND x.deleted_at IS NULL OFFSET 0) i
    )
    SELECT id FROM down
$$;

-- The step of a dispute, also of one whose opening was undone.
CREATE FUNCTION planner.dispute_step(p_project uuid, p_dispute uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT d.step_id FROM planner.disputes d
                     WHERE d.project_id = p_project AND d.id = p_dispute),
                    (SELECT (a.new_values ->> 'step_id')::uuid FROM planner.audit a
                     WHERE a.project_id = p_project AND a.entity_id = p_dispute
                       AND a.action = 'disputed' ORDER BY a.id LIMIT 1));
END
$$;

-- Who made a change, as a sentence needs it: of an audit row, with the key of what it is about.
CREATE FUNCTION planner.undo_told(a planner.audit, p_slug text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object('change', a.change, 'action', a.action,
        'agent', coalesce(a.user_id, a.ai_agent), 'at', floor(extract(epoch FROM a.at) * 1000),
        'key', (SELECT p_slug || CASE WHEN i.number > 0 THEN '-' || i.number ELSE '' END
                FROM planner.items i
                WHERE i.project_id = a.project_id AND i.id = CASE a.entity_type
                    WHEN 'dispute' THEN planner.dispute_step(a.project_id, a.entity_id)
                    ELSE a.entity_id END)));
END
$$;

-- All that the rules of undo look at (service/undo.c). NULL when there is no such change.
--   done      the change is undone (or done again) already: by which
--   later     the newest later change that stands in the way
--   waiting   something outside waits for what would go: who, for what, by which change
--   claim     somebody else's live claim
--   place     where something should come back to: a parent that is gone, cancelled or a step
CREATE FUNCTION planner.undo_state(p_change bigint, p_agent text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET enable_hashjoin = on AS $$
DECLARE
    root_change bigint := planner.undo_root(p_change);
    redo boolean := coalesce((SELECT NOT u.redo FROM planner.undos u WHERE u.change = p_change),
                             false);
    target bigint := coalesce((SELECT u.change FROM planner.undos u WHERE u.root = root_change
                               ORDER BY u.change DESC LIMIT 1), root_change);
    first planner.audit;
    newest planner.audit;
    p planner.projects;
    touched uuid[];
    going uuid[];
    demoted uuid[]; -- tasks that become steps again: nothing may have come below them since
    kept uuid[]; -- edges that the change itself added: who waits
    above jsonb;
    told jsonb;
BEGIN
    SELECT * INTO first FROM planner.audit a WHERE a.change = root_change ORDER BY a.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT p FROM planner.projects x WHERE x.id = first.project_id;
    told := jsonb_build_object('project_id', p.id, 'slug', p.slug, 'archived', p.status = 'archived',
        'redo', redo, 'root', root_change, 'target', target,
        'outside', first.ai_agent IS NULL,
        'first', planner.undo_told(first, p.slug),
        'title', (SELECT i.title FROM planner.items i
                  WHERE i.project_id = p.id AND i.id = first.entity_id));
    IF planner.undo_live(root_change, 9223372036854775807) = redo THEN
        SELECT * INTO newest FROM planner.audit a WHERE a.change = target ORDER BY a.id LIMIT 1;
        RETURN told || jsonb_build_object('done', planner.undo_told(newest, p.slug));
    END IF;
    SELECT array_agg(DISTINCT a.entity_id) INTO touched FROM planner.audit a
    WHERE a.change = target AND a.project_id = p.id;
    SELECT array_agg(u.id) FILTER (WHERE u.type IN ('task', 'step')
                                     AND u.patch -> 'deleted_at' <> 'null'),
           array_agg(u.id) FILTER (WHERE u.patch ->> 'kind' = 'step'),
           array_agg(u.id) FILTER (WHERE EXISTS (SELECT FROM jsonb_object_keys(u.patch) k
                                                 WHERE starts_with(k, 'dep:')))
    INTO going, demoted, kept FROM planner.undo_plan(p.id, target) u;
    IF going IS NOT NULL THEN
        going := ARRAY(SELECT planner.items_below(p.id, going));
        touched := ARRAY(SELECT unnest(touched) UNION SELECT unnest(going));
    END IF;
    IF demoted IS NOT NULL THEN
        touched := ARRAY(SELECT unnest(touched)
                         UNION SELECT planner.items_below(p.id, demoted));
    END IF;
    SELECT a.* INTO newest FROM unnest(touched) e (id) CROSS JOIN LATERAL (
        SELECT x.* FROM planner.audit x
        WHERE x.project_id = p.id AND x.entity_id = e.id AND x.change > target
          AND x.action NOT IN ('claimed', 'released')
          AND coalesce(x.new_values, '{}') <> '{"children_renumbered": true}'
          AND planner.undo_blocks(x.change, target)
        OFFSET 0) a -- by the index of entities, whatever is believed of the sizes
    ORDER BY a.id DESC LIMIT 1;
    IF FOUND THEN
        told := told || jsonb_build_object('later', planner.undo_told(newest, p.slug));
    END IF;
    IF going IS NOT NULL THEN
        SELECT jsonb_build_object('waiting', jsonb_build_object(
            'waiter', p.slug || '-' || w.number, 'key', p.slug || '-' || b.number,
            'by', (SELECT planner.undo_told(x, p.slug) FROM planner.audit x
                   WHERE x.project_id = p.id AND x.entity_id = w.id
                     AND x.new_values -> 'depends_on' ? b.id::text
                   ORDER BY x.id DESC LIMIT 1)))
        INTO above
        FROM unnest(going) g (id) CROSS JOIN LATERAL (
            SELECT x.item_id FROM planner.deps x
            WHERE x.project_id = p.id AND x.blocked_by = g.id OFFSET 0) d
        JOIN planner.items w ON w.project_id = p.id AND w.id = d.item_id
        JOIN planner.items b ON b.project_id = p.id AND b.id = g.id
        WHERE d.item_id NOT IN (SELECT unnest(going) UNION ALL SELECT unnest(kept))
          AND NOT planner.is_gone(p.id, w.id)
        ORDER BY w.number LIMIT 1;
        told := told || coalesce(above, '{}');
    END IF;
    SELECT jsonb_build_object('claim', jsonb_build_object('key', p.slug || '-' || i.number,
        'agent', c.agent, 'until', floor(extract(epoch FROM c.expires_at) * 1000)))
    INTO above
    FROM planner.claims c JOIN planner.items i ON i.project_id = p.id AND i.id = c.item_id
    WHERE c.project_id = p.id AND c.expires_at > clock_timestamp() AND c.agent <> p_agent
      AND c.item_id = ANY (touched)
    ORDER BY i.number LIMIT 1;
    told := told || coalesce(above, '{}');
    SELECT jsonb_build_object('place', jsonb_strip_nulls(jsonb_build_object(
        'key', p.slug || '-' || i.number, 'above', p.slug || '-' || u.number, 'why',
        CASE WHEN t.gone THEN 'gone' WHEN u.kind = 'step' THEN 'step' ELSE 'cancelled' END,
        'by', (SELECT planner.undo_told(x, p.slug) FROM planner.audit x
               WHERE x.project_id = p.id AND x.entity_id = u.id AND x.change > target
                 AND CASE WHEN t.gone THEN x.action = 'deleted' OR x.new_values ? 'deleted_at'
                          ELSE x.new_values ?| ARRAY['status', 'kind'] END
               ORDER BY x.id DESC LIMIT 1))))
    INTO above
    FROM (SELECT r.*, planner.is_gone(p.id, r.parent) AS gone FROM (
              SELECT DISTINCT ON (parent) v.id, parent, v.id NOT IN (SELECT unnest(going)) AS comes,
                  coalesce(v.patch ->> 'status', n.status) <> 'cancelled' AS counts
              FROM planner.undo_plan(p.id, target) v
              JOIN planner.items n ON n.project_id = p.id AND n.id = v.id
              CROSS JOIN LATERAL (SELECT coalesce((v.patch ->> 'parent_id')::uuid, n.parent_id)) o (parent)
              WHERE v.type IN ('task', 'step') AND v.token IS NULL
              ORDER BY parent, comes DESC, counts DESC, v.id) r
          WHERE r.parent IS NOT NULL) t
    JOIN planner.items i ON i.project_id = p.id AND i.id = t.id
    JOIN planner.items u ON u.project_id = p.id AND u.id = t.parent
    WHERE t.gone OR (t.comes AND (u.kind = 'step' OR (u.status = 'cancelled' AND t.counts))
                     AND NOT t.parent = ANY (touched))
    LIMIT 1;
    told := told || coalesce(above, '{}');
    RETURN told || jsonb_strip_nulls((
        SELECT jsonb_build_object(
            'actions', jsonb_agg(DISTINCT a.action),
            'human', bool_or(a.action = 'resolved'),
            'renumbers', bool_and(a.new_values ? 'children_renumbered'),
            'unarchives', bool_and(a.entity_type = 'project')
                AND bool_or(a.new_values ->> 'status' = 'archived'
                            OR a.new_values ->> 'project_status' = 'archived'),
            'creates_project', bool_or(a.entity_type = 'project' AND a.action = 'created'),
            'holds', EXISTS (
                SELECT FROM planner.undo_plan(p.id, target) u CROSS JOIN LATERAL (
                    SELECT FROM planner.claims c WHERE c.project_id = p.id AND c.item_id = u.id
                      AND c.token = u.token AND c.agent = p_agent OFFSET 0) c),
            'has_items', EXISTS (SELECT FROM planner.items i WHERE i.project_id = p.id
                                 AND i.parent_id = p.id AND i.deleted_at IS NULL))
        FROM planner.audit a WHERE a.change IN (root_change, target) AND a.project_id = p.id));
END
$$;

-- A sort key between two neighbours; null is the end of the row. The keys are numbers in base 62
-- after the point, never ending in 0.
CREATE FUNCTION planner.key_between(p_low text, p_high text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    low text := coalesce(p_low, '');
    rest text;
    head text;
BEGIN
    IF p_high IS NULL OR NOT starts_with(p_high, low) THEN
        RETURN low || 'V';
    END IF;
    rest := substr(p_high, length(low) + 1);
    head := substring(rest FROM '^0*');
    rest := substr(rest, length(head) + 1);
    RETURN low || head || CASE
        WHEN rest COLLATE "C" > '1' AND left(rest, 1) = '1' THEN '1'
        WHEN left(rest, 1) = '1' THEN '0V'
        ELSE substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
                    (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
                            left(rest, 1)) + 1) / 2, 1) END;
END
$$;

-- What an item adds to the counters of its parent.
CREATE FUNCTION planner.roll_share(p_project uuid, p_items uuid[])
RETURNS TABLE (parent_id uuid, depth smallint, n_children integer, n_open integer, n_avail integer,
               sum double precision)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT i.parent_id, min(i.depth), count(*)::integer,
           count(*) FILTER (WHERE i.status = 'open')::integer,
           count(*) FILTER (WHERE i.avail)::integer,
           sum(planner.progress(r.n_children, r.n_open, r.sum, i.status))
    FROM planner.items i LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
    WHERE i.project_id = p_project AND i.id = ANY (p_items) AND i.status <> 'cancelled'
      AND i.deleted_at IS NULL
    GROUP BY i.parent_id ORDER BY 2 DESC, 1;
END
$$;

-- Delete (p_at given) or bring back items, each with what is below it: counters, and what waits.
CREATE FUNCTION planner.undo_hide(p_project uuid, p_items uuid[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    s record;
    sign integer := CASE WHEN p_at IS NULL THEN 1 ELSE -1 END;
BEGIN
    IF p_at IS NULL THEN
        PERFORM planner.release(p_project, i.id, 1) FROM planner.items i
        WHERE i.project_id = p_project AND i.id = ANY (p_items) AND i.status = 'open'
          AND EXISTS (SELECT FROM planner.deps d
                      WHERE d.project_id = p_project AND d.blocked_by = i.id);
        UPDATE planner.items SET deleted_at = NULL, version = version + 1, updated_at = now()
        WHERE project_id = p_project AND id = ANY (p_items);
    END IF;
    FOR s IN SELECT * FROM planner.roll_share(p_project, p_items) LOOP
        IF p_at IS NOT NULL THEN
            UPDATE planner.items i SET deleted_at = p_at, version = version + 1, updated_at = now()
            WHERE i.project_id = p_project AND i.id = ANY (p_items) AND i.parent_id = s.parent_id;
        END IF;
        PERFORM planner.roll_climb(p_project, s.parent_id, sign * s.n_children, sign * s.n_open,
                                   sign * s.n_avail, sign * s.sum);
    END LOOP;
    IF p_at IS NOT NULL THEN
        UPDATE planner.items SET deleted_at = p_at, version = version + 1, updated_at = now()
        WHERE project_id = p_project AND id = ANY (p_items) AND deleted_at IS NULL;
        PERFORM planner.release(p_project, i.id, -1) FROM planner.items i
        WHERE i.project_id = p_project AND i.id = ANY (p_items) AND i.status = 'open'
          AND EXISTS (SELECT FROM planner.deps d
                      WHERE d.project_id = p_project AND d.blocked_by = i.id);
        DELETE FROM planner.claims WHERE project_id = p_project AND item_id = ANY (
            ARRAY(SELECT planner.items_below(p_project, p_items)));
    END IF;
END
$$;

-- Where a moved item comes back to: its old key, when that is free and still means the same; else a
-- new one behind the sibling that it stood behind.
CREATE FUNCTION planner.undo_place(p_project uuid, p_item uuid, p_parent uuid, p_key text,
                                   p_after jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low text;
    high text;
    found_key text;
BEGIN
    IF p_key IS NOT NULL
       AND NOT EXISTS (SELECT FROM planner.items i WHERE i.project_id = p_project
                       AND i.parent_id = p_parent AND i.sort_key = p_key AND i.id <> p_item)
       AND NOT EXISTS (SELECT FROM planner.audit a WHERE a.project_id = p_project
                       AND a.entity_id = p_parent AND a.id > (p_after ->> 'row')::bigint
                       AND a.new_values ? 'children_renumbered') THEN
        RETURN p_key;
    END IF;
    IF p_after ->> 'after' IS NOT NULL THEN
        SELECT i.sort_key INTO low FROM planner.items i WHERE i.project_id = p_project
          AND i.id = (p_after ->> 'after')::uuid AND i.parent_id = p_parent;
        IF NOT FOUND THEN -- that one has left: the end
            SELECT max(i.sort_key) INTO low FROM planner.items i
            WHERE i.project_id = p_project AND i.parent_id = p_parent AND i.id <> p_item;
        END IF;
    END IF;
    SELECT min(i.sort_key) INTO high FROM planner.items i
    WHERE i.project_id = p_project AND i.parent_id = p_parent AND i.id <> p_item
      AND i.sort_key > coalesce(low, '');
    found_key := planner.key_between(low, high);
    IF length(found_key) > 64 THEN
        RAISE EXCEPTION 'no room between two siblings'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'undo_no_room';
    END IF;
    RETURN found_key;
END
$$;

-- One item as its patch says: kind, place, columns, content state, edges; counters follow.
CREATE FUNCTION planner.undo_item(p_project uuid, p_item uuid, p_patch jsonb, p_after jsonb)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    was planner.items;
    r planner.roll;
    n planner.items;
    s planner.steps;
    patch jsonb := p_patch - ARRAY['deleted_at', 'last_number'];
    shape jsonb; -- the content state
    edge record;
    share record;
    moves boolean := p_patch ? 'parent_id' OR p_patch ? 'sort_key';
    d_depth integer;
    review boolean := (SELECT x.require_review FROM planner.projects x WHERE x.id = p_project);
BEGIN
    SELECT * INTO STRICT was FROM planner.items i
    WHERE i.project_id = p_project AND i.id = p_item FOR NO KEY UPDATE;
    SELECT * INTO r FROM planner.roll x WHERE x.project_id = p_project AND x.id = p_item;
    IF r.n_children > 0 THEN -- it stands as its children do
        patch := patch - ARRAY['status', 'completed_at'];
    END IF;
    shape := CASE WHEN patch ? 'content_status' THEN patch || jsonb_build_object('status',
                      patch -> 'content_status') ELSE patch - 'status' END;
    IF patch ->> 'kind' = 'task' AND was.kind = 'step' THEN
        DELETE FROM planner.steps x WHERE x.project_id = p_project AND x.id = p_item;
        INSERT INTO planner.roll (project_id, id) VALUES (p_project, p_item) ON CONFLICT DO NOTHING;
    ELSIF patch ->> 'kind' = 'step' AND was.kind = 'task' THEN
        s := jsonb_populate_record(NULL::planner.steps, shape || jsonb_build_object(
            'project_id', p_project, 'id', p_item, 'last_number',
            greatest((p_patch ->> 'last_number')::integer, (
                SELECT max(t.number) FROM planner.iterations t
                WHERE t.project_id = p_project AND t.step_id = p_item), 0)));
        INSERT INTO planner.steps SELECT s.*;
    ELSE
        SELECT * INTO s FROM planner.steps x WHERE x.project_id = p_project AND x.id = p_item;
        IF FOUND AND to_jsonb(s) IS DISTINCT FROM to_jsonb(jsonb_populate_record(s, shape)) THEN
            s := jsonb_populate_record(s, shape);
            UPDATE planner.steps x SET status = s.status, iteration_count = s.iteration_count,
                max_iterations_reached = s.max_iterations_reached, server_ready = s.server_ready,
                client_approved = s.client_approved, turn_number = s.turn_number,
                server_number = s.server_number, client_number = s.client_number,
                final_number = s.final_number,
                server_assessment_number = s.server_assessment_number,
                client_assessment_number = s.client_assessment_number,
                server_complexity = s.server_complexity, client_complexity = s.client_complexity,
                agreed_complexity = s.agreed_complexity, complexity_score = s.complexity_score,
                complexity_basis = s.complexity_basis, assessed_promote = s.assessed_promote
            WHERE x.project_id = p_project AND x.id = p_item;
        END IF;
    END IF;
    FOR edge IN SELECT substr(key, 5)::uuid AS blocker, value = 'true' AS wanted
                FROM jsonb_each(patch) WHERE starts_with(key, 'dep:') LOOP
        IF edge.wanted THEN
            INSERT INTO planner.deps (project_id, item_id, blocked_by)
            VALUES (p_project, p_item, edge.blocker) ON CONFLICT DO NOTHING;
        ELSE
            DELETE FROM planner.deps d WHERE d.project_id = p_project AND d.item_id = p_item
              AND d.blocked_by = edge.blocker;
        END IF;
    END LOOP;
    n := jsonb_populate_record(was, patch - ARRAY['parent_id', 'sort_key', 'depth']);
    UPDATE planner.items i SET kind = n.kind, title = n.title, objective = n.objective,
        sequential = coalesce(n.sequential, false), priority = coalesce(n.priority, 0),
        assignee = n.assignee, status = n.status, completed_at = n.completed_at,
        disputed = coalesce(s.status = 'disputed', false),
        needs_final = n.kind = 'step' AND review AND s.final_number IS NULL,
        promote_score = CASE WHEN n.kind <> 'step' THEN NULL WHEN s.assessed_promote THEN 1
                             ELSE s.complexity_score END,
        n_blockers = (SELECT count(*) FROM planner.deps d JOIN planner.items b
                          ON b.project_id = d.project_id AND b.id = d.blocked_by
                      WHERE d.project_id = p_project AND d.item_id = p_item AND b.status = 'open'
                        AND b.deleted_at IS NULL),
        version = i.version + 1, updated_at = now()
    WHERE i.project_id = p_project AND i.id = p_item;
    PERFORM planner.settle(p_project, p_item, was.status <> 'cancelled' AND was.deleted_at IS NULL,
        was.status = 'open' AND was.deleted_at IS NULL, was.avail,
        planner.progress(r.n_children, r.n_open, r.sum, was.status));
    IF n.status <> 'open' THEN
        DELETE FROM planner.claims c WHERE c.project_id = p_project AND c.item_id = p_item;
    END IF;
    IF NOT moves THEN
        RETURN;
    END IF;
    n.parent_id := coalesce((patch ->> 'parent_id')::uuid, was.parent_id);
    n.sort_key := planner.undo_place(p_project, p_item, n.parent_id,
        coalesce(patch ->> 'sort_key', was.sort_key), p_after);
    IF n.parent_id = was.parent_id THEN
        UPDATE planner.items i SET sort_key = n.sort_key
        WHERE i.project_id = p_project AND i.id = p_item;
        RETURN;
    END IF;
    SELECT u.depth + 1 - was.depth INTO STRICT d_depth FROM planner.items u
    WHERE u.project_id = p_project AND u.id = n.parent_id;
    SELECT * INTO share FROM planner.roll_share(p_project, ARRAY[p_item]);
    UPDATE planner.items i SET parent_id = n.parent_id, sort_key = n.sort_key
    WHERE i.project_id = p_project AND i.id = p_item;
    IF d_depth <> 0 THEN
        UPDATE planner.items i SET depth = i.depth + d_depth
        WHERE i.project_id = p_project AND i.id = ANY (ARRAY(
            WITH RECURSIVE down (id) AS ( -- what is deleted, too
                SELECT p_item
                UNION ALL
                SELECT c.id FROM down CROSS JOIN LATERAL (
                    SELECT x.id FROM planner.items x
                    WHERE x.project_id = p_project AND x.parent_id = down.id OFFSET 0) c
            )
            SELECT id FROM down));
    END IF;
    IF share.parent_id IS NOT NULL THEN
        PERFORM planner.roll_climb(p_project, was.parent_id, -share.n_children, -share.n_open,
                                   -share.n_avail, -share.sum);
        PERFORM planner.roll_climb(p_project, n.parent_id, share.n_children, share.n_open,
                                   share.n_avail, share.sum);
    END IF;
END
$$;

-- The project itself as its patch says.
CREATE FUNCTION planner.undo_project(p_project uuid, p_patch jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    was planner.projects;
    p planner.projects;
BEGIN
    SELECT * INTO STRICT was FROM planner.projects x WHERE x.id = p_project FOR NO KEY UPDATE;
    p := jsonb_populate_record(was, CASE WHEN p_patch ? 'project_status'
        THEN p_patch || jsonb_build_object('status', p_patch -> 'project_status')
        ELSE p_patch - 'status' END);
    UPDATE planner.projects x SET description = p.description, status = p.status,
        complexity_threshold = p.complexity_threshold, max_iterations = p.max_iterations,
        require_review = p.require_review, separate_authors = p.separate_authors,
        human_only = p.human_only, require_evidence = p.require_evidence, workspace = p.workspace
    WHERE x.id = p_project;
    IF p.require_review <> was.require_review THEN
        PERFORM planner.require_review(p_project, p.require_review);
    END IF;
    UPDATE planner.items i SET title = coalesce(p_patch ->> 'title', i.title),
        sequential = coalesce((p_patch ->> 'sequential')::boolean, i.sequential),
        version = i.version + 1, updated_at = now()
    WHERE i.project_id = p_project AND i.id = p_project;
END
$$;

-- Evidence that came with a change goes out of sight; what an undo withdrew comes back. What was
-- done, as the audit tells it.
CREATE FUNCTION planner.undo_evidence(p_project uuid, p_item uuid, p_evidence jsonb,
                                      p_at timestamptz, p_by bigint)
RETURNS TABLE (old jsonb, new jsonb) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    withdraw bigint[];
    bring bigint[];
BEGIN
    SELECT array_agg(e.id) INTO withdraw FROM planner.evidence e
    WHERE e.project_id = p_project AND e.item_id = p_item AND e.undone_by IS NULL
      AND CASE jsonb_typeof(p_evidence -> 'new' -> 0) WHEN 'object' THEN e.at = p_at
               WHEN 'number' THEN p_evidence -> 'new' @> to_jsonb(e.id) END;
    SELECT array_agg(e.id) INTO bring FROM planner.evidence e
    WHERE e.project_id = p_project AND e.item_id = p_item AND e.undone_by IS NOT NULL
      AND jsonb_typeof(p_evidence -> 'old' -> 0) = 'number' AND p_evidence -> 'old' @> to_jsonb(e.id);
    UPDATE planner.evidence e SET undone_by = CASE WHEN e.id = ANY (withdraw) THEN p_by END
    WHERE e.project_id = p_project AND e.id = ANY (withdraw || bring);
    RETURN QUERY SELECT CASE WHEN withdraw IS NULL THEN '{}' ELSE jsonb_build_object('evidence', withdraw) END,
                        CASE WHEN bring IS NULL THEN '{}' ELSE jsonb_build_object('evidence', bring) END;
END
$$;

-- An entity's columns that a patch names, as they are now.
CREATE FUNCTION planner.undo_now(p_project uuid, p_type text, p_id uuid, p_patch jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    whole jsonb;
    content jsonb;
BEGIN
    IF p_type = 'dispute' THEN
        RETURN (SELECT to_jsonb(d) FROM planner.disputes d
                WHERE d.project_id = p_project AND d.id = p_id);
    END IF;
    SELECT to_jsonb(i) INTO whole FROM planner.items i WHERE i.project_id = p_project AND i.id = p_id;
    IF p_type = 'project' THEN
        SELECT whole || (to_jsonb(p) - 'status') || jsonb_build_object('project_status', p.status)
        INTO whole FROM planner.projects p WHERE p.id = p_project;
    ELSE
        SELECT to_jsonb(s) || jsonb_build_object('content_status', s.status) INTO content
        FROM planner.steps s WHERE s.project_id = p_project AND s.id = p_id;
        -- items has a copy of content_status for its queues, which leaves out what is pending
        whole := coalesce(content, '{}') || (whole - 'content_status') || coalesce((
            SELECT jsonb_object_agg(e.key, EXISTS (SELECT FROM planner.deps d
                WHERE d.project_id = p_project AND d.item_id = p_id
                  AND d.blocked_by = substr(e.key, 5)::uuid))
            FROM jsonb_each(p_patch) e WHERE starts_with(e.key, 'dep:')), '{}');
        IF p_patch ->> 'kind' = 'task' AND content IS NOT NULL THEN -- its row goes, whole
            p_patch := p_patch || (content - ARRAY['project_id', 'id', 'status']);
        END IF;
    END IF;
    RETURN (SELECT jsonb_object_agg(e.key, whole -> e.key) FROM jsonb_each(p_patch) e);
END
$$;

-- A side of an audit row as it is stored: edges as lists.
CREATE FUNCTION planner.undo_side(p_this jsonb, p_other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(e.key, e.value) FILTER (WHERE NOT starts_with(e.key, 'dep:')), '{}')
        || CASE WHEN bool_or(starts_with(e.key, 'dep:') AND e.value = 'true'
                             AND p_other -> e.key = 'false')
                THEN jsonb_build_object('depends_on', jsonb_agg(substr(e.key, 5)) FILTER (
                    WHERE starts_with(e.key, 'dep:') AND e.value = 'true'
                      AND p_other -> e.key = 'false'))
                ELSE '{}' END
    FROM jsonb_each(p_this) e
$$;

-- What was taken back may close a circle with what was linked, moved or put in order meanwhile: then
-- nothing is undone. Looked at when everything stands where it stood. What is new in the plan is a
-- dependency, the order below a parent, or an item in its place; what is hidden is not in it.
CREATE FUNCTION planner.undo_circle(p_project uuid, p_plan planner.undo_row[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    u record;
    before uuid[];
    next uuid;
    found_one boolean;
BEGIN
    FOR u IN SELECT i.id, i.parent_id, i.sort_key, o.sequential AS in_order,
                    (x.patch ->> 'sequential')::boolean AS orders,
                    x.patch ?| ARRAY['deleted_at', 'parent_id', 'sort_key']
                        OR coalesce(x.after, '{}') <> '{}' AS comes,
                    ARRAY(SELECT substr(e.key, 5)::uuid FROM jsonb_each(x.patch) e
                          WHERE starts_with(e.key, 'dep:') AND e.value = 'true') AS waits
             FROM unnest(p_plan) x
             JOIN planner.items i ON i.project_id = p_project AND i.id = x.id
             LEFT JOIN planner.items o ON o.project_id = p_project AND o.id = i.parent_id
             WHERE x.type <> 'dispute' AND x.token IS NULL
               AND coalesce(x.patch -> 'deleted_at', 'null') = 'null'
    LOOP
        CONTINUE WHEN NOT (coalesce(u.orders, false) OR u.comes OR cardinality(u.waits) > 0)
            OR planner.is_gone(p_project, u.id);
        found_one := coalesce(u.orders, false)
                AND EXISTS (SELECT FROM planner.against_order(p_project, u.id))
            OR cardinality(u.waits) > 0
                AND planner.circle(p_project, u.waits, u.id, false, true) IS NOT NULL;
        IF NOT found_one AND u.comes
           AND EXISTS (SELECT FROM planner.edges_across(p_project, u.id)) THEN
            before := ARRAY(SELECT DISTINCT n.id
                            FROM unnest(planner.with_ancestors(p_project, ARRAY[u.id])) a
                            CROSS JOIN LATERAL planner.needs(p_project, a, false, false, '{}') n
                            WHERE n.is_end);
            next := (SELECT s.id FROM planner.items s
                     WHERE u.in_order AND s.project_id = p_project AND s.parent_id = u.parent_id
                       AND s.sort_key > u.sort_key AND s.deleted_at IS NULL
                     ORDER BY s.sort_key LIMIT 1);
            found_one := planner.circle(p_project, ARRAY[u.id], u.parent_id, true, true) IS NOT NULL
                OR cardinality(before) > 0
                   AND planner.circle(p_project, before, u.id, false, true) IS NOT NULL
                OR next IS NOT NULL
                   AND planner.circle(p_project, ARRAY[u.id], next, false, true) IS NOT NULL;
        END IF;
        IF found_one THEN
            RAISE EXCEPTION 'something would wait for itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'undo_circle';
        END IF;
    END LOOP;
END
$$;

-- Take a change back, and tell what that changed, as rows of the audit. The caller holds the
-- topology lock alone and has looked at undo_state. What goes goes first, what comes back does so
-- before the columns of others, and below comes before above: whether a parent has children decides
-- what becomes of its status.
CREATE FUNCTION planner.undo(p_project uuid, p_change bigint, p_by bigint)
RETURNS TABLE (type text, id uuid, action text, old jsonb, new jsonb) LANGUAGE plpgsql VOLATILE
SET enable_hashjoin = on AS $$
DECLARE
    plan planner.undo_row[] := ARRAY(SELECT x FROM planner.undo_plan(p_project, p_change) x);
    going uuid[];
    coming uuid[];
    others planner.undo_row[];
    was jsonb[] := '{}';
    u planner.undo_row;
    proof record;
    i integer := 0;
BEGIN
    SELECT array_agg(x.id) FILTER (WHERE x.type <> 'dispute' AND x.patch -> 'deleted_at' <> 'null'),
           array_agg(x.id) FILTER (WHERE x.type <> 'dispute' AND x.patch -> 'deleted_at' = 'null'),
           array_agg(x ORDER BY x.patch ?| ARRAY['kind', 'parent_id'] DESC, t.depth DESC, x.id)
               FILTER (WHERE x.type = 'dispute' OR x.evidence IS NOT NULL OR x.token IS NOT NULL
                          OR x.patch - 'deleted_at' <> '{}')
    INTO going, coming, others
    FROM unnest(plan) x LEFT JOIN planner.items t ON t.project_id = p_project AND t.id = x.id;
    RETURN QUERY -- the many: nothing changes but that they are there
    SELECT t.kind, t.id, 'undone', jsonb_build_object('deleted_at', t.deleted_at), x.patch
    FROM unnest(plan) x JOIN planner.items t ON t.project_id = p_project AND t.id = x.id
    WHERE x.patch ? 'deleted_at' AND x.patch - 'deleted_at' = '{}' AND x.type <> 'dispute';
    RETURN QUERY -- a parent that was completed by hand meanwhile stands as what comes back does
    SELECT t.kind, t.id, CASE WHEN x.opens THEN 'reopened' ELSE 'updated' END,
           jsonb_build_object('status', 'complete', 'completed_at', t.completed_at),
           CASE WHEN x.opens THEN '{"status": "open", "completed_at": null}'::jsonb
                ELSE '{"status": "complete"}' END
    FROM (SELECT coalesce((y.patch ->> 'parent_id')::uuid, c.parent_id) AS id,
                 bool_or(coalesce(y.patch ->> 'status', c.status) = 'open') AS opens
          FROM unnest(plan) y JOIN planner.items c ON c.project_id = p_project AND c.id = y.id
          WHERE (c.id = ANY (coming) OR c.deleted_at IS NULL
                 AND (y.patch ? 'parent_id' OR y.patch ->> 'status' = 'open'))
            AND coalesce(y.patch ->> 'status', c.status) <> 'cancelled'
          GROUP BY 1) x
    JOIN planner.items t ON t.project_id = p_project AND t.id = x.id
    WHERE t.status = 'complete' AND NOT t.has_children AND t.kind <> 'project'
      AND NOT t.id IN (SELECT y.id FROM unnest(plan) y);
    FOREACH u IN ARRAY coalesce(others, '{}') LOOP
        was := was || CASE
            WHEN u.token IS NOT NULL THEN (
                SELECT jsonb_build_object('agent', c.agent, 'token', c.token, 'expires_at', c.expires_at)
                FROM planner.claims c WHERE c.project_id = p_project AND c.item_id = u.id
                  AND c.token = u.token)
            ELSE planner.undo_now(p_project, u.type, u.id, u.patch)
                || CASE WHEN u.patch ?| ARRAY['parent_id', 'sort_key'] THEN jsonb_build_object('after', (
                       SELECT s.id FROM planner.items t JOIN planner.items s
                           ON s.project_id = p_project AND s.parent_id = t.parent_id
                              AND s.sort_key < t.sort_key AND s.deleted_at IS NULL
                       WHERE t.project_id = p_project AND t.id = u.id
                       ORDER BY s.sort_key DESC LIMIT 1)) ELSE '{}' END END;
    END LOOP;
    IF going IS NOT NULL THEN
        PERFORM planner.undo_hide(p_project, going, now());
    END IF;
    FOREACH u IN ARRAY coalesce(others, '{}') LOOP
        IF u.token IS NULL AND u.type IN ('task', 'step') AND u.patch ?| ARRAY['kind', 'parent_id'] THEN
            PERFORM planner.undo_item(p_project, u.id, u.patch, u.after);
        END IF;
    END LOOP;
    IF coming IS NOT NULL THEN
        PERFORM planner.undo_hide(p_project, coming, NULL);
    END IF;
    FOREACH u IN ARRAY coalesce(others, '{}') LOOP
        IF u.token IS NOT NULL THEN
            DELETE FROM planner.claims c WHERE c.project_id = p_project AND c.item_id = u.id
              AND c.token = u.token;
        ELSIF u.type = 'project' THEN
            PERFORM planner.undo_project(p_project, u.patch);
        ELSIF u.type = 'dispute' THEN
            DELETE FROM planner.disputes d WHERE d.project_id = p_project AND d.id = u.id
            RETURNING d.* INTO proof;
            IF NOT u.gone THEN
                INSERT INTO planner.disputes
                SELECT d.* FROM jsonb_populate_record(NULL::planner.disputes,
                    coalesce(to_jsonb(proof), '{}') || u.patch) d;
            END IF;
        ELSIF NOT u.patch ?| ARRAY['kind', 'parent_id']
              AND (u.patch - 'deleted_at' <> '{}' OR u.evidence IS NOT NULL) THEN -- at least a version
            PERFORM planner.undo_item(p_project, u.id, u.patch, u.after);
        END IF;
    END LOOP;
    PERFORM planner.undo_circle(p_project, plan);
    FOREACH u IN ARRAY coalesce(others, '{}') LOOP
        i := i + 1;
        SELECT NULL::jsonb AS old, NULL::jsonb AS new INTO proof;
        IF u.evidence IS NOT NULL THEN
            SELECT * INTO proof FROM planner.undo_evidence(p_project, u.id, u.evidence, u.at, p_by);
        END IF;
        type := u.type;
        id := u.id;
        action := 'undone';
        new := CASE WHEN u.token IS NULL THEN planner.undo_now(p_project, u.type, u.id, u.patch) END;
        IF new ->> 'status' = 'complete' AND u.type = 'task'
           AND (SELECT t.has_children FROM planner.items t
                WHERE t.project_id = p_project AND t.id = u.id) THEN
            new := new - ARRAY['status', 'completed_at']; -- by its children, not by itself
            was[i] := was[i] - ARRAY['status', 'completed_at'];
        END IF;
        old := nullif(coalesce(planner.undo_side(was[i], new), '{}') || coalesce(proof.old, '{}'), '{}');
        new := nullif(coalesce(planner.undo_side(new, was[i]), '{}') || coalesce(proof.new, '{}'), '{}');
        RETURN NEXT;
    END LOOP;
END
$$;

-- Values of the audit as history tells them: long texts cut, edges by the keys of the items.
CREATE FUNCTION planner.history_values(p_project uuid, p_values jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    p_values := planner.cut_values(p_values - 'children_keys');
    IF p_values ? 'depends_on' THEN
        p_values := p_values || jsonb_build_object('depends_on', coalesce(planner.keys_of(p_project, ARRAY(
            SELECT d::uuid FROM jsonb_array_elements_text(p_values -> 'depends_on') d)), '[]'));
    END IF;
    RETURN p_values;
END
$$;

-- The audit by time. Its ids come in the order in which rows were written, its times say when their
-- transactions began; so a row may be older than the one before it, by what a transaction takes at
-- most. The place found has the row before it not after p_at, and the row at it after p_at.
CREATE FUNCTION planner.audit_search(p_project uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := (SELECT a.id FROM planner.audit a WHERE a.project_id = p_project
                   ORDER BY a.id LIMIT 1);
    high bigint := (SELECT a.id + 1 FROM planner.audit a WHERE a.project_id = p_project
                    ORDER BY a.id DESC LIMIT 1);
    middle record;
BEGIN
    WHILE low < high LOOP
        SELECT a.id, a.at INTO STRICT middle FROM planner.audit a
        WHERE a.project_id = p_project AND a.id >= (low + high) / 2 ORDER BY a.id LIMIT 1;
        IF middle.at > p_at THEN
            high := (low + high) / 2;
        ELSE
            low := middle.id + 1;
        END IF;
    END LOOP;
    RETURN coalesce(low, 0);
END
$$;

-- Every row of a time from p_at on has this id or a larger one; every row before p_at a smaller one
-- than audit_until. No transaction of ours takes five minutes.
CREATE FUNCTION planner.audit_from(p_project uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN p_at = '-infinity' THEN 0
                ELSE planner.audit_search(p_project, p_at - interval '5 minutes') END;
END
$$;
CREATE FUNCTION planner.audit_until(p_project uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN p_at >= now() THEN 9223372036854775807
                ELSE planner.audit_search(p_project, p_at + interval '5 minutes') END;
END
$$;

-- The children that an item had at a time, as planner.past tells what was different.
CREATE FUNCTION planner.past_children(p_project uuid, p_at timestamptz, p_past jsonb, p_parent uuid)
RETURNS TABLE (id uuid, kind text, status text, progress double precision, sort_key text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT c.id, coalesce(c.w ->> 'kind', c.kind), coalesce(c.w ->> 'status', c.status),
           CASE WHEN c.w ? 'n_children'
                THEN planner.progress((c.w ->> 'n_children')::integer, (c.w ->> 'n_open')::integer,
                                      (c.w ->> 'sum')::float8, coalesce(c.w ->> 'status', c.status))
                ELSE planner.progress(r.n_children, r.n_open, r.sum, coalesce(c.w ->> 'status', c.status))
           END, coalesce(c.w ->> 'sort_key', c.sort_key)
    FROM (SELECT x.*, p_past -> x.id::text AS w FROM planner.items x
          WHERE x.project_id = p_project AND x.parent_id = p_parent
          UNION ALL
          SELECT x.*, p_past -> x.id::text FROM jsonb_array_elements_text(p_past -> 'moved' -> p_parent::text) v (id)
          CROSS JOIN LATERAL (SELECT i.* FROM planner.items i WHERE i.project_id = p_project
                                AND i.id = v.id::uuid AND i.parent_id <> p_parent OFFSET 0) x) c
    LEFT JOIN LATERAL (SELECT t.* FROM planner.roll t
                       WHERE t.project_id = c.project_id AND t.id = c.id OFFSET 0) r ON true
    WHERE c.created_at <= p_at AND coalesce((c.w ->> 'parent_id')::uuid, c.parent_id) = p_parent
      AND CASE WHEN c.w ? 'deleted_at' THEN c.w -> 'deleted_at' = 'null' ELSE c.deleted_at IS NULL END
    ORDER BY coalesce(c.w ->> 'sort_key', c.sort_key) COLLATE "C";
END
$$;

-- What was different at a time: by id, the columns of each entity as they were then; for what has or
-- had something changed below it the counters, and the status that follows; and under `moved`, by
-- parent, what has left it since. Everything else is as it is now. The work is that of the rows of the audit since
-- then, and of the children of what they are about.
CREATE FUNCTION planner.past(p_project uuid, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET enable_hashjoin = on SET jit = off AS $$
DECLARE
    past jsonb;
    touched uuid[];
    dirty uuid[];
    depths integer[];
    level integer;
    more jsonb;
BEGIN
    WITH seen AS MATERIALIZED (
        SELECT a.*, min(a.id) FILTER (WHERE a.at > p_at) OVER (PARTITION BY a.entity_id) AS first
        FROM planner.audit a
        WHERE a.project_id = p_project AND a.id >= planner.audit_from(p_project, p_at)
    ), row AS (
        SELECT s.entity_id AS id, s.id AS place,
               planner.audit_side(s.entity_type, s.old_values, s.new_values)
               || CASE WHEN s.action = 'deleted' THEN '{"deleted_at": null}'::jsonb
                       WHEN s.old_values ->> 'kind' = 'step' -- only what is open is promoted
                       THEN '{"status": "open", "completed_at": null}' ELSE '{}' END AS was
        FROM seen s WHERE s.id >= s.first
        UNION ALL
        SELECT k.key::uuid, s.id, jsonb_build_object('sort_key', k.value)
        FROM seen s CROSS JOIN LATERAL jsonb_each(s.old_values -> 'children_keys') k
        WHERE s.id >= s.first AND s.old_values ? 'children_keys'
    )
    SELECT jsonb_object_agg(m.id, m.was), array_agg(m.id) INTO past, touched
    FROM (SELECT r.id, planner.merge(r.was ORDER BY r.place DESC) AS was FROM row r GROUP BY r.id) m;
    IF past IS NULL THEN
        RETURN '{}';
    END IF;
    SELECT past || jsonb_build_object('moved', coalesce(jsonb_object_agg(v.parent, v.ids), '{}'))
    INTO past
    FROM (SELECT e.value ->> 'parent_id' AS parent, jsonb_agg(e.key) AS ids FROM jsonb_each(past) e
          WHERE e.value ->> 'parent_id' IS NOT NULL GROUP BY 1) v;
    WITH RECURSIVE up (id) AS (
        SELECT unnest(touched)
        UNION
        SELECT o.id FROM up CROSS JOIN LATERAL (
            SELECT i.parent_id AS id FROM planner.items i
            WHERE i.project_id = p_project AND i.id = up.id
            UNION ALL
            SELECT (past -> up.id::text ->> 'parent_id')::uuid) o
        WHERE o.id IS NOT NULL
    ), node AS MATERIALIZED (
        SELECT i.id, coalesce((past -> i.id::text ->> 'parent_id')::uuid, i.parent_id) AS parent_id
        FROM up CROSS JOIN LATERAL (
            SELECT x.id, x.parent_id FROM planner.items x
            WHERE x.project_id = p_project AND x.id = up.id AND x.created_at <= p_at OFFSET 0) i
    ), deep (id, depth) AS (
        SELECT n.id, 0 FROM node n WHERE n.parent_id IS NULL
        UNION ALL
        SELECT n.id, d.depth + 1 FROM deep d JOIN node n ON n.parent_id = d.id
    )
    SELECT array_agg(d.id), array_agg(d.depth), max(d.depth) INTO dirty, depths, level FROM deep d;
    WHILE level >= 0 LOOP
        SELECT jsonb_object_agg(n.id, coalesce(past -> n.id::text, '{}') || jsonb_build_object(
                   'n_children', k.n_children, 'n_open', k.n_open, 'sum', k.sum, 'has_children', k.n_children > 0,
                   'status', CASE WHEN k.n_children > 0 AND k.n_open = 0 THEN 'complete'
                                  WHEN k.n_children > 0 THEN 'open'
                                  WHEN past -> n.id::text ? 'status' THEN past -> n.id::text ->> 'status'
                                  WHEN n.has_children THEN 'open' ELSE n.status END))
        INTO more
        FROM (SELECT i.id, i.status, i.has_children FROM unnest(dirty, depths) v (id, depth)
              CROSS JOIN LATERAL (SELECT x.* FROM planner.items x
                                  WHERE x.project_id = p_project AND x.id = v.id OFFSET 0) i
              WHERE v.depth = level -- a step that is a task now has counters of now
                AND (i.kind <> 'step' OR past -> i.id::text ->> 'kind' = 'task')) n
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE c.status <> 'cancelled') AS n_children,
                   count(*) FILTER (WHERE c.status = 'open') AS n_open,
                   coalesce(sum(c.progress) FILTER (WHERE c.status <> 'cancelled'), 0) AS sum
            FROM planner.past_children(p_project, p_at, past, n.id) c) k;
        past := past || coalesce(more, '{}');
        level := level - 1;
    END LOOP;
    RETURN past;
END
$$;

-- An item, its content state and its project as they were; a step without a row is none then.
CREATE FUNCTION planner.past_item(i planner.items, p_past jsonb) RETURNS planner.items
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN p_past ? i.id::text THEN jsonb_populate_record(i, p_past -> i.id::text) ELSE i END;
END
$$;
CREATE FUNCTION planner.past_step(p_project uuid, p_id uuid, p_past jsonb) RETURNS planner.steps
LANGUAGE plpgsql STABLE AS $$
DECLARE
    s planner.steps;
    w jsonb := p_past -> p_id::text;
BEGIN
    SELECT * INTO s FROM planner.steps x WHERE x.project_id = p_project AND x.id = p_id;
    IF w IS NOT NULL THEN
        s := jsonb_populate_record(s, w - 'status' || CASE WHEN w ? 'content_status'
            THEN jsonb_build_object('status', w -> 'content_status') ELSE '{}' END);
    END IF;
    RETURN s;
END
$$;
CREATE FUNCTION planner.past_project(p_project uuid, p_past jsonb) RETURNS planner.projects
LANGUAGE plpgsql STABLE AS $$
DECLARE
    p planner.projects;
    w jsonb := p_past -> p_project::text;
BEGIN
    SELECT * INTO STRICT p FROM planner.projects x WHERE x.id = p_project;
    IF w IS NOT NULL THEN
        p := jsonb_populate_record(p, w - 'status' || CASE WHEN w ? 'project_status'
            THEN jsonb_build_object('status', w -> 'project_status') ELSE '{}' END);
    END IF;
    RETURN p;
END
$$;

-- Was it there: made before, and neither it nor what was above it deleted?
CREATE FUNCTION planner.past_exists(p_project uuid, p_item uuid, p_at timestamptz, p_past jsonb)
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

-- The counters of an item, as they were.
CREATE FUNCTION planner.past_roll(p_project uuid, p_id uuid, p_past jsonb) RETURNS planner.roll
LANGUAGE plpgsql STABLE AS $$
DECLARE
    r planner.roll;
BEGIN
    SELECT * INTO r FROM planner.roll x WHERE x.project_id = p_project AND x.id = p_id;
    IF p_past -> p_id::text ? 'n_children' THEN
        r := jsonb_populate_record(r, p_past -> p_id::text);
    END IF;
    RETURN r;
END
$$;

-- The claim that there was on an item, as facts in the form of wait_of; NULL: none. Renewals leave
-- no row, so a lease is known to have lasted as long as any row says, and until its holder ended it.
CREATE FUNCTION planner.past_claim(p_project uuid, p_item uuid, p_at timestamptz) RETURNS jsonb
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

-- wait_on at a time: i is the item as it was.
CREATE FUNCTION planner.past_on(i planner.items, p_slug text, p_at timestamptz, p_past jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    r planner.roll;
    s planner.steps;
BEGIN
    IF i.kind = 'step' THEN
        s := planner.past_step(i.project_id, i.id, p_past);
    ELSIF i.has_children THEN
        r := planner.past_roll(i.project_id, i.id, p_past);
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('key', p_slug || '-' || i.number,
        'disputed', CASE WHEN s.status = 'disputed' THEN true END,
        'progress', CASE WHEN i.has_children
                         THEN planner.shown(r.n_children, r.n_open, r.sum, i.status) END)
        || CASE WHEN i.has_children THEN '{}'
                ELSE coalesce(planner.past_claim(i.project_id, i.id, p_at) - 'why', '{}') END);
END
$$;

-- What held an item back by itself: dependencies, or p_first, the sibling before it that was open
-- under a sequential parent. NULL: neither.
CREATE FUNCTION planner.past_held(i planner.items, p_first uuid, p_at timestamptz, p_past jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    w jsonb := p_past -> i.id::text;
    slug text;
    held jsonb;
BEGIN
    SELECT p.slug INTO STRICT slug FROM planner.projects p WHERE p.id = i.project_id;
    SELECT jsonb_strip_nulls(jsonb_build_object('why', 'blocked',
               'on', jsonb_agg(planner.past_on(b.item, slug, p_at, p_past) ORDER BY b.place)
                     FILTER (WHERE b.place <= 5),
               'more', nullif(greatest(count(*) - 5, 0), 0)))
    INTO held
    FROM (SELECT q.item, row_number() OVER (ORDER BY (q.item).number) AS place
          FROM (SELECT d.blocked_by AS id FROM planner.deps d
                WHERE d.project_id = i.project_id AND d.item_id = i.id
                  AND w -> ('dep:' || d.blocked_by) IS DISTINCT FROM 'false'
                UNION
                SELECT substr(e.key, 5)::uuid FROM jsonb_each(w) e
                WHERE starts_with(e.key, 'dep:') AND e.value = 'true') d
          CROSS JOIN LATERAL (SELECT planner.past_item(x, p_past) AS item FROM planner.items x
                              WHERE x.project_id = i.project_id AND x.id = d.id OFFSET 0) q
          WHERE (q.item).status = 'open' AND (q.item).deleted_at IS NULL) b
    HAVING count(*) > 0;
    IF held IS NULL AND p_first IS NOT NULL THEN
        SELECT jsonb_build_object('why', 'sequence', 'on', jsonb_build_array(planner.past_on(
                   planner.past_item(x, p_past), slug, p_at, p_past)))
        INTO held FROM planner.items x WHERE x.project_id = i.project_id AND x.id = p_first;
    END IF;
    RETURN held;
END
$$;

-- The same of an item or whatever is above it, with the ancestor `of` as in wait_of.
CREATE FUNCTION planner.past_hold(i planner.items, p_at timestamptz, p_past jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    up planner.items;
    earlier uuid;
    held jsonb;
    above text;
BEGIN
    WHILE i.parent_id IS NOT NULL LOOP
        SELECT * INTO STRICT up FROM planner.items x
        WHERE x.project_id = i.project_id AND x.id = i.parent_id;
        up := planner.past_item(up, p_past);
        earlier := NULL;
        IF up.sequential THEN
            SELECT k.id INTO earlier
            FROM planner.past_children(i.project_id, p_at, p_past, up.id) k
            WHERE k.status = 'open' AND k.sort_key COLLATE "C" < i.sort_key
            ORDER BY k.sort_key COLLATE "C" LIMIT 1;
        END IF;
        held := planner.past_held(i, earlier, p_at, p_past);
        IF held IS NOT NULL THEN
            RETURN jsonb_strip_nulls(held || jsonb_build_object('of', above));
        END IF;
        i := up;
        above := (SELECT p.slug FROM planner.projects p WHERE p.id = i.project_id) || '-' || i.number;
    END LOOP;
    RETURN NULL;
END
$$;

-- What an open item waited for (planner.wait_of): p_held is what held it or something above it back.
CREATE FUNCTION planner.past_wait(i planner.items, p_held jsonb, p_at timestamptz, p_past jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    s planner.steps;
    claim jsonb;
BEGIN
    IF i.status <> 'open' OR i.kind = 'project' THEN
        RETURN NULL;
    ELSIF i.has_children THEN
        RETURN p_held;
    ELSIF i.kind = 'step' THEN
        s := planner.past_step(i.project_id, i.id, p_past);
        IF s.status = 'disputed' THEN
            RETURN '{"why": "disputed"}';
        END IF;
    END IF;
    claim := planner.past_claim(i.project_id, i.id, p_at);
    IF coalesce(claim, p_held) IS NOT NULL THEN
        RETURN coalesce(claim, p_held);
    ELSIF i.kind = 'step' AND s.final_number IS NULL
          AND (planner.past_project(i.project_id, p_past)).require_review THEN
        RETURN jsonb_build_object('why', 'content', 'action',
            CASE s.status WHEN 'client_review' THEN 'review_step' ELSE 'submit_step' END);
    END IF;
    RETURN NULL;
END
$$;

-- outline_below at a time, with what each waited for; p_held is what held the parent back.
CREATE FUNCTION planner.past_below(p_project uuid, p_at timestamptz, p_past jsonb, p_parent uuid,
                                   p_levels integer, p_complete boolean, p_limit integer,
                                   p_after text[], p_held jsonb)
RETURNS TABLE (id uuid, place text[], wait jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    n integer := 0;
    got integer;
    deeper text[];
    parent planner.items;
    child planner.items;
    slug text;
    earlier uuid; -- the first open child, once it is passed
    before uuid;
    held jsonb;
    above jsonb;
BEGIN
    SELECT * INTO STRICT parent FROM planner.items x
    WHERE x.project_id = p_project AND x.id = p_parent;
    parent := planner.past_item(parent, p_past);
    SELECT p.slug INTO STRICT slug FROM planner.projects p WHERE p.id = p_project;
    FOR c IN
        SELECT k.id, k.sort_key, k.kind, k.status
        FROM planner.past_children(p_project, p_at, p_past, p_parent) k
    LOOP
        before := earlier;
        IF parent.sequential AND c.status = 'open' THEN
            earlier := coalesce(earlier, c.id);
        END IF;
        CONTINUE WHEN c.sort_key COLLATE "C" < p_after[1] OR NOT (p_complete OR c.status = 'open');
        SELECT * INTO STRICT child FROM planner.items x
        WHERE x.project_id = p_project AND x.id = c.id;
        child := planner.past_item(child, p_past);
        held := NULL;
        above := NULL;
        IF c.status = 'open' THEN
            held := coalesce(planner.past_held(child, before, p_at, p_past), p_held);
            above := jsonb_build_object('of', slug || '-' || child.number) || held;
        END IF;
        deeper := NULL;
        IF p_after IS NOT NULL AND c.sort_key = p_after[1] THEN
            deeper := p_after[2:];
        ELSE
            id := c.id;
            place := ARRAY[c.sort_key];
            wait := planner.past_wait(child, held, p_at, p_past);
            RETURN NEXT;
            n := n + 1;
        END IF;
        IF c.kind = 'task' AND p_levels > 1 AND n < p_limit THEN
            RETURN QUERY SELECT b.id, c.sort_key || b.place, b.wait FROM planner.past_below(
                p_project, p_at, p_past, c.id, p_levels - 1, p_complete, p_limit - n,
                CASE WHEN cardinality(deeper) > 0 THEN deeper END, above) b;
            GET DIAGNOSTICS got = ROW_COUNT;
            n := n + got;
        END IF;
        EXIT WHEN n >= p_limit;
    END LOOP;
END
$$;

-- The disputes of a step (or of all), as they were.
CREATE FUNCTION planner.past_disputes(p_project uuid, p_step uuid, p_at timestamptz, p_past jsonb)
RETURNS SETOF planner.disputes LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT (jsonb_populate_record(v.d, coalesce(p_past -> (v.d).id::text, '{}'))).*
    FROM (SELECT x AS d FROM planner.disputes x WHERE x.project_id = p_project AND x.step_id = p_step
          UNION ALL
          SELECT x FROM planner.disputes x WHERE x.project_id = p_project AND p_step IS NULL) v
    WHERE (v.d).created_at <= p_at
      AND (NOT coalesce(p_past -> (v.d).id::text ? 'step_id', false)
           OR p_past -> (v.d).id::text -> 'step_id' <> 'null');
    RETURN QUERY -- opened before, and undone since
    SELECT (jsonb_populate_record(NULL::planner.disputes, e.value)).*
    FROM jsonb_each(p_past) e
    WHERE e.value ? 'review_number' AND e.value ->> 'step_id' IS NOT NULL
      AND (p_step IS NULL OR e.value ->> 'step_id' = p_step::text)
      AND (e.value ->> 'created_at')::timestamptz <= p_at
      AND NOT EXISTS (SELECT FROM planner.disputes x
                      WHERE x.project_id = p_project AND x.id = e.key::uuid);
END
$$;
