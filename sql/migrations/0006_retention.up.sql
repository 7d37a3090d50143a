-- Retention: where the past of a project was cut off, what went with it and which archive has it.
-- oldest program: 0.1.0
-- depends on: 0001 0003 0005
-- phase: expand
-- locks: reads and writes of iterations and writes of projects, until it is done; no row is looked at, well below a second
-- lock timeout: 10s
-- statement timeout: 10min
--
-- A cut is planned, archived, and only then made: from the moment when it is `going` everything it covers
-- counts as gone, whether its rows have been removed yet or not. So what reads the past looks at
-- one row here, rows can be removed in batches of any size, and a removal that was interrupted goes on.

-- No foreign key to projects: the cut of a whole project outlives it.
--   audit       rows of the audit below audit_id, and so all changes up to `change`
--   iterations  the texts of drafts and reviews that were replaced before `until`
--   deleted     items that were deleted before `until`, with all that is below them
--   project     an archived project, whole
CREATE TABLE planner.cuts (
    project_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'planned',
    until timestamptz NOT NULL, -- the past is whole from here on
    audit_id bigint,
    change bigint,
    archived bigint NOT NULL DEFAULT 0, -- rows in the archive
    purged bigint NOT NULL DEFAULT 0, -- rows that were removed, or lost their texts
    archive text, -- the name of the file, without its directory
    sha256 text,
    made_by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    -- How far the removal is: by id and, deepest first, by depth and id. While it is only planned, the
    -- server's process that did so.
    place bigint NOT NULL DEFAULT 0,
    place_depth smallint,
    place_id uuid,
    PRIMARY KEY (project_id, id),
    CONSTRAINT cuts_kind_known CHECK (kind IN ('audit', 'iterations', 'deleted', 'project')),
    CONSTRAINT cuts_state_known CHECK (state IN ('planned', 'going', 'done', 'restored')),
    CONSTRAINT cuts_archive_first CHECK (state = 'planned' OR (archive IS NOT NULL AND sha256 IS NOT NULL)),
    CONSTRAINT cuts_audit_has_place CHECK (kind <> 'audit' OR (audit_id IS NOT NULL AND change IS NOT NULL))
);

-- Items that a cut takes along, the list that the archive and the removal go by, and what is left of
-- them to tell: of a dispute its id and the number of its step.
CREATE TABLE planner.purged (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    cut bigint NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,
    depth smallint NOT NULL,
    title text NOT NULL,
    top uuid NOT NULL, -- what was deleted
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, cut) REFERENCES planner.cuts (project_id, id) ON DELETE CASCADE
);
CREATE INDEX purged_of_cut ON planner.purged (project_id, cut, depth, id);
CREATE INDEX purged_by_number ON planner.purged (project_id, number);

-- Of an iteration without its texts: the cut that took them away. Who, when and what it was stays.
ALTER TABLE planner.iterations ADD COLUMN cut bigint;

-- The cuts that count, and what is gone by them.
CREATE VIEW planner.cuts_made AS
    SELECT * FROM planner.cuts WHERE state IN ('going', 'done');
CREATE VIEW planner.gone AS
    SELECT g.*, c.archive, c.at AS archived_at
    FROM planner.purged g JOIN planner.cuts c ON c.project_id = g.project_id AND c.id = g.cut
    WHERE c.state IN ('going', 'done');

-- A cut as a sentence needs it; of none: NULL.
CREATE FUNCTION planner.cut_told(c planner.cuts_made) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN c.id IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object('kind', c.kind, 'slug', c.slug, 'change', c.change,
        'until', floor(extract(epoch FROM c.until) * 1000),
        'at', floor(extract(epoch FROM c.at) * 1000), 'archive', c.archive)) END
$$;

-- The first row of a project's audit that counts.
CREATE FUNCTION planner.audit_begins(p_project uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT max(c.audit_id) FROM planner.cuts_made c
                     WHERE c.project_id = p_project AND c.kind = 'audit'), 0);
END
$$;

-- What took away the past of a project at a time, if anything did.
CREATE FUNCTION planner.past_cut(p_project uuid, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT planner.cut_told(c) FROM planner.cuts_made c
            WHERE c.project_id = p_project AND c.until > p_at ORDER BY c.until DESC, c.id DESC LIMIT 1);
END
$$;

-- Why a change can no longer be taken back: its rows were archived, or something that it would bring
-- back or go back to was. NULL: nothing of it was. A change that is nowhere may be one of those that
-- were archived: numbers say nothing of the project.
CREATE FUNCTION planner.undo_cut(p_change bigint) RETURNS jsonb LANGUAGE plpgsql STABLE
SET enable_hashjoin = on AS $$
DECLARE
    root_change bigint := planner.undo_root(p_change);
    target bigint := coalesce((SELECT u.change FROM planner.undos u WHERE u.root = root_change
                               ORDER BY u.change DESC LIMIT 1), root_change);
    project uuid := (SELECT a.project_id FROM planner.audit a WHERE a.change = p_change LIMIT 1);
    plan planner.undo_row[];
    c planner.cuts_made;
BEGIN
    IF NOT EXISTS (SELECT FROM planner.cuts_made) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO c FROM planner.cuts_made x
    WHERE x.change >= least(p_change, root_change) AND x.project_id = coalesce(project, x.project_id)
    ORDER BY x.change LIMIT 1;
    IF FOUND OR project IS NULL THEN
        RETURN planner.cut_told(c);
    END IF;
    plan := ARRAY(SELECT u FROM planner.undo_plan(project, target) u);
    SELECT x.* INTO c FROM planner.cuts_made x JOIN planner.purged g
        ON g.project_id = project AND g.cut = x.id
    WHERE x.project_id = project AND g.id IN (
        SELECT u.id FROM unnest(plan) u
        UNION ALL
        SELECT (u.patch ->> 'parent_id')::uuid FROM unnest(plan) u
        UNION ALL
        SELECT substr(e.key, 5)::uuid FROM unnest(plan) u, jsonb_each(u.patch) e
        WHERE starts_with(e.key, 'dep:') AND e.value = 'true'
        UNION ALL
        SELECT a.entity_id FROM planner.audit a WHERE a.change = target AND a.project_id = project)
    LIMIT 1;
    IF FOUND THEN
        RETURN planner.cut_told(c);
    END IF;
    SELECT x.* INTO c FROM unnest(plan) u CROSS JOIN LATERAL (
        SELECT t.cut FROM jsonb_each(u.patch) e JOIN planner.iterations t
            ON t.project_id = project AND t.step_id = CASE u.type WHEN 'dispute'
                THEN planner.dispute_step(project, u.id) ELSE u.id END
               AND t.number = (e.value #>> '{}')::integer
        WHERE e.key LIKE '%_number' AND e.key <> 'last_number' AND e.value <> 'null'
          AND t.cut IS NOT NULL OFFSET 0) t
    JOIN planner.cuts_made x ON x.project_id = project AND x.id = t.cut LIMIT 1;
    RETURN planner.cut_told(c);
END
$$;

-- Only what purges may change what else only grows. Any SQL can make the setting: it keeps honest
-- hands from doing by mistake what planner.purge does on purpose.
CREATE OR REPLACE FUNCTION planner.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'TRUNCATE' AND current_setting('planner.purging', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The step of a dispute, also of one whose opening was undone, or that went with its step.
CREATE OR REPLACE FUNCTION planner.dispute_step(p_project uuid, p_dispute uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT d.step_id FROM planner.disputes d
                     WHERE d.project_id = p_project AND d.id = p_dispute),
                    (SELECT coalesce(a.new_values ->> 'step_id', a.old_values ->> 'step_id')::uuid
                     FROM planner.audit a
                     WHERE a.project_id = p_project AND a.entity_id = p_dispute
                       AND (a.new_values ? 'step_id' OR a.old_values ? 'step_id')
                     ORDER BY a.id LIMIT 1));
END
$$;

-- Was it there: made before, and neither it nor what was above it deleted? What was purged was not.
CREATE OR REPLACE FUNCTION planner.past_exists(p_project uuid, p_item uuid, p_at timestamptz,
                                               p_past jsonb)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    i planner.items;
BEGIN
    WHILE p_item IS NOT NULL LOOP
        SELECT * INTO i FROM planner.items x WHERE x.project_id = p_project AND x.id = p_item;
        IF NOT FOUND OR i.created_at > p_at THEN
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

-- The claim that there was on an item, as facts in the form of wait_of; NULL: none. Renewals leave
-- no row, so a lease is known to have lasted as long as any row says, and until its holder ended it.
-- Of one that was taken before the audit begins the claim itself tells, while it is there.
CREATE OR REPLACE FUNCTION planner.past_claim(p_project uuid, p_item uuid, p_at timestamptz)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    begins bigint := planner.audit_begins(p_project);
    taken planner.audit;
    ended planner.audit;
    agent text;
    until timestamptz;
BEGIN
    SELECT * INTO taken FROM planner.audit a
    WHERE a.project_id = p_project AND a.entity_id = p_item AND a.at <= p_at AND a.id >= begins
      AND (a.action IN ('claimed', 'released', 'completed', 'cancelled', 'promoted', 'deleted')
           OR a.action = 'undone' AND a.old_values ? 'token')
    ORDER BY a.id DESC LIMIT 1;
    IF NOT FOUND AND begins > 0 THEN
        SELECT c.agent, c.expires_at INTO agent, until FROM planner.claims c
        WHERE c.project_id = p_project AND c.item_id = p_item AND c.claimed_at <= p_at
          AND c.expires_at > p_at;
        RETURN CASE WHEN FOUND THEN jsonb_build_object('why', 'claimed', 'agent', agent,
                                                       'until', floor(extract(epoch FROM until) * 1000)) END;
    ELSIF NOT FOUND OR taken.action <> 'claimed' THEN
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

-- Where the audit of a project can be cut for what is older than a time: no row before the place is
-- younger, and no change has rows on both sides, nor a smaller number behind it. audit_id is null when
-- nothing is that old. Rows come within five minutes of the order of their times (audit_search).
CREATE FUNCTION planner.audit_boundary(p_project uuid, p_before timestamptz, OUT audit_id bigint,
                                       OUT change bigint, OUT until timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := planner.audit_search(p_project, p_before - interval '15 minutes');
    high bigint := planner.audit_search(p_project, p_before + interval '15 minutes');
    begins bigint := planner.audit_begins(p_project);
    moved bigint;
BEGIN
    audit_id := coalesce(
        (SELECT a.id FROM planner.audit a WHERE a.project_id = p_project AND a.id >= low
            AND a.at >= p_before ORDER BY a.id LIMIT 1),
        (SELECT a.id + 1 FROM planner.audit a WHERE a.project_id = p_project
         ORDER BY a.id DESC LIMIT 1));
    LOOP
        SELECT min(a.id) INTO moved FROM planner.audit a
        WHERE a.project_id = p_project AND a.id >= low AND a.id < audit_id AND a.change >= (
            SELECT min(b.change) FROM planner.audit b
            WHERE b.project_id = p_project AND b.id >= audit_id AND b.id < high);
        EXIT WHEN moved IS NULL;
        audit_id := moved;
    END LOOP;
    SELECT a.id INTO moved FROM planner.audit a
    WHERE a.project_id = p_project AND a.id >= begins AND a.id < audit_id ORDER BY a.id LIMIT 1;
    IF moved IS NULL THEN
        audit_id := NULL;
        RETURN;
    END IF;
    SELECT max(a.change), max(a.at) INTO change, until FROM (
        SELECT x.change, x.at FROM planner.audit x
        WHERE x.project_id = p_project AND x.id >= least(low, audit_id - 1000) AND x.id < audit_id
        UNION ALL -- there may be a long pause before the place
        SELECT * FROM (SELECT x.change, x.at FROM planner.audit x
                       WHERE x.project_id = p_project AND x.id < audit_id
                       ORDER BY x.id DESC LIMIT 1000) last) a;
END
$$;

-- Does one side of an audit row say that an iteration was current?
CREATE FUNCTION planner.names_iteration(p_values jsonb, p_number integer) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(to_jsonb(p_number) IN (
        p_values -> 'turn_number', p_values -> 'server_number', p_values -> 'client_number',
        p_values -> 'final_number', p_values -> 'server_assessment_number',
        p_values -> 'client_assessment_number'), false)
$$;

-- The next p_bound iterations of a project in the order of their key, and whether their texts may go:
-- older than p_until and current at no time since, neither for the step, nor for a dispute.
CREATE FUNCTION planner.iterations_walk(p_project uuid, p_until timestamptz, p_step uuid,
                                        p_number bigint, p_bound integer)
RETURNS TABLE (step_id uuid, number integer, goes boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT t.step_id, t.number, CASE WHEN t.cut IS NOT NULL OR t.at >= p_until OR t.empty THEN false
        ELSE NOT EXISTS (SELECT FROM planner.steps s
                         WHERE s.project_id = p_project AND s.id = t.step_id AND t.number IN (
                             s.turn_number, s.server_number, s.client_number, s.final_number,
                             s.server_assessment_number, s.client_assessment_number))
             AND NOT EXISTS (SELECT FROM planner.disputes d
                             WHERE d.project_id = p_project AND d.step_id = t.step_id
                               AND (d.status = 'pending' OR t.number IN (d.server_number, d.client_number,
                                    d.review_number, d.resolved_number)))
             AND NOT EXISTS (SELECT FROM planner.audit a
                             WHERE a.project_id = p_project AND a.entity_id = t.step_id
                               AND a.at >= p_until
                               AND (planner.names_iteration(a.old_values, t.number)
                                    OR planner.names_iteration(a.new_values, t.number))) END
    FROM (SELECT x.step_id, x.number, x.at, x.cut,
                 coalesce(x.content, '') = '' AND x.feedback IS NULL AND x.reasoning IS NULL
                 AND x.assessment IS NULL AND x.analysis IS NULL AS empty
          FROM planner.iterations x
          WHERE x.project_id = p_project
            AND (x.step_id, x.number) > (p_step, p_number::integer)
          ORDER BY x.step_id, x.number LIMIT p_bound) t
    ORDER BY t.step_id, t.number;
END
$$;

-- All that is below what was deleted before a time, that itself on top.
CREATE FUNCTION planner.deleted_before(p_project uuid, p_before timestamptz)
RETURNS TABLE (id uuid, kind text, number integer, depth smallint, title text, top uuid,
               deleted_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE down AS (
        SELECT i.id, i.kind, i.number, i.depth, i.title, i.id AS top, i.deleted_at
        FROM planner.items i
        WHERE i.project_id = p_project AND i.deleted_at < p_before
        UNION ALL
        SELECT c.id, c.kind, c.number, c.depth, c.title, d.top, d.deleted_at
        FROM down d CROSS JOIN LATERAL (
            SELECT x.* FROM planner.items x
            WHERE x.project_id = p_project AND x.parent_id = d.id OFFSET 0) c
    )
    SELECT DISTINCT ON (d.id) d.* FROM down d ORDER BY d.id, d.deleted_at DESC;
END
$$;

-- Plan a cut: its row, and the list of the items that go. NULL: there is nothing to cut.
CREATE FUNCTION planner.cut_plan(p_project uuid, p_kind text, p_before timestamptz, p_by text)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    place bigint;
    last bigint;
    known timestamptz := p_before;
    planned bigint;
BEGIN
    IF p_kind = 'audit' THEN
        SELECT b.audit_id, b.change, b.until INTO place, last, known
        FROM planner.audit_boundary(p_project, p_before) b;
        IF place IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO planner.cuts (project_id, slug, name, kind, until, audit_id, change, made_by, place)
    SELECT p.id, p.slug, i.title, p_kind, known,
           CASE p_kind WHEN 'audit' THEN place
                       WHEN 'iterations' THEN planner.audit_begins(p_project) END,
           CASE WHEN p_kind = 'audit' THEN last
                WHEN p_kind = 'project' THEN coalesce((
                    SELECT a.change FROM planner.audit a WHERE a.project_id = p_project
                    ORDER BY a.id DESC LIMIT 1), 0) END, p_by, pg_backend_pid()
    FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
    WHERE p.id = p_project
      AND (p_kind <> 'project' OR (p.status = 'archived' AND i.updated_at < p_before))
    RETURNING id INTO planned;
    IF p_kind = 'deleted' THEN
        INSERT INTO planner.purged (project_id, id, cut, kind, number, depth, title, top, deleted_at)
        SELECT p_project, d.id, planned, d.kind, d.number, d.depth, d.title, d.top, d.deleted_at
        FROM planner.deleted_before(p_project, p_before) d ON CONFLICT DO NOTHING;
        UPDATE planner.cuts c SET until = w.until
        FROM (SELECT max(g.deleted_at) AS until FROM planner.purged g
              WHERE g.project_id = p_project AND g.cut = planned) w
        WHERE c.project_id = p_project AND c.id = planned AND w.until IS NOT NULL;
        IF NOT EXISTS (SELECT FROM planner.purged g
                       WHERE g.project_id = p_project AND g.cut = planned) THEN
            DELETE FROM planner.cuts c WHERE c.project_id = p_project AND c.id = planned;
            RETURN NULL;
        END IF;
    ELSIF p_kind = 'project' THEN
        INSERT INTO planner.purged AS g (project_id, id, cut, kind, number, depth, title, top, deleted_at)
        SELECT p_project, i.id, planned, i.kind, i.number, i.depth, i.title, p_project, now()
        FROM planner.items i WHERE i.project_id = p_project AND planned IS NOT NULL
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN planned;
END
$$;

-- What was planned, by a run that has ended or seems to, and never archived is forgotten: nothing depends
-- on it. False: another run is at work.
CREATE FUNCTION planner.cuts_forget() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    DELETE FROM planner.cuts c WHERE c.state = 'planned' AND (c.place = pg_backend_pid()
        OR c.at < now() - interval '6 hours' OR NOT EXISTS (
            SELECT FROM pg_stat_activity s WHERE s.pid = c.place AND s.backend_start <= c.at));
    RETURN NOT EXISTS (SELECT FROM planner.cuts c WHERE c.state = 'planned');
END
$$;

-- One row as a line of an archive; a task with its counters, which its children refer to.
CREATE FUNCTION planner.archive_line(p_part text, p_row jsonb, p_roll jsonb DEFAULT NULL)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (jsonb_build_object('part', p_part, 'row', p_row) || CASE
        WHEN p_roll IS NULL THEN '{}' ELSE jsonb_build_object('roll', p_roll) END)::text || E'\n'
$$;

-- A piece of what a cut takes along, as lines of its archive, in the order in which they can be put
-- back: behind the key (p_id, p_n), at most p_rows rows and little more than p_bytes. `more` is false
-- when this was the end.
CREATE FUNCTION planner.archive_page(p_project uuid, p_cut bigint, p_part text, p_id uuid, p_n bigint,
                                     p_rows integer, p_bytes integer)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    c planner.cuts := (SELECT x FROM planner.cuts x WHERE x.project_id = p_project AND x.id = p_cut);
    r record;
    lines text[] := '{}';
    size bigint := 0;
    looked integer := 0;
BEGIN
    IF c.id IS NULL THEN
        RAISE EXCEPTION 'the cut is planned no longer' USING ERRCODE = 'serialization_failure';
    END IF;
    FOR r IN
        SELECT a.id AS n, p_id AS id, to_jsonb(a) AS line FROM planner.audit a
        WHERE p_part = 'audit' AND a.project_id = p_project AND a.id > p_n
          AND a.id >= planner.audit_begins(p_project)
          AND a.id < coalesce(c.audit_id, 9223372036854775807)
        ORDER BY 1 LIMIT CASE WHEN p_part = 'audit' THEN p_rows ELSE 0 END
    LOOP
        lines := lines || planner.archive_line('audit', r.line);
        size := size + length(lines[cardinality(lines)]);
        p_n := r.n;
        looked := looked + 1;
        EXIT WHEN size > p_bytes;
    END LOOP;
    IF p_part = 'iterations' AND c.kind = 'iterations' THEN
        FOR r IN
            SELECT w.*, CASE WHEN w.goes THEN (
                       SELECT to_jsonb(t) FROM planner.iterations t
                       WHERE t.project_id = p_project AND t.step_id = w.step_id
                         AND t.number = w.number) END AS line
            FROM planner.iterations_walk(p_project, c.until, p_id, p_n, p_rows) w
        LOOP
            IF r.goes THEN
                lines := lines || planner.archive_line('iterations', r.line - 'cut');
                size := size + length(lines[cardinality(lines)]);
            END IF;
            p_id := r.step_id;
            p_n := r.number;
            looked := looked + 1;
            EXIT WHEN size > p_bytes;
        END LOOP;
    ELSIF p_part = 'items' THEN
        FOR r IN
            SELECT g.depth AS n, g.id, to_jsonb(i) - ARRAY['avail', 'turn'] AS line, (
                       SELECT to_jsonb(x) FROM planner.roll x
                       WHERE x.project_id = p_project AND x.id = g.id) AS roll
            FROM planner.purged g CROSS JOIN LATERAL (
                SELECT x.* FROM planner.items x
                WHERE x.project_id = p_project AND x.id = g.id OFFSET 0) i
            WHERE g.project_id = p_project AND g.cut = p_cut AND (g.depth, g.id) > (p_n::smallint, p_id)
            ORDER BY g.depth, g.id LIMIT p_rows
        LOOP
            lines := lines || planner.archive_line('items', r.line, r.roll);
            size := size + length(lines[cardinality(lines)]);
            p_n := r.n;
            p_id := r.id;
            looked := looked + 1;
            EXIT WHEN size > p_bytes;
        END LOOP;
    ELSIF p_part IN ('project', 'counters', 'cuts', 'purged', 'undos') THEN
        FOR r IN -- few, or narrow
            SELECT row_number() OVER (ORDER BY x.n) AS n, p_id AS id, x.line FROM (
                SELECT 0::bigint AS n, to_jsonb(p) AS line FROM planner.projects p
                WHERE p_part = 'project' AND p.id = p_project
                UNION ALL
                SELECT 0, to_jsonb(k) FROM planner.counters k
                WHERE p_part = 'counters' AND k.project_id = p_project
                UNION ALL
                SELECT k.id, to_jsonb(k) FROM planner.cuts k
                WHERE p_part = 'cuts' AND k.project_id = p_project AND k.state <> 'planned'
                UNION ALL
                SELECT g.number, to_jsonb(g) FROM planner.gone g
                WHERE p_part = 'purged' AND g.project_id = p_project AND g.cut <> p_cut
                UNION ALL
                SELECT u.change, to_jsonb(u) FROM planner.undos u
                WHERE p_part = 'undos' AND u.project_id = p_project) x
            ORDER BY 1 OFFSET p_n LIMIT p_rows
        LOOP
            lines := lines || planner.archive_line(p_part, r.line);
            p_n := r.n;
            looked := looked + 1;
        END LOOP;
    ELSIF p_part <> 'audit' THEN
        FOR r IN
            SELECT g.id, d.n, d.line
            FROM (SELECT x.id FROM planner.purged x
                  WHERE x.project_id = p_project AND x.cut = p_cut AND x.kind <> 'dispute'
                    AND x.id >= p_id ORDER BY x.id) g
            CROSS JOIN LATERAL (
                SELECT t.number AS n, to_jsonb(t) AS line FROM planner.iterations t
                WHERE p_part = 'iterations' AND t.project_id = p_project AND t.step_id = g.id
                UNION ALL
                SELECT 1, to_jsonb(s) FROM planner.steps s
                WHERE p_part = 'steps' AND s.project_id = p_project AND s.id = g.id
                UNION ALL
                SELECT row_number() OVER (ORDER BY x.id), to_jsonb(x) FROM planner.disputes x
                WHERE p_part = 'disputes' AND x.project_id = p_project AND x.step_id = g.id
                UNION ALL
                SELECT e.id, to_jsonb(e) FROM planner.evidence e
                WHERE p_part = 'evidence' AND e.project_id = p_project AND e.item_id = g.id
                UNION ALL
                SELECT row_number() OVER (ORDER BY x.program, x.source_id), to_jsonb(x)
                FROM planner.origins x
                WHERE p_part = 'origins' AND x.project_id = p_project AND x.item_id = g.id
                UNION ALL
                SELECT row_number() OVER (ORDER BY x.item_id, x.blocked_by), to_jsonb(x) FROM (
                    SELECT y.* FROM planner.deps y
                    WHERE y.project_id = p_project AND y.item_id = g.id
                    UNION ALL
                    SELECT y.* FROM planner.deps y
                    WHERE y.project_id = p_project AND y.blocked_by = g.id AND NOT EXISTS (
                        SELECT FROM planner.purged o WHERE o.project_id = p_project
                          AND o.id = y.item_id AND o.cut = p_cut)) x
                WHERE p_part = 'deps') d
            WHERE (g.id, d.n) > (p_id, p_n)
            ORDER BY g.id, d.n LIMIT p_rows
        LOOP
            lines := lines || planner.archive_line(p_part, r.line);
            size := size + length(lines[cardinality(lines)]);
            p_id := r.id;
            p_n := r.n;
            looked := looked + 1;
            EXIT WHEN size > p_bytes;
        END LOOP;
    END IF;
    RETURN jsonb_build_object('rows', cardinality(lines), 'id', p_id, 'n', p_n,
        'more', looked > 0, 'lines', array_to_string(lines, ''));
END
$$;

-- The archive is whole and on disk: from now on the cut counts. What came back since it was planned
-- stays. False: nothing of it is left to go.
CREATE FUNCTION planner.cut_begin(p_project uuid, p_cut bigint, p_archive text, p_sha256 text,
                                  p_rows bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c planner.cuts;
    stays boolean;
BEGIN
    PERFORM planner.lock_topology(p_project, EXISTS (
        SELECT FROM planner.cuts x
        WHERE x.project_id = p_project AND x.id = p_cut AND x.kind = 'project'));
    SELECT * INTO c FROM planner.cuts x
    WHERE x.project_id = p_project AND x.id = p_cut AND x.state = 'planned' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF c.kind = 'deleted' THEN
        DELETE FROM planner.purged g WHERE g.project_id = p_project AND g.cut = p_cut
          AND (SELECT t.deleted_at FROM planner.items t
               WHERE t.project_id = p_project AND t.id = g.top) IS DISTINCT FROM g.deleted_at;
        stays := NOT EXISTS (SELECT FROM planner.purged g
                             WHERE g.project_id = p_project AND g.cut = p_cut);
    ELSIF c.kind = 'project' THEN
        stays := NOT EXISTS (
            SELECT FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
            WHERE p.id = p_project AND p.status = 'archived' AND i.updated_at < c.until);
    END IF;
    IF stays THEN
        DELETE FROM planner.cuts x WHERE x.project_id = p_project AND x.id = p_cut;
        RETURN false;
    END IF;
    UPDATE planner.cuts x SET state = 'going', archive = p_archive, sha256 = p_sha256,
        archived = p_rows, at = now(), place = 0, until = CASE WHEN c.kind = 'project' THEN now() ELSE x.until END
    WHERE x.project_id = p_project AND x.id = p_cut;
    RETURN true;
END
$$;

-- A project that is being removed does not come back.
CREATE FUNCTION planner.refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'active' AND EXISTS (
        SELECT FROM planner.cuts_made c WHERE c.project_id = NEW.id AND c.kind = 'project') THEN
        RAISE EXCEPTION 'the project was archived to a file and is being removed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'projects_going';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER projects_going BEFORE UPDATE OF status ON planner.projects FOR EACH ROW
    WHEN (OLD.status = 'archived' AND NEW.status <> 'archived')
    EXECUTE FUNCTION planner.refuse_return();

-- Remove items of which nothing hangs any more but each other, the deepest first.
CREATE FUNCTION planner.purge_items(p_project uuid, p_cut bigint, p_items uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    level smallint;
    ids uuid[];
BEGIN
    INSERT INTO planner.purged (project_id, id, cut, kind, number, depth, title, top, deleted_at)
    SELECT p_project, d.id, p_cut, 'dispute', g.number, 0, g.title, g.top, g.deleted_at
    FROM unnest(p_items) w (id)
    JOIN planner.disputes d ON d.project_id = p_project AND d.step_id = w.id
    JOIN planner.purged g ON g.project_id = p_project AND g.id = w.id
    ON CONFLICT DO NOTHING;
    PERFORM planner.release(p_project, b.id, -1) -- what waits is gone as well, and stays for now
    FROM planner.items b WHERE b.project_id = p_project AND b.id = ANY (p_items)
      AND b.status = 'open' AND b.deleted_at IS NULL AND EXISTS (
          SELECT FROM planner.deps d WHERE d.project_id = p_project AND d.blocked_by = b.id
            AND d.item_id <> ALL (p_items));
    DELETE FROM planner.claims c WHERE c.project_id = p_project AND c.item_id = ANY (p_items);
    DELETE FROM planner.origins o WHERE o.project_id = p_project AND o.item_id = ANY (p_items);
    DELETE FROM planner.evidence e WHERE e.project_id = p_project AND e.item_id = ANY (p_items);
    DELETE FROM planner.deps d WHERE d.project_id = p_project AND d.item_id = ANY (p_items);
    DELETE FROM planner.deps d WHERE d.project_id = p_project AND d.blocked_by = ANY (p_items);
    DELETE FROM planner.disputes d WHERE d.project_id = p_project AND d.step_id = ANY (p_items);
    DELETE FROM planner.steps s WHERE s.project_id = p_project AND s.id = ANY (p_items);
    DELETE FROM planner.iterations t WHERE t.project_id = p_project AND t.step_id = ANY (p_items);
    FOR level, ids IN
        SELECT g.depth, array_agg(g.id) FROM planner.purged g
        WHERE g.project_id = p_project AND g.id = ANY (p_items) GROUP BY g.depth ORDER BY g.depth DESC
    LOOP
        DELETE FROM planner.roll r WHERE r.project_id = p_project AND r.id = ANY (ids);
        DELETE FROM planner.items i WHERE i.project_id = p_project AND i.id = ANY (ids);
    END LOOP;
END
$$;

-- The next batch of a cut's items, the deepest first; how many it was.
CREATE FUNCTION planner.purge_listed(c planner.cuts, p_above integer, p_rows integer)
RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    ids uuid[];
BEGIN
    ids := ARRAY(
        SELECT g.id FROM planner.purged g
        WHERE g.project_id = c.project_id AND g.cut = c.id AND g.kind <> 'dispute'
          AND g.depth > p_above AND (c.place_depth IS NULL OR (g.depth, g.id) < (c.place_depth, c.place_id))
        ORDER BY g.depth DESC, g.id DESC LIMIT p_rows);
    IF ids <> '{}' THEN
        PERFORM planner.purge_items(c.project_id, c.id, ids);
        UPDATE planner.cuts x SET place_id = ids[cardinality(ids)], place_depth = (
            SELECT g.depth FROM planner.purged g
            WHERE g.project_id = c.project_id AND g.id = ids[cardinality(ids)])
        WHERE x.project_id = c.project_id AND x.id = c.id;
    END IF;
    RETURN cardinality(ids);
END
$$;

-- The next batch of the audit below a place; how many rows it was.
CREATE FUNCTION planner.purge_audit(c planner.cuts, p_below bigint, p_rows integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last bigint;
    n integer;
BEGIN
    SELECT max(a.id), count(*) INTO last, n FROM (
        SELECT x.id FROM planner.audit x
        WHERE x.project_id = c.project_id AND x.id > c.place AND x.id < p_below
        ORDER BY x.id LIMIT p_rows) a;
    DELETE FROM planner.audit a
    WHERE a.project_id = c.project_id AND a.id > c.place AND a.id <= last;
    UPDATE planner.cuts x SET place = coalesce(last, x.place)
    WHERE x.project_id = c.project_id AND x.id = c.id;
    RETURN n;
END
$$;

-- The next batch of iterations loses its texts: those that may go still, of the next p_rows. The audit
-- tells which may; cut since, it would tell of fewer that may not, and those are in no archive.
CREATE FUNCTION planner.purge_texts(c planner.cuts, p_rows integer, OUT looked integer,
                                    OUT emptied integer) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    steps uuid[];
    numbers integer[];
    step uuid;
    number integer;
BEGIN
    SELECT array_agg(w.step_id ORDER BY w.step_id, w.number) FILTER (WHERE w.goes),
           array_agg(w.number ORDER BY w.step_id, w.number) FILTER (WHERE w.goes), count(*),
           (array_agg(w.step_id ORDER BY w.step_id DESC, w.number DESC))[1],
           (array_agg(w.number ORDER BY w.step_id DESC, w.number DESC))[1]
    INTO steps, numbers, looked, step, number
    FROM planner.iterations_walk(c.project_id, c.until,
        coalesce(c.place_id, '00000000-0000-0000-0000-000000000000'), c.place, p_rows) w
    WHERE planner.audit_begins(c.project_id) = c.audit_id;
    UPDATE planner.iterations t SET content = CASE WHEN t.content IS NOT NULL THEN '' END,
        feedback = NULL, reasoning = NULL, assessment = NULL, analysis = NULL, cut = c.id
    FROM unnest(steps, numbers) w (step_id, number)
    WHERE t.project_id = c.project_id AND t.step_id = w.step_id AND t.number = w.number;
    GET DIAGNOSTICS emptied = ROW_COUNT;
    UPDATE planner.cuts x SET place_id = coalesce(step, x.place_id), place = coalesce(number, x.place)
    WHERE x.project_id = c.project_id AND x.id = c.id;
END
$$;

-- The last batches of a project: the words that it was searched by, then the project.
CREATE FUNCTION planner.purge_project(c planner.cuts, p_rows integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    n integer;
BEGIN
    DELETE FROM planner.search_grams g WHERE g.ctid = ANY (ARRAY(
        SELECT x.ctid FROM planner.search_grams x
        WHERE x.project_id = c.project_id LIMIT 10 * p_rows));
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN
        DELETE FROM planner.search_words g WHERE g.ctid = ANY (ARRAY(
            SELECT x.ctid FROM planner.search_words x
            WHERE x.project_id = c.project_id LIMIT 10 * p_rows));
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    IF n > 0 THEN
        RETURN n;
    END IF;
    DELETE FROM planner.undos u WHERE u.project_id = c.project_id;
    PERFORM planner.purge_items(c.project_id, c.id, ARRAY[c.project_id]);
    DELETE FROM planner.counters x WHERE x.project_id = c.project_id;
    DELETE FROM planner.projects p WHERE p.id = c.project_id;
    DELETE FROM planner.purged g WHERE g.project_id = c.project_id;
    DELETE FROM planner.cuts x WHERE x.project_id = c.project_id AND x.id <> c.id;
    INSERT INTO planner.outbox (change, project_id, entities)
    VALUES (nextval('planner.change_number'), c.project_id, ARRAY[c.project_id]);
    PERFORM planner.wake_listeners();
    RETURN 0;
END
$$;

-- Remove the next batch of what a cut took along. The one way by which anything leaves the audit.
-- Under the topology lock, shared: ordinary writers go on, and an undo sees all of it or
-- nothing. What is removed is not looked at by anybody else.
CREATE FUNCTION planner.purge(p_project uuid, p_cut bigint, p_rows integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c planner.cuts;
    looked integer;
    gone integer;
BEGIN
    PERFORM planner.lock_topology(p_project, false);
    SELECT * INTO c FROM planner.cuts x
    WHERE x.project_id = p_project AND x.id = p_cut AND x.state = 'going' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN '{"rows": 0, "more": false}';
    END IF;
    PERFORM set_config('planner.purging', 'on', true);
    PERFORM set_config('planner.writer', 'mcp-planner', true);
    IF c.kind = 'audit' THEN
        looked := planner.purge_audit(c, c.audit_id, p_rows);
        gone := looked;
    ELSIF c.kind = 'iterations' THEN
        SELECT t.looked, t.emptied INTO looked, gone FROM planner.purge_texts(c, p_rows) t;
    ELSIF c.kind = 'deleted' THEN
        looked := planner.purge_listed(c, 0, p_rows);
        gone := looked;
    ELSE
        looked := planner.purge_audit(c, 9223372036854775807, p_rows);
        IF looked = 0 THEN
            looked := planner.purge_listed(c, 0, p_rows);
        END IF;
        IF looked = 0 THEN
            looked := planner.purge_project(c, p_rows);
        END IF;
        gone := looked;
    END IF;
    UPDATE planner.cuts x SET purged = x.purged + gone,
        state = CASE WHEN looked = 0 THEN 'done' ELSE x.state END,
        done_at = CASE WHEN looked = 0 THEN now() END
    WHERE x.project_id = p_project AND x.id = p_cut;
    PERFORM set_config('planner.purging', 'off', true);
    RETURN jsonb_build_object('rows', gone, 'more', looked > 0);
END
$$;

-- A place for a deleted item whose own was taken since.
CREATE FUNCTION planner.restore_place(i planner.items) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM planner.items x WHERE x.project_id = i.project_id
                   AND x.parent_id = i.parent_id AND x.sort_key = i.sort_key) THEN
        RETURN i.sort_key;
    END IF;
    RETURN planner.key_between(i.sort_key, (
        SELECT min(x.sort_key) FROM planner.items x
        WHERE x.project_id = i.project_id AND x.parent_id = i.parent_id AND x.sort_key > i.sort_key));
END
$$;

-- One item of an archive, with its counters when it had any; false: it is there.
CREATE FUNCTION planner.restore_item(p_row jsonb, p_roll jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    i planner.items := jsonb_populate_record(NULL::planner.items, p_row);
    fresh boolean;
BEGIN
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, status, sequential, priority, assignee, n_blockers, has_children, has_avail, disputed,
        needs_final, content_status, turn_at, version, created_at, updated_at, completed_at, deleted_at,
        promote_score)
    VALUES (i.project_id, i.id, i.parent_id, i.kind, i.depth, planner.restore_place(i), i.number,
        i.title, i.objective, i.status, i.sequential, i.priority, i.assignee, i.n_blockers,
        i.has_children, i.has_avail, i.disputed, i.needs_final, i.content_status, i.turn_at, i.version,
        i.created_at, i.updated_at, i.completed_at, i.deleted_at, i.promote_score)
    ON CONFLICT (id) DO NOTHING;
    fresh := FOUND;
    IF p_roll IS NOT NULL THEN
        INSERT INTO planner.roll SELECT * FROM jsonb_populate_record(NULL::planner.roll, p_roll)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN fresh;
END
$$;

-- Put lines of an archive back, in their order; how many were missing.
CREATE FUNCTION planner.restore_lines(p_lines jsonb) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    line jsonb;
    w jsonb;
    n integer := 0;
BEGIN
    PERFORM set_config('planner.purging', 'on', true);
    PERFORM set_config('planner.writer', 'mcp-planner', true);
    FOR line IN SELECT value FROM jsonb_array_elements(p_lines) WITH ORDINALITY ORDER BY ordinality LOOP
        w := line -> 'row';
        CASE line ->> 'part'
        WHEN 'project' THEN
            INSERT INTO planner.projects
            SELECT * FROM jsonb_populate_record(NULL::planner.projects, w) ON CONFLICT (id) DO NOTHING;
        WHEN 'counters' THEN
            INSERT INTO planner.counters
            SELECT * FROM jsonb_populate_record(NULL::planner.counters, w) ON CONFLICT DO NOTHING;
        WHEN 'items' THEN
            n := n + planner.restore_item(w, line -> 'roll')::integer;
            CONTINUE;
        WHEN 'iterations' THEN
            INSERT INTO planner.iterations AS t
            SELECT * FROM jsonb_populate_record(NULL::planner.iterations, w)
            ON CONFLICT (project_id, step_id, number) DO UPDATE SET content = excluded.content,
                feedback = excluded.feedback, reasoning = excluded.reasoning,
                assessment = excluded.assessment, analysis = excluded.analysis, cut = NULL
            WHERE t.cut IS NOT NULL AND excluded.cut IS NULL;
        WHEN 'steps' THEN
            INSERT INTO planner.steps
            SELECT * FROM jsonb_populate_record(NULL::planner.steps, w) ON CONFLICT DO NOTHING;
        WHEN 'disputes' THEN
            INSERT INTO planner.disputes
            SELECT * FROM jsonb_populate_record(NULL::planner.disputes, w) ON CONFLICT DO NOTHING;
        WHEN 'evidence' THEN
            INSERT INTO planner.evidence OVERRIDING SYSTEM VALUE
            SELECT * FROM jsonb_populate_record(NULL::planner.evidence, w) ON CONFLICT DO NOTHING;
        WHEN 'origins' THEN
            INSERT INTO planner.origins
            SELECT * FROM jsonb_populate_record(NULL::planner.origins, w) ON CONFLICT DO NOTHING;
        WHEN 'deps' THEN
            INSERT INTO planner.deps
            SELECT * FROM jsonb_populate_record(NULL::planner.deps, w) ON CONFLICT DO NOTHING;
        WHEN 'cuts' THEN
            INSERT INTO planner.cuts OVERRIDING SYSTEM VALUE
            SELECT * FROM jsonb_populate_record(NULL::planner.cuts, w) ON CONFLICT DO NOTHING;
        WHEN 'purged' THEN
            INSERT INTO planner.purged
            SELECT * FROM jsonb_populate_record(NULL::planner.purged, w) ON CONFLICT DO NOTHING;
        WHEN 'undos' THEN
            INSERT INTO planner.undos
            SELECT * FROM jsonb_populate_record(NULL::planner.undos, w) ON CONFLICT DO NOTHING;
        WHEN 'audit' THEN
            IF NOT EXISTS (SELECT FROM planner.projects p WHERE p.id = (w ->> 'project_id')::uuid) THEN
                RAISE EXCEPTION 'the project of the audit is not here'
                    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'restore_project_missing';
            END IF;
            IF EXISTS (SELECT FROM planner.audit a WHERE a.change = (w ->> 'change')::bigint
                       AND a.project_id <> (w ->> 'project_id')::uuid) THEN
                RAISE EXCEPTION 'change % is another project''s here', w ->> 'change'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'restore_change_taken';
            END IF;
            INSERT INTO planner.audit OVERRIDING SYSTEM VALUE
            SELECT * FROM jsonb_populate_record(NULL::planner.audit, w) ON CONFLICT DO NOTHING;
        ELSE
            RAISE EXCEPTION 'a part % is not known', line ->> 'part'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'restore_part_unknown';
        END CASE;
        IF FOUND THEN
            n := n + 1;
        END IF;
    END LOOP;
    PERFORM set_config('planner.purging', 'off', true);
    RETURN n;
END
$$;

-- All of a cut is back: it counts no more. Numbers that were given out are not given out again.
CREATE FUNCTION planner.cut_restored(p_project uuid, p_cut bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    number bigint := (SELECT max(a.change) FROM planner.audit a WHERE a.project_id = p_project);
    row_id bigint := (SELECT a.id FROM planner.audit a WHERE a.project_id = p_project
                      ORDER BY a.id DESC LIMIT 1);
    i record;
    was_avail boolean;
    now_avail boolean;
BEGIN
    PERFORM planner.lock_topology(p_project, true);
    FOR i IN -- what they wait for went on meanwhile
        SELECT x.id, x.parent_id, x.avail, w.n FROM planner.purged g
        JOIN planner.items x ON x.project_id = p_project AND x.id = g.id
        CROSS JOIN LATERAL (
            SELECT count(*)::integer AS n FROM planner.deps d JOIN planner.items b
                ON b.project_id = d.project_id AND b.id = d.blocked_by
            WHERE d.project_id = p_project AND d.item_id = g.id AND b.status = 'open'
              AND b.deleted_at IS NULL) w
        WHERE g.project_id = p_project AND g.cut = p_cut AND x.n_blockers <> w.n
        ORDER BY x.depth DESC, x.id
    LOOP
        SELECT x.avail INTO STRICT was_avail FROM planner.items x
        WHERE x.project_id = p_project AND x.id = i.id;
        UPDATE planner.items x SET n_blockers = i.n
        WHERE x.project_id = p_project AND x.id = i.id RETURNING x.avail INTO now_avail;
        IF now_avail <> was_avail THEN
            PERFORM planner.roll_climb(p_project, i.parent_id, 0, 0,
                                       now_avail::integer - was_avail::integer, 0);
        END IF;
    END LOOP;
    UPDATE planner.cuts c SET state = 'restored' WHERE c.project_id = p_project AND c.id = p_cut;
    DELETE FROM planner.purged g WHERE g.project_id = p_project AND g.cut = p_cut;
    IF number > (SELECT s.last_value FROM planner.change_number s) THEN
        PERFORM setval('planner.change_number', number);
    END IF;
    IF row_id > (SELECT s.last_value FROM planner.audit_id_seq s) THEN
        PERFORM setval('planner.audit_id_seq', row_id);
    END IF;
END
$$;
