-- The store of mcp-planner: projects, one ordered tree of tasks and steps, the collaboration of
-- two roles and a person, and the audit of every change.
-- oldest program: 0.1.0
-- depends on: nothing
-- phase: expand
-- locks: only what it makes, until it is done; a second on an empty database
-- lock timeout: 10s
-- statement timeout: 10min
--
-- Rules are C, guarantees are here: keys, foreign keys, checks, one open dispute per step, an
-- audit that can only grow. Every key starts with the project, so that a foreign key also says
-- "in the same project" and a store can be distributed by project.

-- Settings of a project. Its name, its order among nothing, its version and its times are those of
-- its root item, which has the same id.
CREATE TABLE planner.projects (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    description text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    complexity_threshold double precision NOT NULL DEFAULT 0.7,
    max_iterations integer NOT NULL DEFAULT 3,
    require_review boolean NOT NULL DEFAULT false,
    separate_authors boolean NOT NULL DEFAULT false,
    human_only boolean NOT NULL DEFAULT false,
    require_evidence boolean NOT NULL DEFAULT false,
    workspace text,
    CONSTRAINT projects_slug_key UNIQUE (slug),
    CONSTRAINT projects_slug_form CHECK (slug ~ '^[A-Z][A-Z0-9]{1,9}$'),
    CONSTRAINT projects_description_size CHECK (octet_length(description) BETWEEN 1 AND 65536),
    CONSTRAINT projects_status_known CHECK (status IN ('active', 'archived')),
    CONSTRAINT projects_threshold_range CHECK (complexity_threshold BETWEEN 0 AND 1),
    CONSTRAINT projects_iterations_range CHECK (max_iterations BETWEEN 1 AND 100),
    CONSTRAINT projects_workspace_absolute CHECK (workspace ~ '^/')
);
-- For slugs by their beginning, whatever the database's own order is.
CREATE INDEX projects_by_slug ON planner.projects (slug COLLATE "C");
CREATE UNIQUE INDEX projects_workspace ON planner.projects (workspace)
    WHERE workspace IS NOT NULL AND status = 'active';

-- The last number given out, per project: a row of its own, so that the lock on it, taken last in
-- a transaction, meets nobody who reads settings.
CREATE TABLE planner.counters (
    project_id uuid PRIMARY KEY REFERENCES planner.projects (id),
    last_number integer NOT NULL DEFAULT 0 CHECK (last_number >= 0)
) WITH (fillfactor = 50);

-- Projects (as their own root), tasks and steps in one table: the children of one parent form one
-- ordered sequence whatever their kind, and promotion only changes the kind.
--
-- `avail` and `turn` are derived from other columns, so they can never disagree with them. has_children
-- and has_avail are kept by planner.roll_climb when the counters in `roll` cross zero.
CREATE TABLE planner.items (
    project_id uuid NOT NULL REFERENCES planner.projects (id),
    id uuid NOT NULL,
    parent_id uuid,
    kind text NOT NULL,
    depth smallint NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    objective text,
    status text NOT NULL DEFAULT 'open',
    sequential boolean NOT NULL DEFAULT false,
    priority smallint NOT NULL DEFAULT 0,
    assignee text,
    n_blockers integer NOT NULL DEFAULT 0,
    has_children boolean NOT NULL DEFAULT false,
    has_avail boolean NOT NULL DEFAULT false,
    disputed boolean NOT NULL DEFAULT false,
    needs_final boolean NOT NULL DEFAULT false,
    content_status text, -- of a step, as in steps; NULL: pending
    turn_at timestamptz NOT NULL DEFAULT now(), -- since when it is that role's turn
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    deleted_at timestamptz,
    -- Of a step: its complexity score, or 1 when its assessments say that it should be promoted. It
    -- is here and not in steps so that one index finds the open ones, whatever the threshold is.
    promote_score double precision,
    avail boolean NOT NULL GENERATED ALWAYS AS (
        status = 'open' AND deleted_at IS NULL AND n_blockers = 0
        AND CASE WHEN has_children THEN has_avail ELSE NOT disputed AND NOT needs_final END
    ) STORED,
    turn text GENERATED ALWAYS AS (
        CASE WHEN kind = 'step' AND status = 'open' AND deleted_at IS NULL
             THEN CASE coalesce(content_status, 'pending')
                  WHEN 'pending' THEN 'server' WHEN 'server_draft' THEN 'server'
                  WHEN 'client_review' THEN 'client' WHEN 'disputed' THEN 'human' END END
    ) STORED,
    PRIMARY KEY (project_id, id),
    CONSTRAINT items_id_key UNIQUE (id),
    CONSTRAINT items_number_key UNIQUE (project_id, number),
    CONSTRAINT items_place_key UNIQUE (project_id, parent_id, sort_key) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT items_kind_known CHECK (kind IN ('project', 'task', 'step')),
    CONSTRAINT items_root_is_project CHECK ((kind = 'project') = (parent_id IS NULL)),
    CONSTRAINT items_root_has_own_id CHECK ((kind = 'project') = (id = project_id)),
    CONSTRAINT items_depth_range CHECK (depth BETWEEN 0 AND 64),
    CONSTRAINT items_sort_key_form CHECK (sort_key ~ '^[0-9A-Za-z]{0,63}[1-9A-Za-z]$'),
    CONSTRAINT items_number_range CHECK (number >= 0),
    CONSTRAINT items_title_size CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT items_objective_size CHECK (octet_length(objective) <= 262144),
    CONSTRAINT items_status_known CHECK (status IN ('open', 'complete', 'cancelled')),
    CONSTRAINT items_completed_has_time CHECK ((status = 'complete') = (completed_at IS NOT NULL)),
    CONSTRAINT items_priority_range CHECK (priority BETWEEN 0 AND 100),
    CONSTRAINT items_assignee_size CHECK (char_length(assignee) BETWEEN 1 AND 100),
    CONSTRAINT items_blockers_range CHECK (n_blockers >= 0),
    CONSTRAINT items_version_range CHECK (version >= 1),
    CONSTRAINT items_promote_score_range CHECK (promote_score BETWEEN 0 AND 1)
);
-- Is anything deleted, is a task, with what is below it? Only tops are marked.
CREATE INDEX items_deleted ON planner.items (project_id, kind) WHERE deleted_at IS NOT NULL;
CREATE INDEX items_avail ON planner.items (project_id, parent_id, sort_key) WHERE avail;
CREATE INDEX items_open ON planner.items (project_id, parent_id, sort_key)
    WHERE status = 'open' AND deleted_at IS NULL;
-- Who has to move next (work_queue): the most urgent first, then who waits longest.
CREATE INDEX items_turn ON planner.items (project_id, turn, (-priority), turn_at, id)
    WHERE turn IS NOT NULL;
CREATE INDEX items_work ON planner.items (project_id, (-priority), id)
    WHERE avail AND NOT has_children;
CREATE INDEX items_to_promote ON planner.items (project_id, promote_score DESC, id)
    WHERE promote_score IS NOT NULL AND status = 'open' AND deleted_at IS NULL;

-- What a parent knows of its direct children: narrow, updated often, always HOT. A parent must
-- have a row here, and steps have none: "a step has no children" is a foreign key.
--   n_children  those that count in the mean (not cancelled, not deleted)
--   n_open      of them, not complete
--   n_avail     of them, with something ready inside
--   sum         of their progress; exactly n_children when n_open is 0
CREATE TABLE planner.roll (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    n_children integer NOT NULL DEFAULT 0,
    n_open integer NOT NULL DEFAULT 0,
    n_avail integer NOT NULL DEFAULT 0,
    sum double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, id) REFERENCES planner.items (project_id, id),
    CONSTRAINT roll_counts CHECK (n_children >= n_open AND n_open >= n_avail AND n_avail >= 0)
) WITH (fillfactor = 50);
ALTER TABLE planner.items ADD CONSTRAINT items_parent_fkey
    FOREIGN KEY (project_id, parent_id) REFERENCES planner.roll (project_id, id);

-- The collaboration on a step's content. Contents are stored once, in iterations; the *_number
-- columns say which iteration holds the content that is current for each role and final, and each
-- role's current assessment. turn_number is the submission or review that led to the present state:
-- the newest one, unless it was undone. A step that becomes a task loses its row here and keeps its
-- iterations.
CREATE TABLE planner.steps (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    last_number integer NOT NULL DEFAULT 0,
    iteration_count integer NOT NULL DEFAULT 0,
    max_iterations_reached boolean NOT NULL DEFAULT false,
    server_ready boolean NOT NULL DEFAULT false,
    client_approved boolean NOT NULL DEFAULT false,
    turn_number integer,
    server_number integer,
    client_number integer,
    final_number integer,
    server_assessment_number integer,
    client_assessment_number integer,
    server_complexity double precision,
    client_complexity double precision,
    agreed_complexity double precision,
    complexity_score double precision,
    complexity_basis text,
    assessed_promote boolean,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, id) REFERENCES planner.items (project_id, id),
    CONSTRAINT steps_status_known CHECK (status IN ('pending', 'server_draft', 'client_review',
                                                    'agreed', 'disputed', 'user_resolution')),
    CONSTRAINT steps_final_when_settled
        CHECK ((status IN ('agreed', 'user_resolution')) = (final_number IS NOT NULL)),
    CONSTRAINT steps_counts CHECK (iteration_count >= 0 AND last_number >= 0),
    CONSTRAINT steps_scores CHECK (server_complexity BETWEEN 0 AND 1
        AND client_complexity BETWEEN 0 AND 1 AND agreed_complexity BETWEEN 0 AND 1
        AND complexity_score BETWEEN 0 AND 1),
    CONSTRAINT steps_basis_known CHECK (complexity_basis IN ('analysis', 'single', 'consensus',
                                                             'close', 'weighted')),
    CONSTRAINT steps_score_has_basis
        CHECK ((complexity_score IS NULL) = (complexity_basis IS NULL))
);
CREATE INDEX steps_by_status ON planner.steps (project_id, status, id);

-- One submission, review or assessment of a step, or the resolution of its dispute; kept for ever.
-- `analysis` is what the content says by itself: score, breakdown.
CREATE TABLE planner.iterations (
    project_id uuid NOT NULL,
    step_id uuid NOT NULL,
    number integer NOT NULL,
    action text NOT NULL,
    role text NOT NULL,
    agent text NOT NULL,
    content text,
    feedback text,
    reasoning text,
    assessment jsonb,
    analysis jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, step_id, number),
    FOREIGN KEY (project_id, step_id) REFERENCES planner.items (project_id, id),
    CONSTRAINT iterations_number_range CHECK (number >= 1),
    CONSTRAINT iterations_action_known CHECK (action IN ('submit', 'accept', 'approve', 'revise',
                                                         'counter', 'resolve', 'assess')),
    CONSTRAINT iterations_role_known CHECK (role IN ('server', 'client', 'user')),
    CONSTRAINT iterations_content_when CHECK (content IS NOT NULL
        OR action IN ('accept', 'approve', 'revise', 'resolve', 'assess')),
    CONSTRAINT iterations_content_size CHECK (octet_length(content) <= 262144),
    CONSTRAINT iterations_feedback_size CHECK (octet_length(feedback) <= 16384),
    CONSTRAINT iterations_reasoning_size CHECK (octet_length(reasoning) <= 16384)
);
ALTER TABLE planner.steps
    ADD FOREIGN KEY (project_id, id, server_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    ADD FOREIGN KEY (project_id, id, client_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    ADD FOREIGN KEY (project_id, id, final_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    ADD FOREIGN KEY (project_id, id, turn_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    ADD FOREIGN KEY (project_id, id, server_assessment_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    ADD FOREIGN KEY (project_id, id, client_assessment_number)
        REFERENCES planner.iterations (project_id, step_id, number);

-- A disagreement for a person. The numbers refer to iterations: the server's draft, the client's
-- own version if there was one, the review that used up the rounds, and what was resolved.
CREATE TABLE planner.disputes (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    step_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    rounds integer NOT NULL,
    server_number integer NOT NULL,
    client_number integer,
    review_number integer NOT NULL,
    user_resolution text,
    resolved_number integer,
    resolved_by text,
    via text,
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    PRIMARY KEY (project_id, id),
    CONSTRAINT disputes_id_key UNIQUE (id),
    FOREIGN KEY (project_id, step_id) REFERENCES planner.items (project_id, id),
    FOREIGN KEY (project_id, step_id, server_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    FOREIGN KEY (project_id, step_id, client_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    FOREIGN KEY (project_id, step_id, review_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    FOREIGN KEY (project_id, step_id, resolved_number)
        REFERENCES planner.iterations (project_id, step_id, number),
    CONSTRAINT disputes_status_known CHECK (status IN ('pending', 'resolved')),
    CONSTRAINT disputes_resolution_known
        CHECK (user_resolution IN ('server', 'client', 'custom', 'hybrid')),
    CONSTRAINT disputes_client_has_version
        CHECK (user_resolution IS DISTINCT FROM 'client' OR client_number IS NOT NULL),
    CONSTRAINT disputes_via_known CHECK (via IN ('elicitation', 'explicit', 'cli')),
    CONSTRAINT disputes_resolved_whole CHECK (
        (status = 'resolved') = (user_resolution IS NOT NULL)
        AND (status = 'resolved') = (resolved_number IS NOT NULL)
        AND (status = 'resolved') = (resolved_by IS NOT NULL)
        AND (status = 'resolved') = (via IS NOT NULL)
        AND (status = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX disputes_one_pending ON planner.disputes (project_id, step_id)
    WHERE status = 'pending';
CREATE INDEX disputes_by_time ON planner.disputes (project_id, status, created_at, id);
CREATE INDEX disputes_by_age ON planner.disputes (status, created_at, id); -- of all projects
CREATE INDEX disputes_of_step ON planner.disputes (project_id, step_id);

-- item waits for blocked_by. n_blockers of the item counts those that are still open.
CREATE TABLE planner.deps (
    project_id uuid NOT NULL,
    item_id uuid NOT NULL,
    blocked_by uuid NOT NULL,
    PRIMARY KEY (project_id, item_id, blocked_by),
    FOREIGN KEY (project_id, item_id) REFERENCES planner.items (project_id, id),
    FOREIGN KEY (project_id, blocked_by) REFERENCES planner.items (project_id, id),
    CONSTRAINT deps_not_itself CHECK (item_id <> blocked_by)
);
CREATE INDEX deps_blocked_by ON planner.deps (project_id, blocked_by);

-- A lease that one agent holds on one leaf. It is live until it expires by this server's clock; an
-- expired one stays until it is taken over, renewed with its token or released. A table of its own:
-- renewals touch a narrow row and no index of items.
CREATE SEQUENCE planner.claim_token;
CREATE TABLE planner.claims (
    project_id uuid NOT NULL,
    item_id uuid NOT NULL,
    agent text NOT NULL,
    token bigint NOT NULL,
    lease_seconds integer NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, item_id),
    FOREIGN KEY (project_id, item_id) REFERENCES planner.items (project_id, id),
    CONSTRAINT claims_agent_size CHECK (char_length(agent) BETWEEN 1 AND 100),
    CONSTRAINT claims_token_range CHECK (token >= 1),
    CONSTRAINT claims_lease_range CHECK (lease_seconds BETWEEN 10 AND 86400)
) WITH (fillfactor = 50);
CREATE INDEX claims_of_agent ON planner.claims (project_id, agent);

-- What shows that an item is done.
CREATE TABLE planner.evidence (
    project_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    item_id uuid NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    summary text,
    agent text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, item_id) REFERENCES planner.items (project_id, id),
    CONSTRAINT evidence_kind_known CHECK (kind IN ('commit', 'test', 'review', 'url', 'note')),
    CONSTRAINT evidence_reference_size CHECK (char_length(reference) BETWEEN 1 AND 1000),
    CONSTRAINT evidence_summary_size CHECK (octet_length(summary) <= 16384)
);
CREATE INDEX evidence_of_item ON planner.evidence (project_id, item_id, at);

-- One change of one entity. `change` is what all rows of one call share: the handle that answers
-- carry and that undo takes. old_values and new_values hold the columns that changed, contents as
-- the numbers of their iterations, never as copies. Counters, and the completion of a task by its
-- last child, are derived and leave no rows. Edges are told as {"depends_on": [ids]} of the item that
-- waits: those that a 'linked' row (or the 'created' one) has in new_values came to be, those that an
-- 'unlinked' row has in old_values ended; others are not touched by it.
CREATE SEQUENCE planner.change_number;
CREATE TABLE planner.audit (
    project_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    change bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    entity_type text NOT NULL,
    entity_id uuid NOT NULL,
    action text NOT NULL,
    old_values jsonb,
    new_values jsonb,
    user_id text,
    ai_agent text,
    role text,
    client text,
    request_id text,
    PRIMARY KEY (project_id, id),
    CONSTRAINT audit_entity_known CHECK (entity_type IN ('project', 'task', 'step', 'dispute')),
    CONSTRAINT audit_action_known CHECK (action IN (
        'created', 'updated', 'moved', 'deleted', 'restored', 'submitted', 'reviewed', 'agreed',
        'disputed', 'resolved', 'assessed', 'promoted', 'completed', 'reopened', 'cancelled',
        'claimed', 'released', 'linked', 'unlinked', 'undone'))
);
CREATE INDEX audit_of_entity ON planner.audit (project_id, entity_id, id);
CREATE INDEX audit_of_change ON planner.audit (change);
CREATE INDEX audit_by_time ON planner.audit USING brin (at);

-- Statistics before there is anything to count. Every key starts with the project, and while the
-- planner knows nothing it takes any index that does for as good as the right one: one statement of
-- a new store then reads all of a project for each row. A sample is stored, counted and taken out
-- again; what was counted stays until the first real count (autovacuum, after some fifty changes).
INSERT INTO planner.projects (id, slug, description)
SELECT gen_random_uuid(), 'SAMPLE', 'sample';
INSERT INTO planner.counters (project_id) SELECT id FROM planner.projects;
INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title)
SELECT id, id, 'project', 0, 'V', 0, 'sample' FROM planner.projects;
INSERT INTO planner.roll (project_id, id) SELECT project_id, id FROM planner.items;
INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title)
SELECT id, gen_random_uuid(), id, 'task', 1, 'V' || n || 'V', n, 'task ' || n
FROM planner.projects, generate_series(1, 100) n;
INSERT INTO planner.roll (project_id, id)
SELECT project_id, id FROM planner.items WHERE kind = 'task';
INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title, status,
                           completed_at)
SELECT project_id, gen_random_uuid(), id, 'step', 2, 'V' || n || 'V', number * 10 + 100 + n,
    'step ' || n, CASE WHEN n < 4 THEN 'complete' ELSE 'open' END, CASE WHEN n < 4 THEN now() END
FROM planner.items, generate_series(1, 9) n WHERE kind = 'task';
INSERT INTO planner.steps (project_id, id)
SELECT project_id, id FROM planner.items WHERE kind = 'step';
INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content)
SELECT project_id, id, n, 'submit', 'server', 'sample', 'sample'
FROM planner.steps, generate_series(1, 3) n;
INSERT INTO planner.disputes (project_id, id, step_id, rounds, server_number, review_number)
SELECT project_id, gen_random_uuid(), id, 3, 1, 2 FROM planner.steps;
INSERT INTO planner.deps (project_id, item_id, blocked_by)
SELECT t.project_id, t.id, s.id
FROM planner.items t JOIN planner.items s ON s.parent_id = t.parent_id AND s.number = t.number - 1
WHERE t.kind = 'step';
INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds, expires_at)
SELECT project_id, id, 'sample', nextval('planner.claim_token'), 900, now() FROM planner.steps;
INSERT INTO planner.evidence (project_id, item_id, kind, reference, agent)
SELECT project_id, id, 'note', 'sample', 'sample' FROM planner.steps;
INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action)
SELECT project_id, number, 'step', id, 'created'
FROM planner.items, generate_series(1, 3) WHERE kind = 'step';
ANALYZE planner.projects, planner.counters, planner.items, planner.roll, planner.steps,
    planner.iterations, planner.disputes, planner.deps, planner.claims, planner.evidence,
    planner.audit;
-- The handler makes a subtransaction. Only there do the tables get new files and count as never
-- vacuumed; emptied in place they would count as known to be empty, and all indexes as equal again.
DO $$
BEGIN
    TRUNCATE planner.projects, planner.counters, planner.items, planner.roll, planner.steps,
        planner.iterations, planner.disputes, planner.deps, planner.claims, planner.evidence,
        planner.audit RESTART IDENTITY;
    PERFORM setval('planner.claim_token', 1, false);
EXCEPTION WHEN no_data_found THEN
    RAISE;
END
$$;

-- Who listens for changes: sessions, each with a lease that it renews. While there is nobody, nobody
-- is notified. Nothing here has to outlive a crash.
CREATE UNLOGGED TABLE planner.listeners (
    backend integer PRIMARY KEY,
    until timestamptz NOT NULL
);

-- Tell those who listen that there is something new in the outbox. True when there was somebody.
CREATE FUNCTION planner.wake_listeners() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (SELECT FROM planner.listeners WHERE until > now()) THEN
        PERFORM pg_notify('planner_changes', '');
        RETURN true;
    END IF;
    RETURN false;
END
$$;

-- What changed, for those who follow the store: a row for each change number of the audit, written
-- in the same transaction. The truth is here, NOTIFY only wakes, after the commit (feed_wake.sql). Transactions commit in another order
-- than they take numbers in, so a reader remembers no number but a snapshot, and what is new to it
-- is what that snapshot does not show. Rows live for a day; the oldest one stays as the mark before
-- which something may be missing, and the first row stands for all that was before the outbox.
CREATE TABLE planner.outbox (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    change bigint NOT NULL,
    project_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    entities uuid[], -- as in the audit, and the parent that was left; NULL: more than 1,000
    PRIMARY KEY (xid, change)
);
INSERT INTO planner.outbox (change, project_id, entities)
VALUES (0, '00000000-0000-0000-0000-000000000000', '{}');

-- What is new to a reader, and what the running transaction sees of it. Both parts walk the key.
CREATE FUNCTION planner.outbox_after(p_since pg_snapshot) RETURNS SETOF planner.outbox
LANGUAGE sql STABLE AS $$
    SELECT o.* FROM planner.outbox o
    WHERE o.xid >= pg_snapshot_xmax(p_since) AND o.xid < pg_snapshot_xmax(pg_current_snapshot())
    UNION ALL
    SELECT o.* FROM pg_snapshot_xip(p_since) running (xid)
    JOIN planner.outbox o ON o.xid = running.xid
$$;

-- May something be missing for a reader? Then it is from before the oldest row, or of another
-- server. A row that says it is from the future was brought here by a restore and marks nothing.
CREATE FUNCTION planner.outbox_lost(p_since pg_snapshot) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    here pg_snapshot := pg_current_snapshot();
    oldest xid8 := (SELECT xid FROM planner.outbox ORDER BY xid, change LIMIT 1);
BEGIN
    IF oldest IS NULL OR oldest >= pg_snapshot_xmax(here) THEN
        oldest := '0';
    END IF;
    RETURN pg_snapshot_xmax(p_since) <= oldest
        OR pg_snapshot_xmax(p_since) > pg_snapshot_xmax(here)
        OR EXISTS (SELECT FROM pg_snapshot_xip(p_since) running (xid)
                   WHERE running.xid <= oldest AND pg_visible_in_snapshot(running.xid, here));
END
$$;

-- Remove what is older than a day, of the first p_rows rows; how many went. One row that could go
-- stays as the mark. In the order of the key and only what every transaction of now is behind: so
-- nothing can appear before the mark later on. One at a time, and nobody waits for it.
CREATE FUNCTION planner.outbox_purge(p_rows integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    gone integer := 0;
BEGIN
    IF pg_try_advisory_xact_lock(hashtextextended('planner.outbox', 0)) THEN
        DELETE FROM planner.outbox o USING (
            SELECT x.xid, x.change, lead(x.change) OVER w IS NOT NULL AND bool_and(
                x.at < now() - interval '1 day'
                AND x.xid < pg_snapshot_xmin(pg_current_snapshot())) OVER w AS may_go
            FROM (SELECT i.xid, i.change, i.at FROM planner.outbox i
                  ORDER BY i.xid, i.change LIMIT p_rows) x
            WINDOW w AS (ORDER BY x.xid, x.change
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)) t
        WHERE t.may_go AND o.xid = t.xid AND o.change = t.change;
        GET DIAGNOSTICS gone = ROW_COUNT;
    END IF;
    RETURN gone;
END
$$;

CREATE FUNCTION planner.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON planner.audit
    FOR EACH STATEMENT EXECUTE FUNCTION planner.refuse_change();
CREATE TRIGGER iterations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON planner.iterations
    FOR EACH STATEMENT EXECUTE FUNCTION planner.refuse_change();

-- Changes that were not made by the program (psql, scripts) are audited here, by row, under the
-- database user's name. The program says who it is by the setting planner.writer and writes its own
-- rows, which know more. Any SQL can set it: this is for honest hands, not a boundary.
CREATE FUNCTION planner.audit_outside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    any_row jsonb := was || new_row;
    project uuid := (any_row ->> CASE TG_TABLE_NAME WHEN 'projects' THEN 'id'
                                                    ELSE 'project_id' END)::uuid;
    entity uuid := (any_row ->> CASE TG_TABLE_NAME WHEN 'deps' THEN 'item_id'
                                                   ELSE 'id' END)::uuid;
    number bigint;
    old_part jsonb;
    new_part jsonb;
BEGIN
    SELECT jsonb_object_agg(key, was -> key) FILTER (WHERE was ? key),
           jsonb_object_agg(key, new_row -> key) FILTER (WHERE new_row ? key)
    INTO old_part, new_part
    FROM jsonb_object_keys(any_row) key
    WHERE (was -> key) IS DISTINCT FROM (new_row -> key);
    IF old_part IS NULL AND new_part IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'deps' THEN
        old_part := CASE WHEN was ? 'blocked_by' THEN
            jsonb_build_object('depends_on', jsonb_build_array(was -> 'blocked_by')) END;
        new_part := CASE WHEN new_row ? 'blocked_by' THEN
            jsonb_build_object('depends_on', jsonb_build_array(new_row -> 'blocked_by')) END;
    END IF;
    number := nextval('planner.change_number');
    INSERT INTO planner.outbox (project_id, change, entities)
    VALUES (project, number,
            array_remove(ARRAY[entity, (old_part ->> 'parent_id')::uuid], NULL));
    PERFORM planner.wake_listeners();
    INSERT INTO planner.audit (project_id, change, entity_type, entity_id, action, old_values,
                               new_values, user_id, client)
    VALUES (project, number,
        CASE TG_TABLE_NAME
            WHEN 'projects' THEN 'project'
            WHEN 'steps' THEN 'step'
            WHEN 'disputes' THEN 'dispute'
            ELSE coalesce((SELECT kind FROM planner.items WHERE project_id = project AND id = entity),
                          any_row ->> 'kind', 'task')
        END, entity,
        CASE WHEN TG_TABLE_NAME = 'deps' AND TG_OP = 'DELETE' THEN 'unlinked'
             WHEN TG_TABLE_NAME = 'deps' THEN 'linked'
             WHEN TG_OP = 'INSERT' THEN 'created'
             WHEN TG_OP = 'DELETE' THEN 'deleted'
             ELSE 'updated' END,
        old_part, new_part, session_user, current_setting('application_name'));
    RETURN NULL;
END
$$;
CREATE TRIGGER projects_outside AFTER INSERT OR UPDATE OR DELETE ON planner.projects FOR EACH ROW
    WHEN (current_setting('planner.writer', true) IS DISTINCT FROM 'mcp-planner')
    EXECUTE FUNCTION planner.audit_outside();
CREATE TRIGGER items_outside AFTER INSERT OR UPDATE OR DELETE ON planner.items FOR EACH ROW
    WHEN (current_setting('planner.writer', true) IS DISTINCT FROM 'mcp-planner')
    EXECUTE FUNCTION planner.audit_outside();
CREATE TRIGGER steps_outside AFTER INSERT OR UPDATE OR DELETE ON planner.steps FOR EACH ROW
    WHEN (current_setting('planner.writer', true) IS DISTINCT FROM 'mcp-planner')
    EXECUTE FUNCTION planner.audit_outside();
CREATE TRIGGER disputes_outside AFTER INSERT OR UPDATE OR DELETE ON planner.disputes FOR EACH ROW
    WHEN (current_setting('planner.writer', true) IS DISTINCT FROM 'mcp-planner')
    EXECUTE FUNCTION planner.audit_outside();
CREATE TRIGGER deps_outside AFTER INSERT OR UPDATE OR DELETE ON planner.deps FOR EACH ROW
    WHEN (current_setting('planner.writer', true) IS DISTINCT FROM 'mcp-planner')
    EXECUTE FUNCTION planner.audit_outside();

-- Answers already given, by the caller's request id; kept 7 days.
CREATE TABLE planner.requests (
    id text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    answer jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT requests_id_size CHECK (char_length(id) BETWEEN 1 AND 64)
);
CREATE INDEX requests_by_time ON planner.requests (at);

-- Keys that never leave the database: processes sign and verify through planner.state_mac.
CREATE TABLE planner.secrets (
    name text PRIMARY KEY,
    value bytea NOT NULL
);
INSERT INTO planner.secrets (name, value)
VALUES ('state', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                        || uuid_send(gen_random_uuid())));

-- HMAC-SHA256 (RFC 2104) over the text, in hexadecimal.
CREATE FUNCTION planner.state_mac(payload text) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    key bytea := (SELECT value FROM planner.secrets WHERE name = 'state');
    inner_pad bytea := decode(repeat('36', 64), 'hex');
    outer_pad bytea := decode(repeat('5c', 64), 'hex');
BEGIN
    FOR i IN 0 .. octet_length(key) - 1 LOOP
        inner_pad := set_byte(inner_pad, i, get_byte(key, i) # 54);
        outer_pad := set_byte(outer_pad, i, get_byte(key, i) # 92);
    END LOOP;
    RETURN encode(sha256(outer_pad || sha256(inner_pad || convert_to(payload, 'UTF8'))), 'hex');
END
$$;

-- Exact progress of an item: integers decide completion, the sum only the mean.
CREATE FUNCTION planner.progress(n_children integer, n_open integer, sum double precision,
                                 status text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coalesce(n_children, 0) > 0
                THEN CASE WHEN n_open = 0 THEN 1.0 ELSE least(greatest(sum / n_children, 0), 1) END
                ELSE CASE WHEN status = 'complete' THEN 1.0 ELSE 0.0 END
           END
$$;

-- Progress as it is shown: four decimals, rounded down, so that only what is complete shows 1.
CREATE FUNCTION planner.shown(n_children integer, n_open integer, sum double precision,
                              status text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT floor(planner.progress(n_children, n_open, sum, status) * 10000 + 1e-6) / 10000
           - CASE WHEN n_children > 0 AND n_open > 0
                       AND planner.progress(n_children, n_open, sum, status) > 0.99995
                  THEN 0.0001 ELSE 0 END
$$;

-- How many review rounds a step has. A limit that was lowered below what is used already takes effect
-- at the next review, which is the last one then; in a dispute there are no more.
CREATE FUNCTION planner.rounds(s planner.steps, p_max integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN s.max_iterations_reached THEN s.iteration_count
                WHEN s.status IN ('pending', 'server_draft', 'client_review')
                THEN greatest(p_max, s.iteration_count + 1)
                ELSE greatest(p_max, s.iteration_count) END
$$;

-- Wherever a tool takes a project: its id, its slug, or, without either, the project bound to the
-- directory or to the nearest directory above it.
CREATE FUNCTION planner.find_project(p_id uuid, p_slug text, p_directory text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE
            WHEN p_id IS NOT NULL THEN (SELECT id FROM planner.projects WHERE id = p_id)
            WHEN p_slug IS NOT NULL THEN (SELECT id FROM planner.projects WHERE slug = p_slug)
            ELSE (SELECT id FROM planner.projects
                  WHERE status = 'active' AND workspace IS NOT NULL
                    AND (p_directory = workspace OR workspace = '/'
                         OR starts_with(p_directory, workspace || '/'))
                  ORDER BY length(workspace) DESC, id LIMIT 1)
        END);
END
$$;

-- As find_item, deleted ones too: what happened to them stays to be read.
CREATE FUNCTION planner.find_ever(p_id uuid, p_slug text, p_number integer)
RETURNS TABLE (project_id uuid, id uuid)
LANGUAGE sql STABLE AS $$
    SELECT i.project_id, i.id FROM planner.items i WHERE i.id = p_id
    UNION ALL
    SELECT i.project_id, i.id
    FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.number = p_number
    WHERE p.slug = p_slug
    UNION ALL
    SELECT i.project_id, i.id FROM planner.disputes d
    JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
    WHERE d.id = p_id
$$;

-- Wherever a tool takes an item: its id, or the slug and number of its key, or the id of a dispute
-- for the step that it is about; a directory instead of the slug: the project that is bound to it. No
-- row when unknown or deleted itself; whether an ancestor is, is_gone tells.
CREATE FUNCTION planner.find_item(p_id uuid, p_slug text, p_number integer)
RETURNS TABLE (project_id uuid, id uuid)
LANGUAGE sql STABLE AS $$
    SELECT i.project_id, i.id FROM planner.items i WHERE i.id = p_id AND i.deleted_at IS NULL
    UNION ALL
    SELECT i.project_id, i.id
    FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.number = p_number
    WHERE p.slug = p_slug AND i.deleted_at IS NULL
    UNION ALL
    SELECT i.project_id, i.id FROM planner.disputes d
    JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
    WHERE d.id = p_id AND i.deleted_at IS NULL
    UNION ALL
    SELECT p.id, p.id FROM planner.projects p
    WHERE starts_with(p_slug, '/') AND p.id = planner.find_project(NULL, NULL, p_slug)
$$;

-- A function here is either plain SQL that the planner puts in the place of its call, or plpgsql,
-- whose plans a session keeps: SQL that cannot be inlined is planned again by every statement.

-- Deleting marks only the top of a subtree: an item is gone when it or an ancestor is deleted.
CREATE FUNCTION planner.is_gone(p_project uuid, p_item uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    gone boolean;
BEGIN
    WHILE p_item IS NOT NULL LOOP
        SELECT parent_id, deleted_at IS NOT NULL INTO p_item, gone FROM planner.items
        WHERE project_id = p_project AND id = p_item;
        IF gone THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- How many disputes of a project wait for a person. Only where something was deleted their steps are
-- looked up, and only where a task was, the ancestors of each.
CREATE FUNCTION planner.pending_disputes(p_project uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    tops boolean := EXISTS (SELECT FROM planner.items i WHERE i.project_id = p_project
                            AND i.deleted_at IS NOT NULL AND i.kind = 'task');
BEGIN
    IF NOT tops AND NOT EXISTS (SELECT FROM planner.items i WHERE i.project_id = p_project
                                AND i.deleted_at IS NOT NULL) THEN
        RETURN (SELECT count(*) FROM planner.disputes d
                WHERE d.project_id = p_project AND d.status = 'pending');
    END IF;
    RETURN (
        SELECT count(*) FROM planner.disputes d CROSS JOIN LATERAL (
            SELECT i.deleted_at FROM planner.items i
            WHERE i.project_id = p_project AND i.id = d.step_id OFFSET 0) s
        WHERE d.project_id = p_project AND d.status = 'pending' AND s.deleted_at IS NULL
          AND NOT (tops AND planner.is_gone(p_project, d.step_id)));
END
$$;

-- A time as answers carry it: ISO 8601, UTC, milliseconds.
CREATE FUNCTION planner.iso(at timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The topology lock of a project: shared for ordinary writes, exclusive for what moves, deletes,
-- links, or opens and closes items that others wait for. Transaction-level, so it works behind a
-- transaction pooler.
CREATE FUNCTION planner.lock_topology(p_project uuid, p_exclusive boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_exclusive THEN
        PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_project, 0));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(uuid_hash_extended(p_project, 0));
    END IF;
    RETURN p_exclusive;
END
$$;

-- One agent's claims in a project, one taker at a time: two processes under one name keep to its cap.
CREATE FUNCTION planner.lock_claims(p_project uuid, p_agent text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_agent, uuid_hash_extended(p_project, 1)));
    RETURN true;
END
$$;

-- Does anything wait for this item or for one of its ancestors? Then closing or opening it may
-- change the readiness of items anywhere in the project.
CREATE FUNCTION planner.is_waited_for(p_project uuid, p_item uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        WITH RECURSIVE up (id, parent_id) AS (
            SELECT i.id, i.parent_id FROM planner.items i
            WHERE i.project_id = p_project AND i.id = p_item
            UNION ALL
            SELECT i.id, i.parent_id FROM up JOIN planner.items i
                ON i.project_id = p_project AND i.id = up.parent_id
        )
        SELECT EXISTS (SELECT FROM up JOIN planner.deps d
                       ON d.project_id = p_project AND d.blocked_by = up.id));
END
$$;

-- What has to be over before what, as a graph. Each item has two nodes: it starts, it ends.
--   start(x) needs start(parent), end(each blocker) and, in sequence, end(the sibling before it)
--   end(x)   needs start(x), end(each child)
-- A circle in it is work that can never begin. What is closed counts, too: it may be reopened, and
-- a closed parent is, by the very row that is about to hang from it. The next three functions walk it.
-- Children that nothing else is tied to, steps without dependencies, lead nowhere and are passed over
-- unless they are in p_mind: a subtree costs its tasks and edges, one look for each step. (That look
-- is no EXISTS, which would be answered by reading all edges of the project first.)

-- What a node needs. p_inside: only the children of a task, which are many; false: all the rest.
CREATE FUNCTION planner.needs(p_project uuid, p_id uuid, p_is_end boolean, p_inside boolean,
                              p_mind uuid[])
RETURNS TABLE (id uuid, is_end boolean) LANGUAGE sql STABLE AS $$
    SELECT c.id, true FROM planner.items c
    WHERE p_inside AND p_is_end AND c.project_id = p_project AND c.parent_id = p_id
      AND c.deleted_at IS NULL
      AND (c.kind = 'task' OR c.id = ANY (p_mind)
           OR (SELECT true FROM planner.deps d
               WHERE d.project_id = p_project AND d.item_id = c.id LIMIT 1))
    UNION ALL
    SELECT p_id, false WHERE NOT p_inside AND p_is_end
    UNION ALL
    SELECT i.parent_id, false FROM planner.items i
    WHERE NOT p_inside AND NOT p_is_end AND i.project_id = p_project AND i.id = p_id
      AND i.parent_id IS NOT NULL
    UNION ALL
    SELECT b.id, true FROM planner.deps d
    JOIN planner.items b ON b.project_id = d.project_id AND b.id = d.blocked_by
    WHERE NOT p_inside AND NOT p_is_end AND d.project_id = p_project AND d.item_id = p_id
      AND b.deleted_at IS NULL
    UNION ALL
    SELECT e.id, true FROM planner.items i
    JOIN planner.items u ON u.project_id = p_project AND u.id = i.parent_id AND u.sequential
    CROSS JOIN LATERAL ( -- the last would do, it waits itself for those before: these are fewer turns
        SELECT x.id FROM planner.items x
        WHERE x.project_id = p_project AND x.parent_id = u.id
          AND x.sort_key < i.sort_key AND x.deleted_at IS NULL
          AND (x.kind = 'task' OR x.id = ANY (p_mind)
               OR (SELECT true FROM planner.deps d
                   WHERE d.project_id = p_project AND d.item_id = x.id LIMIT 1))
        ORDER BY x.sort_key DESC LIMIT 64) e
    WHERE NOT p_inside AND NOT p_is_end AND i.project_id = p_project AND i.id = p_id
$$;

-- The same from the other end: what needs a node. What is deleted still waits for what is not, and
-- stops here: its parent ends without it.
CREATE FUNCTION planner.needed_by(p_project uuid, p_id uuid, p_is_end boolean, p_inside boolean,
                                  p_mind uuid[])
RETURNS TABLE (id uuid, is_end boolean) LANGUAGE sql STABLE AS $$
    SELECT c.id, false FROM planner.items c
    WHERE p_inside AND NOT p_is_end AND c.project_id = p_project AND c.parent_id = p_id
      AND c.deleted_at IS NULL
      AND (c.kind = 'task' OR c.id = ANY (p_mind)
           OR (SELECT true FROM planner.deps d
               WHERE d.project_id = p_project AND d.blocked_by = c.id LIMIT 1))
    UNION ALL
    SELECT p_id, true WHERE NOT p_inside AND NOT p_is_end
    UNION ALL
    SELECT i.parent_id, true FROM planner.items i
    WHERE NOT p_inside AND p_is_end AND i.project_id = p_project AND i.id = p_id
      AND i.parent_id IS NOT NULL AND i.deleted_at IS NULL
    UNION ALL
    SELECT w.id, false FROM planner.deps d
    JOIN planner.items w ON w.project_id = d.project_id AND w.id = d.item_id
    WHERE NOT p_inside AND p_is_end AND d.project_id = p_project AND d.blocked_by = p_id
      AND w.deleted_at IS NULL
    UNION ALL
    SELECT e.id, false FROM planner.items i
    JOIN planner.items u ON u.project_id = p_project AND u.id = i.parent_id AND u.sequential
    CROSS JOIN LATERAL (
        SELECT x.id FROM planner.items x
        WHERE x.project_id = p_project AND x.parent_id = u.id
          AND x.sort_key > i.sort_key AND x.deleted_at IS NULL
          AND (x.kind = 'task' OR x.id = ANY (p_mind)
               OR (SELECT true FROM planner.deps d
                   WHERE d.project_id = p_project AND d.blocked_by = x.id LIMIT 1))
        ORDER BY x.sort_key LIMIT 64) e
    WHERE NOT p_inside AND p_is_end AND i.project_id = p_project AND i.id = p_id
      AND i.deleted_at IS NULL
$$;

-- Items and all that is above them.
CREATE FUNCTION planner.with_ancestors(p_project uuid, p_items uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        WITH RECURSIVE up (id) AS (
            SELECT * FROM unnest(p_items)
            UNION
            SELECT i.parent_id FROM up JOIN planner.items i
                ON i.project_id = p_project AND i.id = up.id AND i.parent_id IS NOT NULL
        )
        SELECT up.id FROM up);
END
$$;

-- Can one of p_from not end before p_item starts (or, p_is_end, ends)? Then p_item, or what is about to
-- hang from it, may not wait for it: the way from the one to the other, in ids. NULL: there is none.
--
-- Two walks, down from p_from and up from p_item, take turns: always the one that has seen less, so
-- that the answer costs what the cheaper of the two does; subtrees are entered last. A leaf that
-- nothing waits for is settled in a few rows, however large what it is about to wait for. What p_item
-- needs already cannot need it, or there would be a circle: the nearest of that, its ancestors and
-- what they wait for, is not walked again. p_changed: the plan may have a circle, because it was
-- changed already; then all is walked.
CREATE FUNCTION planner.circle(p_project uuid, p_from uuid[], p_item uuid, p_is_end boolean,
                               p_changed boolean DEFAULT false)
RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    enter CONSTANT integer := 200; -- nodes that are seen before a subtree is entered
    above uuid[] := planner.with_ancestors(p_project, ARRAY[p_item]);
    origin uuid[] := planner.with_ancestors(p_project, p_from);
    known_ids uuid[];
    known_ends boolean[];
    down_ids uuid[];
    down_ends boolean[];
    down_by integer[]; -- the place of the node that led there, 0: none
    down_done integer := 0; -- so many of them were left by all ways but into subtrees
    down_entered integer := 0; -- and so many by those
    up_ids uuid[] := ARRAY[p_item];
    up_ends boolean[] := ARRAY[p_is_end];
    up_by integer[] := ARRAY[0];
    up_done integer := 0;
    up_entered integer := 0;
    n_down integer;
    n_up integer := 1;
    inside boolean;
    more record;
    hit integer;
    way uuid[];
BEGIN
    WITH RECURSIVE need (id, is_end) AS (
        SELECT p_item, p_is_end
        UNION
        SELECT m.id, m.is_end FROM need n
        CROSS JOIN LATERAL planner.needs(p_project, n.id, n.is_end, false, '{}') m
    )
    SELECT coalesce(array_agg(n.id), '{}'), coalesce(array_agg(n.is_end), '{}')
    INTO known_ids, known_ends
    FROM (SELECT * FROM need LIMIT 256) n
    WHERE NOT p_changed AND (n.id, n.is_end) <> (p_item, p_is_end);
    SELECT coalesce(array_agg(f.id), '{}'), coalesce(array_agg(true), '{}'),
           coalesce(array_agg(0), '{}'), count(*)
    INTO down_ids, down_ends, down_by, n_down
    FROM (SELECT DISTINCT f.id FROM unnest(p_from) f (id)
          WHERE (f.id, true) NOT IN (SELECT * FROM unnest(known_ids, known_ends))) f;
    LOOP
        SELECT n.place INTO hit
        FROM unnest(down_ids[down_done + 1:], down_ends[down_done + 1:])
            WITH ORDINALITY AS n (id, is_end, place)
        WHERE CASE WHEN n.is_end THEN n.id = ANY (above) ELSE n.id = p_item AND NOT p_is_end END
        ORDER BY n.place LIMIT 1;
        IF hit IS NOT NULL THEN
            hit := down_done + hit;
            way := ARRAY[p_item];
            WHILE hit > 0 LOOP
                way := CASE WHEN way[1] = down_ids[hit] THEN way ELSE down_ids[hit] || way END;
                hit := down_by[hit];
            END LOOP;
            RETURN way;
        END IF;
        SELECT n.place INTO hit
        FROM unnest(up_ids[up_done + 1:], up_ends[up_done + 1:])
            WITH ORDINALITY AS n (id, is_end, place)
        WHERE n.id = ANY (CASE WHEN n.is_end THEN p_from ELSE origin END)
        ORDER BY n.place LIMIT 1;
        IF hit IS NOT NULL THEN
            hit := up_done + hit;
            way := ARRAY(SELECT f FROM unnest(p_from) f WHERE up_ids[hit] = ANY (
                             planner.with_ancestors(p_project, ARRAY[f])) LIMIT 1);
            WHILE hit > 0 LOOP
                way := CASE WHEN way[cardinality(way)] = up_ids[hit] THEN way
                            ELSE way || up_ids[hit] END;
                hit := up_by[hit];
            END LOOP;
            RETURN way;
        END IF;
        EXIT WHEN down_entered = n_down OR up_entered = n_up;
        IF n_down + enter * (down_done = n_down)::integer
           <= n_up + enter * (up_done = n_up)::integer THEN
            inside := down_done = n_down;
            SELECT array_agg(t.id) AS ids, array_agg(t.is_end) AS ends, array_agg(t.place) AS led,
                   count(*)::integer AS n
            INTO more
            FROM (SELECT DISTINCT ON (m.id, m.is_end) m.id, m.is_end,
                         CASE WHEN inside THEN down_entered ELSE down_done END
                         + n.place::integer AS place
                  FROM unnest(CASE WHEN inside THEN down_ids[down_entered + 1:]
                                   ELSE down_ids[down_done + 1:] END,
                              CASE WHEN inside THEN down_ends[down_entered + 1:]
                                   ELSE down_ends[down_done + 1:] END)
                      WITH ORDINALITY AS n (id, is_end, place)
                  CROSS JOIN LATERAL planner.needs(p_project, n.id, n.is_end, inside, above) m
                  WHERE (m.id, m.is_end) NOT IN (SELECT * FROM unnest(down_ids || known_ids,
                                                                      down_ends || known_ends))
                  ORDER BY m.id, m.is_end) t;
            down_entered := CASE WHEN inside THEN n_down ELSE down_entered END;
            down_done := n_down;
            down_ids := down_ids || more.ids;
            down_ends := down_ends || more.ends;
            down_by := down_by || more.led;
            n_down := n_down + more.n;
        ELSE
            inside := up_done = n_up;
            SELECT array_agg(t.id) AS ids, array_agg(t.is_end) AS ends, array_agg(t.place) AS led,
                   count(*)::integer AS n
            INTO more
            FROM (SELECT DISTINCT ON (m.id, m.is_end) m.id, m.is_end,
                         CASE WHEN inside THEN up_entered ELSE up_done END
                         + n.place::integer AS place
                  FROM unnest(CASE WHEN inside THEN up_ids[up_entered + 1:]
                                   ELSE up_ids[up_done + 1:] END,
                              CASE WHEN inside THEN up_ends[up_entered + 1:]
                                   ELSE up_ends[up_done + 1:] END)
                      WITH ORDINALITY AS n (id, is_end, place)
                  CROSS JOIN LATERAL planner.needed_by(p_project, n.id, n.is_end, inside, origin) m
                  WHERE (m.id, m.is_end) NOT IN (SELECT * FROM unnest(up_ids, up_ends))
                  ORDER BY m.id, m.is_end) t;
            up_entered := CASE WHEN inside THEN n_up ELSE up_entered END;
            up_done := n_up;
            up_ids := up_ids || more.ids;
            up_ends := up_ends || more.ends;
            up_by := up_by || more.led;
            n_up := n_up + more.n;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Keys of items, in the order of their ids here.
CREATE FUNCTION planner.keys_of(p_project uuid, p_items uuid[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_agg(CASE WHEN i.kind = 'project' THEN p.slug ELSE p.slug || '-' || i.number END
                        ORDER BY w.place)
        FROM unnest(p_items) WITH ORDINALITY AS w (id, place)
        JOIN planner.items i ON i.project_id = p_project AND i.id = w.id
        JOIN planner.projects p ON p.id = p_project);
END
$$;

-- What an item itself depends on that is still open, as a text: the first four, and how many more.
CREATE FUNCTION planner.open_blockers(p_project uuid, p_item uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT string_agg(b.key, ', ' ORDER BY b.place) FILTER (WHERE b.place <= 4)
               || CASE WHEN count(*) > 4 THEN ' and ' || count(*) - 4 || ' more' ELSE '' END
        FROM (SELECT p.slug || '-' || i.number AS key, row_number() OVER (ORDER BY i.number) AS place
              FROM planner.deps d
              JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.blocked_by
              JOIN planner.projects p ON p.id = d.project_id
              WHERE d.project_id = p_project AND d.item_id = p_item AND i.status = 'open'
                AND i.deleted_at IS NULL) b);
END
$$;

-- Is an item the top of a subtree, or in it?
CREATE FUNCTION planner.is_below(p_project uuid, p_item uuid, p_top uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    WHILE p_item IS NOT NULL AND p_item <> p_top LOOP
        SELECT parent_id INTO p_item FROM planner.items WHERE project_id = p_project AND id = p_item;
    END LOOP;
    RETURN p_item IS NOT NULL;
END
$$;

-- The direct child of p_top that an item is or stands below; NULL when it does not.
CREATE FUNCTION planner.child_above(p_project uuid, p_item uuid, p_top uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
    above uuid;
BEGIN
    WHILE p_item IS NOT NULL LOOP
        SELECT parent_id INTO above FROM planner.items WHERE project_id = p_project AND id = p_item;
        IF above = p_top THEN
            RETURN p_item;
        END IF;
        p_item := above;
    END LOOP;
    RETURN NULL;
END
$$;

-- The dependencies with one end in a subtree; `inward`: something outside waits for something in it.
-- From the cheaper side: few dependencies climb, few items look theirs up.
CREATE FUNCTION planner.edges_across(p_project uuid, p_top uuid)
RETURNS TABLE (item_id uuid, blocked_by uuid, inward boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM planner.items i
                   WHERE i.project_id = p_project AND i.parent_id = p_top) THEN
        RETURN QUERY
            SELECT d.item_id, d.blocked_by, false FROM planner.deps d
            WHERE d.project_id = p_project AND d.item_id = p_top
            UNION ALL
            SELECT d.item_id, d.blocked_by, true FROM planner.deps d
            WHERE d.project_id = p_project AND d.blocked_by = p_top;
    ELSIF (SELECT count(*) FROM (SELECT FROM planner.deps d
                                 WHERE d.project_id = p_project LIMIT 501) few) <= 500 THEN
        RETURN QUERY
            SELECT d.item_id, d.blocked_by, e.inward
            FROM planner.deps d CROSS JOIN LATERAL (
                SELECT planner.is_below(p_project, d.item_id, p_top) AS outward,
                       planner.is_below(p_project, d.blocked_by, p_top) AS inward OFFSET 0) e
            WHERE d.project_id = p_project AND e.outward <> e.inward
              AND NOT (e.outward AND planner.is_gone(p_project, d.item_id));
    ELSE
        RETURN QUERY
            WITH RECURSIVE below (id) AS (
                SELECT p_top
                UNION ALL
                SELECT c.id FROM below b CROSS JOIN LATERAL (
                    SELECT i.id FROM planner.items i
                    WHERE i.project_id = p_project AND i.parent_id = b.id
                      AND i.deleted_at IS NULL) c
            )
            SELECT e.* FROM below b CROSS JOIN LATERAL (
                SELECT d.item_id, d.blocked_by, false FROM planner.deps d
                WHERE d.project_id = p_project AND d.item_id = b.id
                  AND NOT planner.is_below(p_project, d.blocked_by, p_top)
                UNION ALL
                SELECT d.item_id, d.blocked_by, true FROM planner.deps d
                WHERE d.project_id = p_project AND d.blocked_by = b.id
                  AND NOT planner.is_below(p_project, d.item_id, p_top)) e;
    END IF;
END
$$;

-- The claims in a subtree: few climb, an item alone looks up its own.
CREATE FUNCTION planner.claims_below(p_project uuid, p_top uuid) RETURNS SETOF planner.claims
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM planner.items i
                   WHERE i.project_id = p_project AND i.parent_id = p_top) THEN
        RETURN QUERY SELECT c.* FROM planner.claims c
                     WHERE c.project_id = p_project AND c.item_id = p_top;
    ELSE
        RETURN QUERY SELECT c.* FROM planner.claims c
                     WHERE c.project_id = p_project
                       AND planner.is_below(p_project, c.item_id, p_top);
    END IF;
END
$$;

-- All that the starts or ends of p_from need, by the steps of planner.needs, if p_item stood below
-- p_parent, between the siblings p_prev and p_next; p_item null: as the plan is.
CREATE FUNCTION planner.needs_if(p_project uuid, p_from uuid[], p_ends boolean, p_item uuid,
                                 p_parent uuid, p_prev uuid, p_next uuid)
RETURNS TABLE (id uuid, is_end boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE need (id, is_end) AS (
        SELECT f, p_ends FROM unnest(p_from) f
        UNION
        SELECT m.id, m.is_end FROM need n CROSS JOIN LATERAL (
            SELECT n.id, false AS is_end WHERE n.is_end
            UNION ALL
            SELECT c.id, true FROM planner.items c
            WHERE n.is_end AND c.project_id = p_project AND c.parent_id = n.id
              AND c.deleted_at IS NULL AND c.id IS DISTINCT FROM p_item
            UNION ALL
            SELECT p_item, true WHERE n.is_end AND n.id = p_parent
            UNION ALL
            SELECT d.blocked_by, true FROM planner.deps d JOIN planner.items b
                ON b.project_id = d.project_id AND b.id = d.blocked_by
            WHERE NOT n.is_end AND d.project_id = p_project AND d.item_id = n.id
              AND b.deleted_at IS NULL
            UNION ALL
            SELECT w.* FROM planner.items i
            JOIN planner.items u ON u.project_id = p_project
                AND u.id = CASE WHEN i.id = p_item THEN p_parent ELSE i.parent_id END
            CROSS JOIN LATERAL (
                SELECT u.id, false
                UNION ALL
                SELECT p_prev, true WHERE u.sequential AND i.id = p_item AND p_prev IS NOT NULL
                UNION ALL
                SELECT p_item, true WHERE u.sequential AND i.id = p_next
                UNION ALL
                SELECT e.id, true FROM (
                    SELECT x.id FROM planner.items x
                    WHERE x.project_id = p_project AND x.parent_id = u.id
                      AND x.sort_key < i.sort_key AND x.deleted_at IS NULL
                      AND x.id IS DISTINCT FROM p_item
                    ORDER BY x.sort_key DESC LIMIT 1) e
                WHERE u.sequential AND i.id IS DISTINCT FROM p_item
                  AND i.id IS DISTINCT FROM p_next) w
            WHERE NOT n.is_end AND i.project_id = p_project AND i.id = n.id
        ) m
    )
    SELECT n.id, n.is_end FROM need n;
END
$$;

-- Is it certain, from the plan as it is, that a move closes no circle? What the moved subtree waits for
-- would have to wait for the new place to end, or what waits for something in it be needed by the new
-- place to start: circle looks for both, from the cheaper side. It sees the item in its old place, so
-- what it finds need not be so.
CREATE FUNCTION planner.move_is_safe(p_project uuid, p_parent uuid, p_prev uuid, p_next uuid,
                                     p_waiting uuid[], p_needed uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    above uuid[] := planner.with_ancestors(p_project, ARRAY[p_parent]);
    in_sequence boolean := (SELECT i.sequential FROM planner.items i
                            WHERE i.project_id = p_project AND i.id = p_parent);
    before uuid[];
BEGIN
    IF planner.circle(p_project, p_needed, p_parent, true) IS NOT NULL
       OR in_sequence AND p_next IS NOT NULL
          AND planner.circle(p_project, p_needed, p_next, false) IS NOT NULL
       OR p_waiting && above THEN
        RETURN false;
    END IF;
    before := ARRAY(
        SELECT n.id FROM unnest(above) a CROSS JOIN LATERAL
            planner.needs(p_project, a, false, false, '{}') n WHERE n.is_end
        UNION
        SELECT p_prev WHERE in_sequence AND p_prev IS NOT NULL);
    FOR i IN 1 .. cardinality(p_waiting) LOOP
        IF planner.circle(p_project, before, p_waiting[i], false) IS NOT NULL THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$$;

-- Would a move close a circle? Then a dependency that is part of it, else NULL. The plan had none, so
-- a circle would leave the moved subtree, or enter it, by a dependency, and by its new place the
-- other way: what the place needs waits for something in it, or something in it waits for what
-- cannot end before the place. The ends of the place are those of the item and of what is above it.
CREATE FUNCTION planner.move_circle(p_project uuid, p_item uuid, p_parent uuid, p_prev uuid,
                                    p_next uuid)
RETURNS TABLE (item_id uuid, blocked_by uuid) LANGUAGE plpgsql STABLE AS $$
DECLARE
    waiting uuid[];
    needed uuid[];
BEGIN
    SELECT array_agg(DISTINCT e.item_id) FILTER (WHERE e.inward),
           array_agg(DISTINCT e.blocked_by) FILTER (WHERE NOT e.inward)
    INTO waiting, needed FROM planner.edges_across(p_project, p_item) e;
    IF coalesce(cardinality(waiting), 0) <= 100
       AND planner.move_is_safe(p_project, p_parent, p_prev, p_next, coalesce(waiting, '{}'),
                                coalesce(needed, '{}')) THEN
        RETURN;
    END IF;
    IF waiting IS NOT NULL THEN
        RETURN QUERY
            SELECT e.item_id, e.blocked_by FROM planner.edges_across(p_project, p_item) e
            WHERE e.inward AND e.item_id = ANY (ARRAY(
                SELECT n.id FROM planner.needs_if(p_project, ARRAY[p_item], false, p_item, p_parent,
                                                  p_prev, p_next) n
                WHERE NOT n.is_end AND n.id = ANY (waiting)))
            LIMIT 1;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    FOR i IN 1 .. coalesce(cardinality(needed), 0) LOOP
        IF EXISTS (SELECT FROM planner.needs_if(p_project, needed[i:i], true, p_item, p_parent,
                                                p_prev, p_next) n
                   WHERE n.is_end AND (n.id = p_item
                                       OR planner.is_below(p_project, p_parent, n.id))) THEN
            RETURN QUERY
                SELECT e.item_id, e.blocked_by FROM planner.edges_across(p_project, p_item) e
                WHERE NOT e.inward AND e.blocked_by = needed[i] LIMIT 1;
            RETURN;
        END IF;
    END LOOP;
END
$$;

-- A dependency that runs against the order of the children of p_parent, directly or through what is
-- outside of it: in sequence the two would wait for each other. Below a whole project all is inside,
-- and its dependencies are looked at; below a task, what is in it, and what that waits for outside.
CREATE FUNCTION planner.against_order(p_project uuid, p_parent uuid)
RETURNS TABLE (item_id uuid, blocked_by uuid) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_parent = p_project THEN
        RETURN QUERY
            SELECT d.item_id, d.blocked_by FROM planner.deps d
            JOIN planner.items a ON a.project_id = p_project AND a.id = d.item_id
            JOIN planner.items b ON b.project_id = p_project AND b.id = d.blocked_by
            CROSS JOIN LATERAL (
                SELECT planner.child_above(p_project, a.id, p_parent) AS a,
                       planner.child_above(p_project, b.id, p_parent) AS b,
                       planner.is_gone(p_project, a.id) AS gone
                WHERE a.parent_id <> b.parent_id OR a.parent_id = p_parent -- else below one child
                OFFSET 0) t
            JOIN planner.items ta ON ta.project_id = p_project AND ta.id = t.a
            JOIN planner.items tb ON tb.project_id = p_project AND tb.id = t.b
            WHERE d.project_id = p_project AND t.a <> t.b AND NOT t.gone
              AND ta.sort_key < tb.sort_key
            LIMIT 1;
        RETURN;
    END IF;
    RETURN QUERY
        WITH RECURSIVE inside (id, parent_id, top) AS ( -- top: the place of the child that it is below
            SELECT c.id, p_parent, c.sort_key FROM planner.items c
            WHERE c.project_id = p_project AND c.parent_id = p_parent AND c.deleted_at IS NULL
            UNION ALL
            SELECT c.id, i.id, i.top FROM inside i CROSS JOIN LATERAL (
                SELECT x.id FROM planner.items x
                WHERE x.project_id = p_project AND x.parent_id = i.id AND x.deleted_at IS NULL) c
        ), edge AS MATERIALIZED (
            SELECT i.id, i.top, e.id AS blocker, t.id IS NOT NULL AS is_in, t.sort_key AS other
            FROM inside i
            CROSS JOIN LATERAL (
                SELECT b.id FROM planner.deps d
                JOIN planner.items b ON b.project_id = p_project AND b.id = d.blocked_by
                WHERE d.project_id = p_project AND d.item_id = i.id
                  AND (b.parent_id <> i.parent_id OR i.parent_id = p_parent)) e
            LEFT JOIN planner.items t ON t.project_id = p_project
                AND t.id = planner.child_above(p_project, e.id, p_parent)
        ), far (id, is_end, top, item, blocker) AS ( -- what is outside, and the first that waits for it
            SELECT f.* FROM (
                SELECT DISTINCT ON (e.blocker) e.blocker AS id, true, e.top, e.id AS item, e.blocker
                FROM edge e WHERE NOT e.is_in ORDER BY e.blocker, e.top) f
            UNION
            SELECT m.id, m.is_end, f.top, f.item, f.blocker FROM far f CROSS JOIN LATERAL (
                SELECT * FROM planner.needs(p_project, f.id, f.is_end, false, '{}')
                UNION ALL
                SELECT * FROM planner.needs(p_project, f.id, f.is_end, true, '{}')) m
            WHERE f.id <> p_parent AND planner.child_above(p_project, f.id, p_parent) IS NULL
        )
        SELECT s.item, s.blocker FROM (
            SELECT e.id AS item, e.blocker FROM edge e WHERE e.is_in AND e.top < e.other
            UNION ALL
            SELECT f.item, f.blocker FROM far f
            JOIN planner.items t ON t.project_id = p_project
                AND t.id = planner.child_above(p_project, f.id, p_parent)
            WHERE f.is_end AND t.sort_key > f.top) s
        LIMIT 1;
END
$$;

-- Carry a change of one child up the path: counters, completion, availability; release or block
-- what waits for an ancestor that closes or opens. Rows are locked bottom-up, roll before item.
CREATE FUNCTION planner.roll_climb(p_project uuid, p_id uuid, d_children integer, d_open integer,
                                   d_avail integer, d_sum double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r planner.roll;
    i record;
    new_status text;
    new_avail boolean;
    before double precision;
BEGIN
    WHILE p_id IS NOT NULL AND (d_children <> 0 OR d_open <> 0 OR d_avail <> 0 OR d_sum <> 0) LOOP
        SELECT * INTO STRICT r FROM planner.roll
        WHERE project_id = p_project AND id = p_id FOR NO KEY UPDATE;
        SELECT parent_id, status, avail, has_children, has_avail, deleted_at INTO STRICT i
        FROM planner.items WHERE project_id = p_project AND id = p_id;
        before := planner.progress(r.n_children, r.n_open, r.sum, i.status);
        UPDATE planner.roll t SET
            n_children = t.n_children + d_children,
            n_open = t.n_open + d_open,
            n_avail = t.n_avail + d_avail,
            sum = CASE WHEN t.n_open + d_open = 0 THEN t.n_children + d_children
                       ELSE greatest(t.sum + d_sum, 0) END
        WHERE t.project_id = p_project AND t.id = p_id
        RETURNING * INTO r;
        IF (r.n_children > 0) <> i.has_children OR (r.n_avail > 0) <> i.has_avail
           OR (r.n_children > 0 AND (r.n_open = 0) <> (i.status = 'complete')) THEN
            -- Read again under the lock: the item may just have been completed by hand.
            SELECT parent_id, status, avail, has_children, deleted_at INTO STRICT i
            FROM planner.items WHERE project_id = p_project AND id = p_id FOR NO KEY UPDATE;
            IF i.status = 'cancelled' THEN -- since the caller looked: let it look again
                RAISE EXCEPTION 'the parent was cancelled'
                    USING ERRCODE = 'serialization_failure';
            END IF;
            IF NOT i.has_children THEN
                before := planner.progress(0, 0, 0, i.status);
                DELETE FROM planner.claims c -- what is claimed is a leaf
                WHERE c.project_id = p_project AND c.item_id = p_id AND r.n_children > 0;
            END IF;
            new_status := CASE WHEN r.n_children > 0
                               THEN CASE WHEN r.n_open = 0 THEN 'complete' ELSE 'open' END
                               WHEN i.has_children THEN 'open'
                               ELSE i.status END;
            UPDATE planner.items t SET
                status = new_status,
                completed_at = CASE WHEN new_status = 'complete'
                                    THEN coalesce(t.completed_at, now()) END,
                has_children = r.n_children > 0,
                has_avail = r.n_avail > 0
            WHERE t.project_id = p_project AND t.id = p_id
            RETURNING t.avail INTO new_avail;
            d_open := (new_status = 'open')::integer - (i.status = 'open')::integer;
            d_avail := new_avail::integer - i.avail::integer;
            IF d_open <> 0 THEN
                PERFORM planner.release(p_project, p_id, d_open);
            END IF;
        ELSE
            new_status := i.status;
            d_open := 0;
            d_avail := 0;
        END IF;
        d_sum := planner.progress(r.n_children, r.n_open, r.sum, new_status) - before;
        d_children := 0;
        EXIT WHEN i.deleted_at IS NOT NULL; -- nobody above counts it
        p_id := i.parent_id;
    END LOOP;
END
$$;

-- An item closed (p_open -1) or opened (1): count it out of or into what waits for it.
CREATE FUNCTION planner.release(p_project uuid, p_blocker uuid, p_open integer) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    waiting uuid;
    above uuid;
    was_avail boolean;
    now_avail boolean;
BEGIN
    -- All of them before the first is changed: a cursor fetches in portions, and passes over what it
    -- shall lock when a row before it has climbed through that.
    FOREACH waiting IN ARRAY ARRAY(
        SELECT i.id FROM planner.deps w JOIN planner.items i
            ON i.project_id = w.project_id AND i.id = w.item_id
        WHERE w.project_id = p_project AND w.blocked_by = p_blocker
        ORDER BY i.depth DESC, i.id
        FOR NO KEY UPDATE OF i)
    LOOP
        -- Not with the others: a row before this one may have climbed through it.
        SELECT t.avail, t.parent_id INTO STRICT was_avail, above FROM planner.items t
        WHERE t.project_id = p_project AND t.id = waiting;
        UPDATE planner.items t SET n_blockers = t.n_blockers + p_open
        WHERE t.project_id = p_project AND t.id = waiting RETURNING t.avail INTO now_avail;
        IF now_avail <> was_avail THEN
            PERFORM planner.roll_climb(p_project, above, 0, 0,
                                       now_avail::integer - was_avail::integer, 0);
        END IF;
    END LOOP;
END
$$;

-- After a leaf was changed: compare what it was (as read under its lock) with what it is, and
-- carry the difference up.
CREATE FUNCTION planner.settle(p_project uuid, p_item uuid, was_counted boolean, was_open boolean,
                               was_avail boolean, was_progress double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    i record;
    d_open integer;
BEGIN
    SELECT t.parent_id, t.avail,
           t.status <> 'cancelled' AND t.deleted_at IS NULL AS counted,
           t.status = 'open' AND t.deleted_at IS NULL AS open,
           planner.progress(r.n_children, r.n_open, r.sum, t.status) AS progress
    INTO STRICT i
    FROM planner.items t LEFT JOIN planner.roll r ON r.project_id = t.project_id AND r.id = t.id
    WHERE t.project_id = p_project AND t.id = p_item;
    d_open := i.open::integer - was_open::integer;
    IF d_open <> 0 THEN
        PERFORM planner.release(p_project, p_item, d_open);
    END IF;
    PERFORM planner.roll_climb(p_project, i.parent_id, i.counted::integer - was_counted::integer,
        d_open, i.avail::integer - was_avail::integer,
        CASE WHEN i.counted THEN i.progress ELSE 0 END
        - CASE WHEN was_counted THEN was_progress ELSE 0 END);
END
$$;

-- Put an item below p_parent under p_sort_key: the depths below it, both paths. The new path first:
-- what the item keeps open is then not complete in between. Under the exclusive topology lock.
CREATE FUNCTION planner.move_item(p_project uuid, p_item uuid, p_parent uuid, p_sort_key text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    i planner.items;
    r planner.roll;
    d_depth integer;
    counted integer;
    open integer;
    avail integer;
    progress double precision;
BEGIN
    SELECT * INTO STRICT i FROM planner.items x WHERE x.project_id = p_project AND x.id = p_item;
    SELECT * INTO r FROM planner.roll x WHERE x.project_id = p_project AND x.id = p_item;
    SELECT u.depth + 1 - i.depth INTO STRICT d_depth FROM planner.items u
    WHERE u.project_id = p_project AND u.id = p_parent;
    UPDATE planner.items x SET parent_id = p_parent, sort_key = p_sort_key,
        depth = x.depth + d_depth
    WHERE x.project_id = p_project AND x.id = p_item;
    IF d_depth <> 0 THEN -- below a step are those of a promotion that was undone
        WITH RECURSIVE below (id) AS (
            SELECT p_item
            UNION ALL
            SELECT c.id FROM below b CROSS JOIN LATERAL (
                SELECT x.id FROM planner.items x
                WHERE x.project_id = p_project AND x.parent_id = b.id) c
        )
        UPDATE planner.items x SET depth = x.depth + d_depth
        WHERE x.project_id = p_project AND x.id <> p_item
          AND x.id = ANY (ARRAY(SELECT b.id FROM below b));
    END IF;
    IF p_parent <> i.parent_id AND i.deleted_at IS NULL THEN
        counted := (i.status <> 'cancelled')::integer;
        open := (i.status = 'open')::integer;
        avail := i.avail::integer;
        progress := counted * planner.progress(r.n_children, r.n_open, r.sum, i.status);
        PERFORM planner.roll_climb(p_project, p_parent, counted, open, avail, progress);
        PERFORM planner.roll_climb(p_project, i.parent_id, -counted, -open, -avail, -progress);
    END IF;
END
$$;

-- Delete an item with all that is below it: what waits for something in it waits no longer, claims in
-- it end, its path counts it no more. Under the exclusive topology lock.
CREATE FUNCTION planner.delete_item(p_project uuid, p_item uuid) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    i planner.items;
    r planner.roll;
    e record;
    now_avail boolean;
BEGIN
    SELECT * INTO STRICT i FROM planner.items x WHERE x.project_id = p_project AND x.id = p_item;
    SELECT * INTO r FROM planner.roll x WHERE x.project_id = p_project AND x.id = p_item;
    FOR e IN
        SELECT w.id, w.parent_id, w.avail, x.needed, x.n_open FROM (
            SELECT a.item_id, array_agg(a.blocked_by) AS needed,
                   count(*) FILTER (WHERE b.status = 'open') AS n_open
            FROM planner.edges_across(p_project, p_item) a
            JOIN planner.items b ON b.project_id = p_project AND b.id = a.blocked_by
            WHERE a.inward GROUP BY a.item_id) x
        JOIN planner.items w ON w.project_id = p_project AND w.id = x.item_id
        ORDER BY w.depth DESC, w.id
    LOOP
        DELETE FROM planner.deps d WHERE d.project_id = p_project AND d.item_id = e.id
            AND d.blocked_by = ANY (e.needed);
        UPDATE planner.items x SET n_blockers = x.n_blockers - e.n_open
        WHERE x.project_id = p_project AND x.id = e.id AND e.n_open > 0
        RETURNING x.avail INTO now_avail;
        IF FOUND AND now_avail <> e.avail THEN
            PERFORM planner.roll_climb(p_project, e.parent_id, 0, 0,
                                       now_avail::integer - e.avail::integer, 0);
        END IF;
    END LOOP;
    DELETE FROM planner.claims c
    WHERE c.project_id = p_project
      AND c.item_id = ANY (ARRAY(SELECT b.item_id FROM planner.claims_below(p_project, p_item) b));
    UPDATE planner.items x SET deleted_at = now(), version = x.version + 1, updated_at = now()
    WHERE x.project_id = p_project AND x.id = p_item;
    PERFORM planner.settle(p_project, p_item, i.status <> 'cancelled', i.status = 'open', i.avail,
                           planner.progress(r.n_children, r.n_open, r.sum, i.status));
END
$$;

-- An open item as something that others wait for: its key and how it stands.
CREATE FUNCTION planner.wait_on(i planner.items, p_slug text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c planner.claims;
    r planner.roll;
BEGIN
    IF i.has_children THEN
        SELECT * INTO r FROM planner.roll x WHERE x.project_id = i.project_id AND x.id = i.id;
    ELSE
        SELECT * INTO c FROM planner.claims x
        WHERE x.project_id = i.project_id AND x.item_id = i.id AND x.expires_at > now();
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('key', p_slug || '-' || i.number,
        'disputed', CASE WHEN i.disputed THEN true END,
        'progress', CASE WHEN i.has_children
                         THEN planner.shown(r.n_children, r.n_open, r.sum, i.status) END,
        'agent', c.agent, 'until', floor(extract(epoch FROM c.expires_at) * 1000)));
END
$$;

-- The one predicate of readiness (SPEC 1, Ready): what an open item waits for, as facts of which
-- service/ready.c makes the sentence; NULL: nothing. A leaf for which it is NULL is ready, for the
-- agent or, without one, for anybody. Of a task with children only what holds all of it back counts.
--   why    disputed | blocked | content | claimed | assigned | sequence
--   on     what it, or the ancestor `of`, waits for: the first five, and how many `more`
--   agent, until    who holds the claim, or whom it is assigned to
--   action          what would settle missing content
-- With p_taking the agent's own claim counts, too: it has that item, and wants another one.
CREATE FUNCTION planner.wait_of(p_project uuid, p_item uuid, p_agent text,
                                p_taking boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    leaf planner.items;
    i planner.items; -- the item, then its ancestors
    c planner.claims;
    up planner.items;
    slug text;
    earlier planner.items;
    above integer; -- number of the ancestor that is looked at
BEGIN
    SELECT * INTO i FROM planner.items x WHERE x.project_id = p_project AND x.id = p_item;
    leaf := i;
    IF NOT i.has_children THEN
        IF i.disputed THEN
            RETURN jsonb_build_object('why', 'disputed');
        END IF;
        SELECT * INTO c FROM planner.claims x
        WHERE x.project_id = p_project AND x.item_id = p_item AND x.expires_at > now();
        IF FOUND AND (p_taking OR c.agent IS DISTINCT FROM p_agent) THEN
            RETURN jsonb_build_object('why', 'claimed', 'agent', c.agent,
                                      'until', floor(extract(epoch FROM c.expires_at) * 1000));
        END IF;
    END IF;
    WHILE i.parent_id IS NOT NULL LOOP
        IF i.n_blockers > 0 THEN
            SELECT p.slug INTO STRICT slug FROM planner.projects p WHERE p.id = p_project;
            RETURN (
                SELECT jsonb_strip_nulls(jsonb_build_object('why', 'blocked', 'of', slug || '-' || above,
                    'on', jsonb_agg(planner.wait_on(b.item, slug) ORDER BY b.place)
                          FILTER (WHERE b.place <= 5),
                    'more', nullif(greatest(count(*) - 5, 0), 0)))
                FROM (SELECT x AS item, row_number() OVER (ORDER BY x.number) AS place
                      FROM planner.deps w JOIN planner.items x
                          ON x.project_id = w.project_id AND x.id = w.blocked_by
                      WHERE w.project_id = p_project AND w.item_id = i.id AND x.status = 'open'
                        AND x.deleted_at IS NULL) b);
        END IF;
        SELECT * INTO STRICT up FROM planner.items x
        WHERE x.project_id = p_project AND x.id = i.parent_id;
        IF up.sequential THEN
            SELECT * INTO earlier FROM planner.items x
            WHERE x.project_id = p_project AND x.parent_id = up.id
              AND x.sort_key < i.sort_key AND x.status = 'open' AND x.deleted_at IS NULL
            ORDER BY x.sort_key LIMIT 1;
            IF FOUND THEN
                SELECT p.slug INTO STRICT slug FROM planner.projects p WHERE p.id = p_project;
                RETURN jsonb_strip_nulls(jsonb_build_object('why', 'sequence', 'of', slug || '-' || above,
                    'on', jsonb_build_array(planner.wait_on(earlier, slug))));
            END IF;
        END IF;
        i := up;
        above := i.number;
    END LOOP;
    IF NOT leaf.has_children AND leaf.needs_final THEN
        RETURN jsonb_build_object('why', 'content', 'action', (
            SELECT CASE s.status WHEN 'client_review' THEN 'review_step' ELSE 'submit_step' END
            FROM planner.steps s WHERE s.project_id = p_project AND s.id = p_item));
    ELSIF NOT leaf.has_children AND p_agent IS NOT NULL AND leaf.assignee <> p_agent THEN
        RETURN jsonb_build_object('why', 'assigned', 'agent', leaf.assignee);
    END IF;
    RETURN NULL;
END
$$;

-- How an item stands, in one word, given what it waits for: complete, cancelled, open (it has
-- children), disputed, claimed, ready, waiting.
CREATE FUNCTION planner.item_state(i planner.items, wait jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN i.status <> 'open' THEN i.status
                WHEN i.has_children OR i.kind = 'project' THEN 'open'
                WHEN wait IS NULL THEN 'ready'
                WHEN wait ->> 'why' IN ('disputed', 'claimed') THEN wait ->> 'why'
                ELSE 'waiting' END
$$;

-- The same for one who does not need to know what it waits for.
CREATE FUNCTION planner.item_state(i planner.items) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT planner.item_state(i, CASE WHEN i.status = 'open' AND NOT i.has_children
                                      THEN planner.wait_of(i.project_id, i.id, NULL) END)
$$;

-- The first p_limit ready leaves below a parent, depth-first, for an agent. Under a sequential
-- parent only its first open child counts. Whole subtrees are passed over by `avail`, what is
-- assigned to others or held by them at a glance; each leaf that is left the predicate decides.
CREATE FUNCTION planner.ready_below(p_project uuid, p_parent uuid, p_sequential boolean,
                                    p_agent text, p_limit integer)
RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    n integer := 0;
    got integer;
BEGIN
    FOR c IN
        SELECT i.id, i.avail, i.has_children, i.sequential, i.assignee,
               (SELECT k.agent FROM planner.claims k WHERE k.project_id = i.project_id
                AND k.item_id = i.id AND k.expires_at > now()) AS holder
        FROM planner.items i
        WHERE i.project_id = p_project AND i.parent_id = p_parent
          AND i.status = 'open' AND i.deleted_at IS NULL AND (p_sequential OR i.avail)
        ORDER BY i.sort_key
    LOOP
        IF c.avail AND c.has_children THEN
            RETURN QUERY SELECT * FROM planner.ready_below(p_project, c.id, c.sequential, p_agent,
                                                           p_limit - n);
            GET DIAGNOSTICS got = ROW_COUNT;
            n := n + got;
        ELSIF c.avail AND (c.assignee IS NULL OR p_agent IS NULL OR c.assignee = p_agent)
              AND (c.holder IS NULL OR c.holder = p_agent)
              AND planner.wait_of(p_project, c.id, p_agent) IS NULL THEN
            RETURN NEXT c.id;
            n := n + 1;
        END IF;
        EXIT WHEN p_sequential OR n >= p_limit;
    END LOOP;
END
$$;

-- The same for an agent that takes them: leaves that nobody holds, not even the agent itself, each
-- locked before it is decided on, with the claim that ran out on it. What another transaction has
-- locked is not waited for but told as busy. Each statement here sees what was committed by then.
CREATE FUNCTION planner.ready_to_take(p_project uuid, p_parent uuid, p_sequential boolean,
                                      p_agent text, p_limit integer)
RETURNS TABLE (id uuid, was jsonb, busy boolean) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c record;
    n integer := 0;
BEGIN
    IF p_limit < 1 THEN
        RETURN;
    END IF;
    FOR c IN
        SELECT i.id, i.avail, i.has_children, i.sequential, i.assignee,
               (SELECT k.agent FROM planner.claims k WHERE k.project_id = i.project_id
                AND k.item_id = i.id AND k.expires_at > now()) AS holder
        FROM planner.items i
        WHERE i.project_id = p_project AND i.parent_id = p_parent
          AND i.status = 'open' AND i.deleted_at IS NULL AND (p_sequential OR i.avail)
        ORDER BY i.sort_key
    LOOP
        IF c.avail AND c.has_children THEN
            FOR id, was, busy IN SELECT * FROM planner.ready_to_take(p_project, c.id, c.sequential,
                                                                     p_agent, p_limit - n) LOOP
                RETURN NEXT;
                n := n + (NOT busy)::integer;
            END LOOP;
        ELSIF c.avail AND (c.assignee IS NULL OR c.assignee = p_agent) AND c.holder IS NULL
              AND planner.wait_of(p_project, c.id, p_agent, true) IS NULL THEN
            PERFORM FROM planner.items i
            WHERE i.project_id = p_project AND i.id = c.id AND i.avail
            FOR NO KEY UPDATE SKIP LOCKED;
            busy := NOT FOUND;
            was := NULL;
            id := c.id;
            IF busy THEN
                RETURN NEXT;
            ELSIF planner.wait_of(p_project, c.id, p_agent, true) IS NULL THEN
                SELECT json_build_object('agent', k.agent, 'token', k.token,
                    'lease_seconds', k.lease_seconds, 'live', false,
                    'expires_at', floor(extract(epoch FROM k.expires_at) * 1000)) INTO was
                FROM planner.claims k WHERE k.project_id = p_project AND k.item_id = c.id;
                RETURN NEXT;
                n := n + 1;
            END IF;
        END IF;
        EXIT WHEN p_sequential OR n >= p_limit;
    END LOOP;
END
$$;

-- The keys of what an agent holds in a project, the oldest claim first. What was closed, deleted or
-- given children meanwhile is no burden any more.
CREATE FUNCTION planner.held_by(p_project uuid, p_agent text)
RETURNS TABLE (key text, place bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT p.slug || '-' || i.number, row_number() OVER (ORDER BY k.token)
    FROM planner.claims k
    JOIN planner.items i ON i.project_id = k.project_id AND i.id = k.item_id
    JOIN planner.projects p ON p.id = k.project_id
    WHERE k.project_id = p_project AND k.agent = p_agent AND k.expires_at > now()
      AND i.status = 'open' AND i.deleted_at IS NULL AND NOT i.has_children;
END
$$;

-- Open leaves that are not ready, depth-first, each with what it waits for; ends after p_limit rows,
-- and when p_until_ready at the first ready leaf, which comes last, waiting for nothing.
CREATE FUNCTION planner.waiting_below(p_project uuid, p_parent uuid, p_agent text,
                                      p_until_ready boolean, p_limit integer,
                                      p_taking boolean DEFAULT false)
RETURNS TABLE (id uuid, wait jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    n integer := 0;
BEGIN
    FOR c IN
        SELECT i.id, i.has_children FROM planner.items i
        WHERE i.project_id = p_project AND i.parent_id = p_parent
          AND i.status = 'open' AND i.deleted_at IS NULL
        ORDER BY i.sort_key
    LOOP
        IF c.has_children THEN
            FOR id, wait IN SELECT * FROM planner.waiting_below(p_project, c.id, p_agent,
                                                                p_until_ready, p_limit - n,
                                                                p_taking) LOOP
                RETURN NEXT;
                IF wait IS NULL THEN
                    RETURN;
                END IF;
                n := n + 1;
            END LOOP;
        ELSE
            id := c.id;
            wait := planner.wait_of(p_project, c.id, p_agent, p_taking);
            IF wait IS NOT NULL THEN
                RETURN NEXT;
                n := n + 1;
            ELSIF p_until_ready THEN
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
        EXIT WHEN n >= p_limit;
    END LOOP;
END
$$;

-- The outline below a parent, depth-first, at most p_limit rows, going on after the place p_after
-- (the sort keys from below the parent down to the last row told).
CREATE FUNCTION planner.outline_below(p_project uuid, p_parent uuid, p_levels integer,
                                      p_complete boolean, p_limit integer, p_after text[])
RETURNS TABLE (id uuid, place text[]) LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    n integer := 0;
    got integer;
    deeper text[];
BEGIN
    FOR c IN
        SELECT i.id, i.sort_key, i.kind FROM planner.items i
        WHERE i.project_id = p_project AND i.parent_id = p_parent AND i.deleted_at IS NULL
          AND (p_after IS NULL OR i.sort_key >= p_after[1])
          AND (p_complete OR i.status = 'open')
        ORDER BY i.sort_key
    LOOP
        deeper := NULL;
        IF p_after IS NOT NULL AND c.sort_key = p_after[1] THEN
            deeper := p_after[2:];
        ELSE
            id := c.id;
            place := ARRAY[c.sort_key];
            RETURN NEXT;
            n := n + 1;
        END IF;
        IF c.kind = 'task' AND p_levels > 1 AND n < p_limit THEN
            RETURN QUERY SELECT b.id, c.sort_key || b.place FROM planner.outline_below(
                p_project, c.id, p_levels - 1, p_complete, p_limit - n,
                CASE WHEN cardinality(deeper) > 0 THEN deeper END) b;
            GET DIAGNOSTICS got = ROW_COUNT;
            n := n + got;
        END IF;
        EXIT WHEN n >= p_limit;
    END LOOP;
END
$$;

-- The p_limit items behind an item in depth-first order, the nearest first; of a project: its first.
CREATE FUNCTION planner.walk_forward(p_project uuid, p_item uuid, p_limit integer)
RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    here uuid := p_item;
    next uuid;
    i record;
BEGIN
    FOR n IN 1 .. p_limit LOOP
        SELECT x.id INTO next FROM planner.items x
        WHERE x.project_id = p_project AND x.parent_id = here AND x.deleted_at IS NULL
        ORDER BY x.sort_key LIMIT 1;
        WHILE next IS NULL LOOP
            SELECT x.parent_id, x.sort_key INTO i FROM planner.items x
            WHERE x.project_id = p_project AND x.id = here;
            IF i.parent_id IS NULL THEN
                RETURN;
            END IF;
            SELECT x.id INTO next FROM planner.items x
            WHERE x.project_id = p_project AND x.parent_id = i.parent_id
              AND x.sort_key > i.sort_key AND x.deleted_at IS NULL
            ORDER BY x.sort_key LIMIT 1;
            here := i.parent_id;
        END LOOP;
        RETURN NEXT next;
        here := next;
    END LOOP;
END
$$;

-- The same the other way: the last item inside the sibling before it, or its parent; not the project.
CREATE FUNCTION planner.walk_backward(p_project uuid, p_item uuid, p_limit integer)
RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    here uuid := p_item;
    inside uuid;
    i record;
BEGIN
    FOR n IN 1 .. p_limit LOOP
        SELECT x.parent_id, x.sort_key INTO i FROM planner.items x
        WHERE x.project_id = p_project AND x.id = here;
        SELECT x.id INTO inside FROM planner.items x
        WHERE x.project_id = p_project AND x.parent_id = i.parent_id
          AND x.sort_key < i.sort_key AND x.deleted_at IS NULL
        ORDER BY x.sort_key DESC LIMIT 1;
        here := coalesce(inside, i.parent_id);
        WHILE inside IS NOT NULL LOOP
            here := inside;
            SELECT x.id INTO inside FROM planner.items x
            WHERE x.project_id = p_project AND x.parent_id = here AND x.deleted_at IS NULL
            ORDER BY x.sort_key DESC LIMIT 1;
        END LOOP;
        IF here IS NULL OR here = p_project THEN
            RETURN;
        END IF;
        RETURN NEXT here;
    END LOOP;
END
$$;

-- Turn the need for final content on or off, and count what is available afresh, from the bottom.
CREATE FUNCTION planner.require_review(p_project uuid, p_required boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    level integer;
BEGIN
    UPDATE planner.items i SET needs_final = p_required AND s.final_number IS NULL
    FROM planner.steps s
    WHERE i.project_id = p_project AND s.project_id = p_project AND s.id = i.id
      AND i.needs_final <> (p_required AND s.final_number IS NULL);
    FOR level IN REVERSE coalesce((SELECT max(depth) FROM planner.items
                                   WHERE project_id = p_project AND kind <> 'step'), 0) .. 0 LOOP
        UPDATE planner.roll r SET n_avail = n.n_avail
        FROM (SELECT i.id, count(c.id) AS n_avail
              FROM planner.items i LEFT JOIN planner.items c
                  ON c.project_id = p_project AND c.parent_id = i.id AND c.avail
              WHERE i.project_id = p_project AND i.depth = level AND i.kind <> 'step'
              GROUP BY i.id) n
        WHERE r.project_id = p_project AND r.id = n.id AND r.n_avail <> n.n_avail;
        UPDATE planner.items i SET has_avail = r.n_avail > 0
        FROM planner.roll r
        WHERE i.project_id = p_project AND i.depth = level AND r.project_id = p_project
          AND r.id = i.id AND i.has_avail <> (r.n_avail > 0);
    END LOOP;
END
$$;

-- Audit values as history tells them: long texts are cut, nulls kept as what was cleared.
CREATE FUNCTION planner.cut_values(v jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN (
        SELECT jsonb_object_agg(e.key, CASE
            WHEN jsonb_typeof(e.value) = 'string' AND char_length(e.value #>> '{}') > 200
            THEN to_jsonb(left(e.value #>> '{}', 199) || '…') ELSE e.value END)
        FROM jsonb_each(v) e);
END
$$;

-- What a change of a step's content means for its item: whose turn it is, and since when.
CREATE FUNCTION planner.pass_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE planner.items i SET content_status = NEW.status,
        turn_at = CASE WHEN NEW.status IN ('pending', 'server_draft')
                            AND coalesce(i.content_status, 'pending') IN ('pending', 'server_draft')
                       THEN i.turn_at ELSE now() END
    WHERE i.project_id = NEW.project_id AND i.id = NEW.id
      AND coalesce(i.content_status, 'pending') <> NEW.status;
    RETURN NULL;
END
$$;
CREATE TRIGGER steps_turn_given AFTER INSERT ON planner.steps FOR EACH ROW
    WHEN (NEW.status <> 'pending') EXECUTE FUNCTION planner.pass_turn();
CREATE TRIGGER steps_turn_passed AFTER UPDATE OF status ON planner.steps FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION planner.pass_turn();

-- The items of a role's queue behind a place, in its order: one walk along an index.
CREATE FUNCTION planner.queue_page(p_project uuid, p_role text, p_priority smallint, p_at timestamptz,
                                   p_id uuid, p_limit integer)
RETURNS TABLE (id uuid, priority smallint, at timestamptz) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_role = 'worker' THEN
        RETURN QUERY
            SELECT i.id, i.priority, i.created_at FROM planner.items i
            WHERE i.project_id = p_project AND i.avail AND NOT i.has_children
              AND (-i.priority, i.id) > (-p_priority, p_id)
            ORDER BY -i.priority, i.id LIMIT p_limit;
    ELSE
        RETURN QUERY
            SELECT i.id, i.priority, i.turn_at FROM planner.items i
            WHERE i.project_id = p_project AND i.turn = p_role
              AND (-i.priority, i.turn_at, i.id) > (-p_priority, p_at, p_id)
            ORDER BY -i.priority, i.turn_at, i.id LIMIT p_limit;
    END IF;
END
$$;

-- Up to p_limit items that a role has to move, for an agent, behind a place in their order (the most
-- urgent first, then who waits longest), looking at p_bound at most. What is deleted with an ancestor,
-- and for workers what is not ready, is passed over. The last row is not `shown` when the walk ended at
-- its bound: the place to go on from.
CREATE FUNCTION planner.queue_walk(p_project uuid, p_role text, p_agent text, p_priority smallint,
                                   p_at timestamptz, p_id uuid, p_limit integer, p_bound integer)
RETURNS TABLE (id uuid, priority smallint, at timestamptz, shown boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    looked integer := 0;
    n integer := 0;
BEGIN
    FOR id, priority, at IN SELECT q.* FROM planner.queue_page(p_project, p_role, p_priority, p_at,
                                                               p_id, p_bound) q
    LOOP
        looked := looked + 1;
        shown := NOT planner.is_gone(p_project, id)
            AND (p_role <> 'worker' OR planner.wait_of(p_project, id, p_agent) IS NULL);
        IF shown THEN
            RETURN NEXT;
            n := n + 1;
        END IF;
        EXIT WHEN n >= p_limit OR looked >= p_bound;
    END LOOP;
    IF looked >= p_bound AND n < p_limit THEN
        shown := false;
        RETURN NEXT;
    END IF;
END
$$;

-- The figures of a project, as docs/STATS.md defines them. All of it is read, along its keys; joins by
-- hash are allowed here, since everything meets everything.
CREATE FUNCTION planner.project_stats(p_project uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = on SET enable_mergejoin = on
SET work_mem = '64MB' AS $$
BEGIN
    RETURN (
        WITH RECURSIVE gone (id) AS ( -- below what is deleted; that itself is marked
            SELECT i.id FROM planner.items i
            WHERE i.project_id = p_project AND i.deleted_at IS NOT NULL AND i.kind = 'task'
            UNION ALL
            SELECT i.id FROM gone g JOIN planner.items i
                ON i.project_id = p_project AND i.parent_id = g.id
        ), live AS MATERIALIZED (
            SELECT i.id, i.kind, i.status, i.content_status, i.has_children, i.completed_at
            FROM planner.items i
            WHERE i.project_id = p_project AND i.kind <> 'project' AND i.deleted_at IS NULL
              AND i.id NOT IN (SELECT g.id FROM gone g)
        ), counted AS (
            SELECT count(*) FILTER (WHERE kind = 'task') AS tasks,
                count(*) FILTER (WHERE kind = 'task' AND status = 'open') AS tasks_open,
                count(*) FILTER (WHERE kind = 'task' AND status = 'complete') AS tasks_complete,
                count(*) FILTER (WHERE kind = 'task' AND status = 'cancelled') AS tasks_cancelled,
                count(*) FILTER (WHERE kind = 'step') AS steps,
                count(*) FILTER (WHERE kind = 'step' AND status = 'open') AS steps_open,
                count(*) FILTER (WHERE kind = 'step' AND status = 'complete') AS steps_complete,
                count(*) FILTER (WHERE kind = 'step' AND status = 'cancelled') AS steps_cancelled,
                count(*) FILTER (WHERE NOT has_children AND status = 'open') AS remaining,
                count(*) FILTER (WHERE NOT has_children AND status = 'complete'
                                 AND completed_at > now() - interval '7 days') AS done_7,
                count(*) FILTER (WHERE NOT has_children AND status = 'complete'
                                 AND completed_at > now() - interval '30 days') AS done_30
            FROM live
        ), content AS (
            SELECT jsonb_object_agg(n.status, n.n) AS n FROM (
                SELECT k.status, count(l.id) AS n
                FROM unnest(ARRAY['pending', 'server_draft', 'client_review', 'agreed', 'disputed',
                                  'user_resolution']) k (status)
                LEFT JOIN live l ON l.kind = 'step' AND l.status <> 'cancelled'
                    AND coalesce(l.content_status, 'pending') = k.status
                GROUP BY k.status) n
        ), complexity AS (
            SELECT count(*) FILTER (WHERE s.complexity_score < 0.3) AS low,
                count(*) FILTER (WHERE s.complexity_score BETWEEN 0.3 AND 0.7) AS medium,
                count(*) FILTER (WHERE s.complexity_score > 0.7) AS high,
                count(*) FILTER (WHERE s.complexity_score IS NULL) AS unknown
            FROM live l JOIN planner.steps s ON s.project_id = p_project AND s.id = l.id
            WHERE l.status <> 'cancelled'
        ), move AS ( -- each submission, review or resolution, and how many times the content was settled before
            SELECT t.step_id, t.number, t.action, t.at,
                t.action IN ('approve', 'accept', 'resolve') AS settles,
                lag(t.action) OVER w IN ('approve', 'accept', 'resolve') AS after_settled,
                count(*) FILTER (WHERE t.action IN ('approve', 'accept', 'resolve'))
                    OVER (PARTITION BY t.step_id ORDER BY t.number
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS settled
            FROM planner.iterations t
            WHERE t.project_id = p_project AND t.action <> 'assess'
              AND t.step_id IN (SELECT l.id FROM live l)
            WINDOW w AS (PARTITION BY t.step_id ORDER BY t.number)
        ), run AS ( -- from a first submission to what settled it, if anything did
            SELECT m.step_id, count(*) FILTER (WHERE m.action <> 'resolve') AS moves,
                count(*) FILTER (WHERE m.action = 'submit' AND m.after_settled) AS reopened,
                min(m.at) FILTER (WHERE m.action = 'submit') AS began,
                max(m.action) FILTER (WHERE m.settles) AS settled_by,
                max(m.at) FILTER (WHERE m.settles) AS settled_at
            FROM move m GROUP BY m.step_id, m.settled
        ), agreement AS (
            SELECT count(*) FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS agreed,
                count(*) FILTER (WHERE r.settled_by = 'resolve') AS resolved,
                coalesce(sum(r.reopened), 0) AS reopened,
                avg(extract(epoch FROM r.settled_at - r.began))
                    FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS mean,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.settled_at - r.began))
                    FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS median
            FROM run r
        ), iterating AS (
            SELECT avg(n.n) AS mean, max(n.n) AS most
            FROM (SELECT sum(r.moves) AS n FROM run r GROUP BY r.step_id) n
        ), dispute AS (
            SELECT count(*) FILTER (WHERE d.status = 'pending') AS pending,
                count(*) FILTER (WHERE d.status = 'resolved') AS resolved,
                avg(extract(epoch FROM d.resolved_at - d.created_at)) AS mean,
                percentile_cont(0.5) WITHIN GROUP (
                    ORDER BY extract(epoch FROM d.resolved_at - d.created_at)) AS median
            FROM planner.disputes d
            WHERE d.project_id = p_project AND d.step_id IN (SELECT l.id FROM live l)
        ), rate AS (
            SELECT CASE WHEN c.done_7 > 0 THEN c.done_7 / 7.0 ELSE c.done_30 / 30.0 END AS per_day
            FROM counted c
        )
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'tasks', jsonb_build_object('total', c.tasks, 'open', c.tasks_open,
                'complete', c.tasks_complete, 'cancelled', c.tasks_cancelled),
            'steps', jsonb_build_object('total', c.steps, 'open', c.steps_open,
                'complete', c.steps_complete, 'cancelled', c.steps_cancelled),
            'contents', content.n,
            'disputes', jsonb_build_object('pending', d.pending, 'resolved', d.resolved),
            'agreed', a.agreed, 'resolved', a.resolved,
            'agreement_rate', a.agreed::float8 / nullif(a.agreed + a.resolved, 0),
            'iterations_per_step', i.mean::float8, 'most_iterations', i.most,
            'revisions_after_agreement', a.reopened,
            'time_to_agreement', CASE WHEN a.agreed > 0 THEN jsonb_build_object(
                'mean', a.mean::float8, 'median', a.median::float8) END,
            'time_to_resolution', CASE WHEN d.resolved > 0 THEN jsonb_build_object(
                'mean', d.mean::float8, 'median', d.median::float8) END,
            'complexity', jsonb_build_object('low', x.low, 'medium', x.medium, 'high', x.high,
                'unknown', x.unknown),
            'throughput', jsonb_build_object('last_7_days', c.done_7 / 7.0::float8,
                'last_30_days', c.done_30 / 30.0::float8),
            'remaining', c.remaining,
            'estimate', CASE WHEN r.per_day > 0 AND c.remaining > 0 AND c.remaining / r.per_day < 36500
                THEN jsonb_build_object('days', (c.remaining / r.per_day)::float8,
                    'at', planner.iso(now() + c.remaining / r.per_day * interval '1 day')) END))
        FROM counted c, content, complexity x, agreement a, iterating i, dispute d, rate r);
END
$$;

-- The open steps that should be promoted, the highest score first: those that can be, with the titles
-- of their parts as the client, else the server assessed them, else as the text has them; or, with
-- p_skipped, those that can not, with why: disputed, claimed (by whom and until when), deep, parts.
CREATE FUNCTION planner.to_promote(p_project uuid, p_threshold double precision, p_skipped boolean,
                                   p_limit integer)
RETURNS TABLE (id uuid, parts jsonb, why text, agent text, until timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    n integer := 0;
BEGIN
    FOR c IN
        SELECT i.id, i.disputed, i.depth, coalesce(
                   nullif(ca.assessment -> 'breakdown', '[]'),
                   nullif(sa.assessment -> 'breakdown', '[]'), ct.analysis -> 'breakdown') AS parts
        FROM planner.items i
        JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
        LEFT JOIN planner.iterations ca ON ca.project_id = s.project_id AND ca.step_id = s.id
             AND ca.number = s.client_assessment_number
        LEFT JOIN planner.iterations sa ON sa.project_id = s.project_id AND sa.step_id = s.id
             AND sa.number = s.server_assessment_number
        LEFT JOIN planner.iterations ct ON ct.project_id = s.project_id AND ct.step_id = s.id
             AND ct.number = coalesce(s.final_number, s.server_number)
        WHERE i.project_id = p_project AND i.promote_score >= p_threshold
          AND i.promote_score IS NOT NULL AND i.status = 'open' AND i.deleted_at IS NULL
        ORDER BY i.promote_score DESC, i.id
    LOOP
        CONTINUE WHEN planner.is_gone(p_project, c.id);
        SELECT k.agent, k.expires_at INTO agent, until FROM planner.claims k
        WHERE k.project_id = p_project AND k.item_id = c.id AND k.expires_at > clock_timestamp();
        why := CASE WHEN c.disputed THEN 'disputed'
                    WHEN agent IS NOT NULL THEN 'claimed'
                    WHEN c.depth >= 64 THEN 'deep'
                    WHEN c.parts IS NULL THEN 'parts' END;
        CONTINUE WHEN (why IS NOT NULL) <> p_skipped;
        id := c.id;
        parts := c.parts;
        RETURN NEXT;
        n := n + 1;
        EXIT WHEN n >= p_limit;
    END LOOP;
END
$$;

-- The checker: counters, completion and availability computed afresh, and where they differ from
-- what is stored. Empty when the store is right. Slow on purpose; for tests and `doctor`.
CREATE FUNCTION planner.roll_check(p_project uuid)
RETURNS TABLE (id uuid, what text, stored text, expected text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    t record;
    r planner.roll;
BEGIN
    FOR t IN
        SELECT i.id, i.kind, i.status, i.has_children, i.has_avail, i.n_blockers,
               (SELECT count(*) FROM planner.deps w JOIN planner.items b
                    ON b.project_id = w.project_id AND b.id = w.blocked_by
                WHERE w.project_id = i.project_id AND w.item_id = i.id AND b.status = 'open'
                  AND b.deleted_at IS NULL) AS blockers,
               count(c.id) FILTER (WHERE c.status <> 'cancelled') AS n_children,
               count(c.id) FILTER (WHERE c.status = 'open') AS n_open,
               count(c.id) FILTER (WHERE c.avail) AS n_avail,
               sum(planner.progress(cr.n_children, cr.n_open, cr.sum, c.status))
                   FILTER (WHERE c.status <> 'cancelled') AS sum
        FROM planner.items i
        LEFT JOIN planner.items c ON c.project_id = i.project_id AND c.parent_id = i.id
             AND c.deleted_at IS NULL
        LEFT JOIN planner.roll cr ON cr.project_id = c.project_id AND cr.id = c.id
        WHERE i.project_id = p_project AND i.deleted_at IS NULL
        GROUP BY i.project_id, i.id
    LOOP
        id := t.id;
        IF t.n_blockers <> t.blockers THEN
            what := 'n_blockers'; stored := t.n_blockers; expected := t.blockers;
            RETURN NEXT;
        END IF;
        CONTINUE WHEN t.kind = 'step';
        SELECT * INTO STRICT r FROM planner.roll x WHERE x.project_id = p_project AND x.id = t.id;
        IF (r.n_children, r.n_open, r.n_avail) <> (t.n_children, t.n_open, t.n_avail) THEN
            what := 'counts'; stored := (r.n_children, r.n_open, r.n_avail)::text;
            expected := (t.n_children, t.n_open, t.n_avail)::text;
            RETURN NEXT;
        END IF;
        IF abs(r.sum - coalesce(t.sum, 0)) > 1e-6 OR (t.n_open = 0 AND r.sum <> t.n_children) THEN
            what := 'sum'; stored := r.sum; expected := coalesce(t.sum, 0);
            RETURN NEXT;
        END IF;
        IF t.has_children <> (t.n_children > 0) OR t.has_avail <> (t.n_avail > 0)
           OR (t.n_children > 0 AND (t.status = 'complete') <> (t.n_open = 0)) THEN
            what := 'flags'; stored := (t.has_children, t.has_avail, t.status)::text;
            expected := (t.n_children > 0, t.n_avail > 0, t.n_open = 0)::text;
            RETURN NEXT;
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT i.id, 'content_status', i.content_status, s.status
        FROM planner.items i
        LEFT JOIN LATERAL (SELECT x.status FROM planner.steps x
                           WHERE x.project_id = i.project_id AND x.id = i.id OFFSET 0) s ON true
        WHERE i.project_id = p_project AND i.kind = 'step'
          AND coalesce(i.content_status, 'pending') IS DISTINCT FROM s.status;
    RETURN QUERY
        SELECT i.id, 'promote_score', i.promote_score::text, w.score::text
        FROM planner.items i
        LEFT JOIN LATERAL (SELECT CASE WHEN s.assessed_promote THEN 1
                                       ELSE s.complexity_score END AS score FROM planner.steps s
                           WHERE s.project_id = i.project_id AND s.id = i.id OFFSET 0) w ON true
        WHERE i.project_id = p_project AND i.promote_score IS DISTINCT FROM w.score;
END
$$;
