-- Builds a store of any size, set-based and always the same: for `mcp-planner seed`, the benchmark of
-- sizes and the test of the plans. Run it in a session, as the owner of the schema, then call
--
--   SELECT pg_temp.store_build(slug, projects, items, wide, number);
--
-- for so many projects with so many items each, and ANALYZE. It is for a store without anything in it.
-- Another number makes another store of the same shape. With one project its slug is the one
-- given, else a number follows. Below each project stand tasks down to depth 5 with steps at depth 6
-- and, when wide > 0, one task with that many steps, the last of the roots. Of the steps in
-- depth-first order the first third is complete, and of one task in 30 all but the first; some are
-- cancelled, disputed, wait for others, have content (a tenth in review, a fifth agreed), evidence,
-- claims, assignees and priorities. Each has the audit rows and requests that the program would have
-- left. Times are those of a plan that began on 5 January 2026; what has to be new to be of use, live
-- claims and requests, is of now.
--
-- Words to search for, in titles: quokka (10 items of the first project), wombat (1,000 items of each
-- project, of a small one every fifth), zebra (every tenth item); in contents: numbat (some forty of
-- each project).

-- What the number adds to every hash; store_build puts another one in its place.
CREATE FUNCTION pg_temp.store_salt() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint';

CREATE FUNCTION pg_temp.store_hash(n bigint, salt bigint, modulus integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT (abs(hashint8extended(n, salt + pg_temp.store_salt()) % modulus))::integer
$$;

-- A version 7 UUID out of a time and two numbers.
CREATE FUNCTION pg_temp.store_id(at timestamptz, p integer, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
            || substr(x.h, 1, 3) || '8' || substr(x.h, 4, 15))::uuid
    FROM (SELECT md5(p || ':' || n || coalesce(':' || nullif(pg_temp.store_salt(), 0), '')) AS h) x
$$;

-- Two thousand sentences: frequent words are frequent, most words are rare.
CREATE FUNCTION pg_temp.store_sentences() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE store_word AS
    SELECT row_number() OVER () - 1 AS n, w AS word
    FROM (SELECT unnest(string_to_array(
        'the a of to and in for with on is that by this it as be from are must at or when not an '
        'each if no then which before after all one only so has can add user test service request '
        'check data error table update index value code page write read call list token key time '
        'change return input server client state store field limit database session cache row '
        'column query schema login password mail address form button screen report export import '
        'file folder backup restore migration deploy release branch commit review merge build '
        'script config option flag timeout retry queue worker job schedule event message topic '
        'payload format parser encoder signature certificate permission role group account invoice '
        'payment order basket product price currency tax shipment customer contract', ' ')) AS w
        UNION ALL
        SELECT a || b || c
        FROM unnest(ARRAY['ba','co','di','fe','gu','ha','jo','ki','la','me','nu','po','ra','si',
                          'to','vu']) a,
             unnest(ARRAY['ran','lim','tor','ves','nog','pid','sal','mur','den','kip','ral','fos'])
                 b,
             unnest(ARRAY['o','a','er','ing','ion','ic','al','um']) c) x;
    CREATE TEMP TABLE store_sentence AS
    SELECT s.n, upper(left(t.text, 1)) || substr(t.text, 2) || '.' AS text
    FROM generate_series(0, 1999) s (n) CROSS JOIN LATERAL (
        SELECT string_agg(w.word, ' ' ORDER BY k) AS text
        FROM generate_series(1, 8 + s.n % 9) k JOIN store_word w
            ON w.n = floor(power(pg_temp.store_hash(s.n * 100 + k, 1, 10000) / 10000.0, 3)
                           * (SELECT count(*) FROM store_word))) t;
    CREATE TEMP TABLE store_text AS -- three thousand of one sentence, of three and of six
    SELECT c.size, t.n, string_agg(s.text, ' ' ORDER BY k) AS text
    FROM (VALUES (1), (3), (6)) c (size), generate_series(0, 2999) t (n), generate_series(1, 6) k
    JOIN store_sentence s ON true
    WHERE k <= c.size AND s.n = pg_temp.store_hash(t.n * 16 + k, c.size, 2000)
    GROUP BY c.size, t.n;
    ANALYZE store_sentence, store_text;
END
$$;

-- One tree: its items in depth-first order.
CREATE FUNCTION pg_temp.store_shape(p_items integer, p_wide integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    n_lowest float8 := greatest(1, (p_items - p_wide) * 0.085); -- tasks at depth 5
    size integer[] := '{1}';
BEGIN
    FOR k IN 1..5 LOOP
        size := size || greatest(1, round(power(n_lowest, k / 5.0)))::integer;
    END LOOP;
    size := size || greatest(1, p_items - (p_wide > 0)::integer - p_wide
        - (SELECT sum(x) FROM unnest(size) x)::integer + 1);
    CREATE TEMP TABLE store_tree (depth integer, j integer, parent_j integer, kind text, path text);
    INSERT INTO store_tree VALUES (0, 0, NULL, 'project', '');
    FOR k IN 1..6 LOOP
        INSERT INTO store_tree
        SELECT k, c.j, p.j, CASE WHEN k = 6 THEN 'step' ELSE 'task' END,
            p.path || lpad(c.j::text, 8, '0')
        FROM generate_series(0, size[k + 1] - 1) c (j)
        JOIN store_tree p ON p.depth = k - 1
            AND p.j = floor(c.j::float8 * size[k] / size[k + 1])::integer;
    END LOOP;
    IF p_wide > 0 THEN
        INSERT INTO store_tree VALUES (1, size[2], 0, 'task', lpad(size[2]::text, 8, '0'));
        INSERT INTO store_tree
        SELECT 2, 10000000 + j, size[2], 'step',
            lpad(size[2]::text, 8, '0') || lpad(j::text, 8, '0')
        FROM generate_series(0, p_wide - 1) j;
    END IF;
    CREATE TEMP TABLE store_shape AS
    SELECT x.depth, x.kind, x.n, y.n AS parent_n, x.place, x.leaf
    FROM (SELECT t.*, (row_number() OVER (ORDER BY path) - 1)::integer AS n,
              row_number() OVER (PARTITION BY depth, parent_j ORDER BY path)::integer AS place,
              (count(*) FILTER (WHERE kind = 'step') OVER (ORDER BY path))::integer AS leaf
          FROM store_tree t) x
    LEFT JOIN (SELECT depth, j, (row_number() OVER (ORDER BY path) - 1)::integer AS n
               FROM store_tree) y ON y.depth = x.depth - 1 AND y.j = x.parent_j;
    DROP TABLE store_tree;
    ANALYZE store_shape;
END
$$;

-- What the items will say, but for what follows from their children and blockers.
CREATE FUNCTION pg_temp.store_items(p_slug text, p_projects integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    n_items integer := (SELECT count(*) FROM store_shape);
    n_steps integer := (SELECT max(leaf) FROM store_shape);
    start timestamptz := '2026-01-05 08:00:00+00';
BEGIN
    CREATE TEMP TABLE store_item AS
    SELECT x.*, pg_temp.store_id(x.at, x.p, x.n) AS id,
        CASE WHEN x.kind <> 'step' THEN 'open'
             WHEN x.draft = 'disputed' THEN 'open'
             WHEN pg_temp.store_hash(x.g, 2, 100) = 0 THEN 'cancelled'
             WHEN x.leaf <= n_steps / 3 OR pg_temp.store_hash(x.g, 3, 50) = 0
                  OR x.depth = 6 AND x.place > 1
                     AND pg_temp.store_hash(x.g - x.n + x.parent_n, 9, 30) = 0
                  THEN 'complete'
             ELSE 'open' END AS status,
        0 AS n_children, 0 AS n_open, 0 AS n_avail, 0::float8 AS sum, 0 AS n_blockers
    FROM (
        SELECT p.p, s.depth, s.kind, s.n, s.parent_n, s.place, s.leaf,
            p.p::bigint * n_items + s.n AS g,
            'M' || lpad(s.place::text, 6, '0') || '5' AS sort_key,
            start + (p.p::bigint * n_items + s.n) * interval '1 second'
                * least(1, 4000000.0 / (p_projects * n_items)) AS at,
            CASE WHEN s.kind = 'step' THEN CASE
                WHEN pg_temp.store_hash(p.p::bigint * n_items + s.n, 4, 100) = 7 THEN 'disputed'
                ELSE (ARRAY['agreed', 'agreed', 'client_review', 'server_draft', 'pending',
                            'pending', 'pending', 'pending', 'pending', 'pending'])[
                        1 + pg_temp.store_hash(p.p::bigint * n_items + s.n, 5, 10)] END END AS draft
        FROM generate_series(0, p_projects - 1) p (p) CROSS JOIN store_shape s) x
    ORDER BY x.p, x.n;
    CREATE INDEX ON store_item (p, n);
    CREATE INDEX ON store_item (g);
    ANALYZE store_item;
    CREATE TEMP TABLE store_project AS
    SELECT p, id, p_slug || CASE WHEN p_projects > 1 THEN p::text ELSE '' END AS slug, at
    FROM store_item WHERE n = 0;
    -- An item waits for an earlier one, so there is no circle: one of twenty steps, one of fifty
    -- tasks for the sibling before it.
    CREATE TEMP TABLE store_dep AS
    SELECT i.p, i.n, b.n AS blocked_by FROM store_item i JOIN store_item b
        ON b.p = i.p AND b.kind = 'step' AND b.n = i.n - 1 - pg_temp.store_hash(i.g, 6, 60)
    WHERE i.kind = 'step' AND i.depth = 6 AND pg_temp.store_hash(i.g, 7, 20) = 0
    UNION ALL
    SELECT i.p, i.n, b.n FROM store_item i JOIN store_item b
        ON b.p = i.p AND b.parent_n = i.parent_n AND b.depth = i.depth AND b.sort_key < i.sort_key
    WHERE i.kind = 'task' AND i.depth BETWEEN 3 AND 5 AND pg_temp.store_hash(i.g, 8, 50) = 0
      AND NOT EXISTS (SELECT FROM store_item x WHERE x.p = i.p AND x.parent_n = i.parent_n
                      AND x.depth = i.depth AND x.sort_key < i.sort_key AND x.sort_key > b.sort_key);
END
$$;

-- Counters, bottom-up: first what decides completion, then what is available.
CREATE FUNCTION pg_temp.store_count() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR level IN REVERSE 5..0 LOOP
        UPDATE store_item t SET n_children = c.n_children, n_open = c.n_open,
            sum = CASE WHEN c.n_open = 0 THEN c.n_children ELSE c.sum END,
            status = CASE WHEN c.n_children > 0 AND c.n_open = 0 THEN 'complete' ELSE 'open' END
        FROM (SELECT i.p, i.parent_n, count(*) AS n_children,
                  count(*) FILTER (WHERE i.status = 'open') AS n_open,
                  sum(planner.progress(i.n_children, i.n_open, i.sum, i.status)) AS sum
              FROM store_item i WHERE i.depth = level + 1 AND i.status <> 'cancelled'
              GROUP BY i.p, i.parent_n) c
        WHERE t.p = c.p AND t.n = c.parent_n;
    END LOOP;
    UPDATE store_item t SET n_blockers = d.n_blockers
    FROM (SELECT d.p, d.n, count(*) AS n_blockers FROM store_dep d
          JOIN store_item b ON b.p = d.p AND b.n = d.blocked_by AND b.status = 'open'
          GROUP BY d.p, d.n) d
    WHERE t.p = d.p AND t.n = d.n;
    FOR level IN REVERSE 5..0 LOOP
        UPDATE store_item t SET n_avail = c.n_avail
        FROM (SELECT i.p, i.parent_n, count(*) AS n_avail FROM store_item i
              WHERE i.depth = level + 1 AND i.status = 'open' AND i.n_blockers = 0
                AND CASE WHEN i.n_children > 0 THEN i.n_avail > 0
                         ELSE coalesce(i.draft, '') <> 'disputed' END
              GROUP BY i.p, i.parent_n) c
        WHERE t.p = c.p AND t.n = c.parent_n;
    END LOOP;
END
$$;

-- Foreign keys are looked at when all rows are there: set by set, and in whatever order they came.
CREATE FUNCTION pg_temp.store_drop_keys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k record;
BEGIN
    CREATE TEMP TABLE store_key AS
    SELECT conname AS name, conrelid::regclass::text AS of, pg_get_constraintdef(oid) AS says
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'planner'::regnamespace;
    FOR k IN SELECT * FROM store_key LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.of, k.name);
    END LOOP;
END
$$;

CREATE FUNCTION pg_temp.store_make_keys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k record;
BEGIN
    FOR k IN SELECT * FROM store_key LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.of, k.name, k.says);
    END LOOP;
    DROP TABLE store_key;
END
$$;

-- Indexes of the large tables that no constraint needs are made when the rows are there.
CREATE FUNCTION pg_temp.store_drop_indexes() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    CREATE TEMP TABLE store_index AS
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS says
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'planner'::regnamespace AND NOT i.indisunique
      AND c.relname IN ('items', 'steps', 'iterations', 'audit', 'deps', 'requests', 'search_texts');
    FOR t IN SELECT * FROM store_index LOOP
        EXECUTE 'DROP INDEX ' || t.name;
    END LOOP;
END
$$;

CREATE FUNCTION pg_temp.store_make_indexes() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM store_index LOOP
        EXECUTE t.says;
    END LOOP;
    DROP TABLE store_index;
END
$$;

-- Steps and their contents come before their items, so that whatever follows an item by trigger
-- finds all of it at once.
CREATE FUNCTION pg_temp.store_put_steps() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    hundredth integer := greatest((SELECT max(n) FROM store_item) / 100, 1);
BEGIN
    CREATE TEMP TABLE store_round (draft text, number integer, action text, role text);
    INSERT INTO store_round VALUES
        ('agreed', 1, 'submit', 'server'), ('agreed', 2, 'approve', 'client'),
        ('client_review', 1, 'submit', 'server'),
        ('server_draft', 1, 'submit', 'server'), ('server_draft', 2, 'revise', 'client'),
        ('disputed', 1, 'submit', 'server'), ('disputed', 2, 'revise', 'client'),
        ('disputed', 3, 'submit', 'server'), ('disputed', 4, 'revise', 'client'),
        ('disputed', 5, 'submit', 'server'), ('disputed', 6, 'counter', 'client');
    INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content,
                                    feedback, reasoning, at)
    SELECT p.id, i.id, r.number, r.action, r.role, 'agent-' || (i.g + r.number) % 8,
        CASE WHEN r.action IN ('submit', 'counter')
             THEN c.text
                  || CASE WHEN i.n % hundredth = 2 % hundredth THEN ' numbat' ELSE '' END END,
        CASE WHEN r.action = 'revise' THEN f.text END, f.text, i.at + r.number * interval '1 hour'
    FROM store_item i JOIN store_project p ON p.p = i.p JOIN store_round r ON r.draft = i.draft
    JOIN store_text c ON c.size = 6 AND c.n = pg_temp.store_hash(i.g, 20 + r.number, 3000)
    JOIN store_text f ON f.size = 1 AND f.n = pg_temp.store_hash(i.g, 30 + r.number, 3000)
    ORDER BY i.g, r.number;
    INSERT INTO planner.steps (project_id, id, status, last_number, turn_number, server_ready,
        iteration_count, max_iterations_reached, client_approved, server_number, client_number,
        final_number, complexity_score, agreed_complexity, complexity_basis, assessed_promote)
    SELECT p.id, i.id, i.draft, coalesce(r.last, 0), r.last, r.last IS NOT NULL,
        coalesce(r.rounds, 0), i.draft = 'disputed', i.draft = 'agreed', r.server, r.client,
        CASE WHEN i.draft = 'agreed' THEN 1 END,
        CASE WHEN i.draft <> 'pending' THEN pg_temp.store_hash(i.g, 50, 100) / 100.0 END,
        CASE WHEN i.draft = 'agreed' THEN pg_temp.store_hash(i.g, 50, 100) / 100.0 END,
        CASE i.draft WHEN 'pending' THEN NULL WHEN 'agreed' THEN 'consensus' ELSE 'analysis' END,
        CASE WHEN i.draft = 'agreed' THEN false END
    FROM store_item i JOIN store_project p ON p.p = i.p
    LEFT JOIN (SELECT draft, max(number) AS last,
                   max(number) FILTER (WHERE action = 'submit') AS server,
                   max(number) FILTER (WHERE action = 'counter') AS client,
                   count(*) FILTER (WHERE action IN ('revise', 'counter')) AS rounds
               FROM store_round GROUP BY draft) r ON r.draft = i.draft
    WHERE i.kind = 'step' ORDER BY i.g;
    INSERT INTO planner.disputes (project_id, id, step_id, rounds, server_number, client_number,
                                  review_number, created_at)
    SELECT p.id, pg_temp.store_id(i.at + interval '7 hours', i.p, i.n + 2000000000), i.id, 3, 5, 6,
        6, i.at + interval '7 hours'
    FROM store_item i JOIN store_project p ON p.p = i.p WHERE i.draft = 'disputed' ORDER BY i.g;
    INSERT INTO planner.evidence (project_id, item_id, kind, reference, agent, at)
    SELECT p.id, i.id, 'commit', md5(i.g::text), 'agent-' || i.g % 8, i.at + interval '2 days'
    FROM store_item i JOIN store_project p ON p.p = i.p
    WHERE i.kind = 'step' AND i.status = 'complete' AND pg_temp.store_hash(i.g, 16, 3) = 0
    ORDER BY i.g;
    -- Twenty live ones at the front of each project; leases of others ran out and were left behind.
    INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds, claimed_at,
                                expires_at)
    SELECT c.project_id, c.id,
        CASE WHEN c.place <= 20 THEN 'agent-' || c.g % 8 ELSE 'gone-' || c.g % 97 END,
        nextval('planner.claim_token'), 86400,
        CASE WHEN c.place <= 20 THEN now() ELSE c.at END,
        CASE WHEN c.place <= 20 THEN now() ELSE c.at END + interval '1 day'
    FROM (SELECT p.id AS project_id, i.id, i.g, i.at,
              row_number() OVER (PARTITION BY i.p ORDER BY i.n) AS place
          FROM store_item i JOIN store_project p ON p.p = i.p
          WHERE i.kind = 'step' AND i.status = 'open' AND i.n_blockers = 0) c
    WHERE c.place <= 20 OR pg_temp.store_hash(c.g, 17, 10) = 0
    ORDER BY c.g;
END
$$;

CREATE FUNCTION pg_temp.store_put_items() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n_items integer := (SELECT max(n) FROM store_item);
    tenth integer := greatest(n_items / 10, 1);
    each integer := greatest(n_items / greatest(least(1000, n_items / 5), 1), 1);
    last_g bigint := (SELECT max(g) FROM store_item);
BEGIN
    INSERT INTO planner.projects (id, slug, description)
    SELECT p.id, p.slug, 'A made-up plan: ' || t.text
    FROM store_project p JOIN store_text t ON t.size = 3 AND t.n = p.p ORDER BY p.p;
    INSERT INTO planner.counters (project_id, last_number)
    SELECT id, n_items FROM store_project ORDER BY p;
    FOR part IN 0..last_g BY 20000 LOOP
        IF part > 0 THEN
            RAISE INFO '% of % items', part, last_g + 1;
        END IF;
        INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
            objective, status, priority, assignee, n_blockers, has_children, has_avail, disputed,
            promote_score, content_status, turn_at, created_at, updated_at, completed_at)
        SELECT p.id, i.id, u.id, i.kind, i.depth, CASE WHEN i.n = 0 THEN 'V' ELSE i.sort_key END,
            i.n, CASE WHEN i.n = 0 THEN 'Made-up plan ' || p.slug
                      ELSE left(rtrim(s.text, '.'), 150)
                      || CASE WHEN i.n % tenth = 5 % tenth AND i.n <= tenth * 10 AND i.p = 0
                              THEN ' quokka' ELSE '' END
                      || CASE WHEN i.n % each = 3 % each THEN ' wombat' ELSE '' END
                      || CASE WHEN i.g % 10 = 3 THEN ' zebra' ELSE '' END END,
            CASE WHEN i.kind = 'task' THEN o.text END,
            i.status, CASE WHEN pg_temp.store_hash(i.g, 12, 10) = 0
                           THEN pg_temp.store_hash(i.g, 13, 101) ELSE 0 END,
            CASE WHEN i.n > 0 AND pg_temp.store_hash(i.g, 14, 50) = 0 THEN 'agent-7' END,
            i.n_blockers, i.n_children > 0, i.n_avail > 0, coalesce(i.draft = 'disputed', false),
            CASE WHEN i.draft <> 'pending' THEN pg_temp.store_hash(i.g, 50, 100) / 100.0 END,
            CASE WHEN i.draft <> 'pending' THEN i.draft END, i.at,
            i.at, i.at, CASE WHEN i.status = 'complete' THEN i.at + interval '2 days' END
        FROM store_item i
        JOIN store_project p ON p.p = i.p
        LEFT JOIN store_item u ON u.p = i.p AND u.n = i.parent_n AND i.depth > 0
        JOIN store_sentence s ON s.n = pg_temp.store_hash(i.g, 15, 2000)
        JOIN store_text o ON o.size = 3 AND o.n = pg_temp.store_hash(i.g, 11, 3000)
        WHERE i.g BETWEEN part AND part + 19999 ORDER BY i.g;
    END LOOP;
    INSERT INTO planner.roll (project_id, id, n_children, n_open, n_avail, sum)
    SELECT p.id, i.id, i.n_children, i.n_open, i.n_avail, i.sum
    FROM store_item i JOIN store_project p ON p.p = i.p WHERE i.kind <> 'step' ORDER BY i.g;
    INSERT INTO planner.deps (project_id, item_id, blocked_by)
    SELECT p.id, i.id, b.id FROM store_dep d JOIN store_project p ON p.p = d.p
    JOIN store_item i ON i.p = d.p AND i.n = d.n
    JOIN store_item b ON b.p = d.p AND b.n = d.blocked_by;
END
$$;

-- What the program would have left: a change for 200 creates, one for everything else.
CREATE FUNCTION pg_temp.store_put_audit() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO planner.audit (project_id, change, at, entity_type, entity_id, action, old_values,
                               new_values, ai_agent, role, client)
    SELECT p.id, dense_rank() OVER (ORDER BY e.at, e.g, e.action), e.at, e.kind, e.id, e.action,
        e.old_values, e.new_values, 'agent-' || e.g % 8, 'worker', 'seed 1'
    FROM (
        SELECT i.p, i.g - i.n % 200 AS g, i.kind, i.id, 'created' AS action,
            i.at - i.n % 200 * interval '1 microsecond' AS at,
            NULL::jsonb AS old_values,
            jsonb_build_object('kind', i.kind, 'parent_id', u.id, 'sort_key', i.sort_key,
                               'title', 'Something with a title of usual length') AS new_values, i.n
        FROM store_item i LEFT JOIN store_item u ON u.p = i.p AND u.n = i.parent_n AND i.depth > 0
        UNION ALL
        SELECT i.p, i.g, 'step', i.id, CASE r.action WHEN 'submit' THEN 'submitted'
                WHEN 'approve' THEN 'agreed' ELSE 'reviewed' END,
            i.at + r.number * interval '1 hour',
            jsonb_build_object('last_number', r.number - 1),
            jsonb_build_object('last_number', r.number, 'status', i.draft), i.n
        FROM store_item i JOIN store_round r ON r.draft = i.draft
        UNION ALL
        SELECT i.p, i.g, 'step', i.id, 'completed', i.at + interval '2 days',
            '{"status": "open"}', '{"status": "complete"}', i.n
        FROM store_item i WHERE i.kind = 'step' AND i.status = 'complete'
    ) e JOIN store_project p ON p.p = e.p
    ORDER BY e.at, e.g, e.action, e.n;
    PERFORM setval('planner.change_number', (SELECT max(change) FROM planner.audit));
    INSERT INTO planner.requests (id, fingerprint, answer, at)
    SELECT 'seed-' || i.p || '-' || i.n, sha256(i.id::text::bytea),
        jsonb_build_object('changed', true, 'change', i.n, 'key', 'KEY', 'id', i.id), now()
    FROM store_item i WHERE i.n % 50 = 0;
END
$$;

CREATE FUNCTION pg_temp.store_build(p_slug text, p_projects integer, p_items integer, p_wide integer,
                                    p_number bigint DEFAULT 0)
RETURNS void LANGUAGE plpgsql
SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_bitmapscan = on
SET plan_cache_mode = auto SET TimeZone = 'UTC'
SET client_min_messages = warning SET statement_timeout = 0 SET work_mem = '256MB'
SET maintenance_work_mem = '512MB' SET jit = off
AS $$
BEGIN
    IF EXISTS (SELECT FROM planner.projects) THEN
        RAISE EXCEPTION 'the store is not empty' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM set_config('planner.writer', 'mcp-planner', true); -- the triggers of the audit keep still
    -- The salts of one store are below 1,000; the benchmarks' own has number 0.
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_temp.store_salt() RETURNS bigint LANGUAGE sql '
                   'IMMUTABLE AS ''SELECT %s::bigint''', p_number * 1000);
    PERFORM pg_temp.store_sentences();
    PERFORM pg_temp.store_shape(p_items, p_wide);
    PERFORM pg_temp.store_items(p_slug, p_projects);
    PERFORM pg_temp.store_count();
    PERFORM pg_temp.store_drop_keys();
    PERFORM pg_temp.store_drop_indexes();
    PERFORM pg_temp.store_put_steps();
    PERFORM pg_temp.store_put_items();
    PERFORM pg_temp.store_put_audit();
    PERFORM pg_temp.store_make_indexes();
    PERFORM pg_temp.store_make_keys();
    DROP TABLE store_word, store_sentence, store_text, store_shape, store_item, store_project, store_dep,
        store_round;
END
$$;

-- What is wrong with the store; for a small one.
CREATE FUNCTION pg_temp.store_check() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT c.id || ': ' || c.what FROM planner.projects p, planner.roll_check(p.id) c
$$;
