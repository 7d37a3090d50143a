-- What search looks into: the words of titles, objectives, descriptions and current contents, kept by
-- triggers, so that no writer can forget it.
-- oldest program: 0.1.0
-- depends on: 0001
-- phase: expand
-- locks: writes to projects, items and steps, until it is done; 0.3 ms for each item that is there
-- lock timeout: 10s
-- statement timeout: 60min

-- Words are cut by the parser, reduced by the English stemmer and never thrown away. In other
-- languages both sides are reduced in the same way, so that exact words are found whatever they are;
-- and a plan may well be about "if", "not" and "it".
CREATE TEXT SEARCH DICTIONARY planner.search_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION planner.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION planner.search
    ALTER MAPPING FOR asciiword, word WITH planner.search_stem;

-- One row for each item that is not deleted itself. A word has the weight A in the title, B in the
-- objective or the description, D in the content. Three lexemes say where the item belongs, with a
-- sign that no word has: "#AUTH", "#AUTH/step", and "#AUTH/b3" for the numbers from 3 * 4096 on.
-- No foreign key: rows follow their items by trigger, and the key would only cost time.
CREATE TABLE planner.search_texts (
    project_id uuid NOT NULL,
    item_id uuid NOT NULL,
    number integer NOT NULL,
    content_number integer, -- the iteration whose content is in it
    tsv tsvector NOT NULL,
    PRIMARY KEY (project_id, item_id)
);
-- A long list of what was not yet sorted in slows every search, a short one no writer much.
CREATE INDEX search_texts_words ON planner.search_texts USING gin (tsv)
    WITH (gin_pending_list_limit = 256);

-- The words of each project, as the stemmer left them: for the beginnings of words and for typing
-- errors. They are only added; a word whose items have gone finds nothing. Nothing is unique: two
-- writers with the same new word shall not wait for each other.
CREATE TABLE planner.search_words (
    project_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL
);
CREATE INDEX search_words_by_word ON planner.search_words (project_id, word);
-- The trigrams of words without digits, from four letters on; n is how many the word has.
CREATE TABLE planner.search_grams (
    project_id uuid NOT NULL,
    gram text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    n smallint NOT NULL
);
CREATE INDEX search_grams_by_gram ON planner.search_grams (project_id, gram, word) INCLUDE (n);

-- A text as the parser gets it: the signs that would make paths, hosts, addresses, tags and numbers
-- with signs of words are blanks, and what lies behind the first 65,536 characters is left out.
CREATE FUNCTION planner.search_plain(t text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(left(t, 65536), '-_./\:@#<>&+~%', '              ')
$$;

-- The trigrams of a word, as pg_trgm makes them: two blanks before it, one behind.
CREATE FUNCTION planner.search_trigrams(word text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT substr('  ' || word || ' ', n, 3)
                 FROM generate_series(1, length(word) + 1) n);
END
$$;

-- Write the rows of items afresh, and note the words that are new. Each item, step, content and word
-- is looked up by its whole key (LATERAL with OFFSET 0, scalar queries), whatever the planner knows of
-- the tables and whatever the writer's settings are.
CREATE FUNCTION planner.search_refresh(p_project uuid, p_items uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    p planner.projects;
    fresh text[]; -- most of the time there is none, and nothing more to do
BEGIN
    SELECT * INTO p FROM planner.projects x WHERE x.id = p_project;
    WITH written AS (
        INSERT INTO planner.search_texts AS x (project_id, item_id, number, content_number, tsv)
        SELECT p_project, i.id, i.number, t.number,
            setweight(to_tsvector('planner.search', planner.search_plain(i.title)), 'A')
            || CASE WHEN b.text IS NULL THEN ''
                    ELSE setweight(to_tsvector('planner.search', planner.search_plain(b.text)), 'B') END
            || CASE WHEN t.content IS NULL THEN ''
                    ELSE to_tsvector('planner.search', planner.search_plain(t.content)) END
            || array_to_tsvector(ARRAY['#' || p.slug, '#' || p.slug || '/' || i.kind,
                                       '#' || p.slug || '/b' || i.number / 4096])
        FROM unnest(p_items) w (id)
        CROSS JOIN LATERAL (
            SELECT * FROM planner.items n
            WHERE n.project_id = p_project AND n.id = w.id AND n.deleted_at IS NULL OFFSET 0) i
        CROSS JOIN LATERAL (SELECT CASE WHEN i.kind = 'project' THEN p.description
                                        ELSE i.objective END AS text) b
        LEFT JOIN LATERAL (
            SELECT coalesce(n.final_number, n.server_number) AS number FROM planner.steps n
            WHERE i.kind = 'step' AND n.project_id = p_project AND n.id = i.id OFFSET 0) s ON true
        LEFT JOIN LATERAL (
            SELECT n.number, n.content FROM planner.iterations n
            WHERE n.project_id = p_project AND n.step_id = i.id AND n.number = s.number OFFSET 0) t ON true
        ON CONFLICT (project_id, item_id) DO UPDATE
            SET content_number = excluded.content_number, tsv = excluded.tsv
        RETURNING x.tsv
    )
    SELECT array_agg(w.word) INTO fresh
    FROM (SELECT DISTINCT l.word COLLATE "C" AS word
          FROM written n, unnest(tsvector_to_array(n.tsv)) l (word)
          WHERE l.word !~ '^#' AND l.word ~ '[^0-9]' AND length(l.word) BETWEEN 2 AND 40) w
    WHERE (SELECT true FROM planner.search_words k
           WHERE k.project_id = p_project AND k.word = w.word LIMIT 1) IS NULL;
    IF fresh IS NOT NULL THEN
        INSERT INTO planner.search_words (project_id, word) SELECT p_project, f FROM unnest(fresh) f;
        INSERT INTO planner.search_grams (project_id, gram, word, n)
        SELECT p_project, g.gram, f.word, cardinality(t.grams)
        FROM unnest(fresh) f (word)
        CROSS JOIN LATERAL (SELECT planner.search_trigrams(f.word) AS grams OFFSET 0) t
        CROSS JOIN LATERAL unnest(t.grams) g (gram)
        WHERE length(f.word) >= 4 AND f.word !~ '[0-9]';
    END IF;
END
$$;

-- An item of which there is a row already had its step written first, by the same statement.
CREATE FUNCTION planner.search_items_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM planner.search_refresh(n.project_id, array_agg(n.id)) FROM new_rows n
    WHERE (SELECT true FROM planner.search_texts x
           WHERE x.project_id = n.project_id AND x.item_id = n.id) IS NULL
    GROUP BY n.project_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER items_search_added AFTER INSERT ON planner.items REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION planner.search_items_added();

-- Counters and states change all the time; only what search shows wakes this.
CREATE FUNCTION planner.search_item_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        DELETE FROM planner.search_texts WHERE project_id = NEW.project_id AND item_id = NEW.id;
    ELSE
        PERFORM planner.search_refresh(NEW.project_id, ARRAY[NEW.id]);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER items_search_changed AFTER UPDATE OF title, objective, kind, deleted_at ON planner.items
    FOR EACH ROW WHEN ((OLD.title, OLD.objective, OLD.kind, OLD.deleted_at)
                       IS DISTINCT FROM (NEW.title, NEW.objective, NEW.kind, NEW.deleted_at))
    EXECUTE FUNCTION planner.search_item_changed();

CREATE FUNCTION planner.search_item_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM planner.search_texts WHERE project_id = OLD.project_id AND item_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER items_search_removed AFTER DELETE ON planner.items
    FOR EACH ROW EXECUTE FUNCTION planner.search_item_removed();

-- The row of a step is mostly written by the same statement as its item; whichever trigger comes first
-- sees all of it, and the other one has nothing left to do.
CREATE FUNCTION planner.search_steps_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM planner.search_refresh(n.project_id, array_agg(n.id))
    FROM new_rows n
    WHERE coalesce(n.final_number, n.server_number) IS DISTINCT FROM (
        SELECT x.content_number FROM planner.search_texts x
        WHERE x.project_id = n.project_id AND x.item_id = n.id)
    GROUP BY n.project_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER steps_search_added AFTER INSERT ON planner.steps REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION planner.search_steps_added();

CREATE FUNCTION planner.search_step_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM planner.search_refresh(NEW.project_id, ARRAY[NEW.id]);
    RETURN NULL;
END
$$;
CREATE TRIGGER steps_search_changed AFTER UPDATE OF server_number, final_number ON planner.steps
    FOR EACH ROW WHEN (coalesce(OLD.final_number, OLD.server_number)
                       IS DISTINCT FROM coalesce(NEW.final_number, NEW.server_number))
    EXECUTE FUNCTION planner.search_step_changed();

CREATE FUNCTION planner.search_project_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM planner.search_refresh(NEW.id, ARRAY[NEW.id]);
    RETURN NULL;
END
$$;
CREATE TRIGGER projects_search_changed AFTER UPDATE OF description ON planner.projects
    FOR EACH ROW WHEN (OLD.description IS DISTINCT FROM NEW.description)
    EXECUTE FUNCTION planner.search_project_changed();

-- The words of a project that a word without a hit may have been meant for, the likeliest first: what
-- is left when one letter too many goes or two change places, then what has three of ten trigrams in
-- common, of 2,000 words for each trigram.
CREATE FUNCTION planner.search_similar(p_project uuid, p_word text) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    grams text[] := planner.search_trigrams(p_word);
BEGIN
    RETURN ARRAY(
        SELECT f.word FROM (
            SELECT v.word, 1.0 AS likeness
            FROM generate_series(1, length(p_word)) n
            CROSS JOIN LATERAL (
                SELECT left(p_word, n - 1) || substr(p_word, n + 1) AS text
                UNION ALL
                SELECT left(p_word, n - 1) || substr(p_word, n + 1, 1) || substr(p_word, n, 1)
                       || substr(p_word, n + 2) WHERE n < length(p_word)) t
            CROSS JOIN LATERAL (SELECT (ts_lexize('planner.search_stem', t.text))[1] COLLATE "C" AS word) v
            WHERE length(v.word) >= 3 AND EXISTS (
                SELECT FROM planner.search_words k WHERE k.project_id = p_project AND k.word = v.word)
            UNION ALL
            SELECT g.word, count(DISTINCT g.gram)
                           / (cardinality(grams) + max(g.n) - count(DISTINCT g.gram))::numeric
            FROM unnest(grams) q (gram) CROSS JOIN LATERAL (
                SELECT x.gram, x.word, x.n FROM planner.search_grams x
                WHERE x.project_id = p_project AND x.gram = q.gram COLLATE "C"
                ORDER BY x.word LIMIT 2000) g
            GROUP BY g.word
            HAVING count(DISTINCT g.gram) * 10
                   >= 3 * (cardinality(grams) + max(g.n) - count(DISTINCT g.gram))) f
        GROUP BY f.word ORDER BY max(f.likeness) DESC, f.word LIMIT 5);
END
$$;

-- What a query means in a project. n_words: words and numbers typed. all_words: what has every one
-- of them, or a word that begins with it; each_word: the same word by word; any_word: what has one of them; typed: what has them as
-- they were typed. terms: all these words, for marking. meant: for words that no item of the project
-- has, those that were taken instead. Words that are everywhere in English count only when there is
-- nothing else.
CREATE FUNCTION planner.search_plan(p_project uuid, p_text text, OUT n_words integer,
    OUT all_words tsquery, OUT each_word tsquery[], OUT any_word tsquery, OUT typed tsquery,
    OUT terms text[], OUT meant jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    t record;
    wide text[];
    q tsquery;
BEGIN
    n_words := 0;
    terms := '{}';
    meant := '[]';
    FOR t IN
        SELECT w.word, l.stem, bool_and(w.noise) OVER () OR NOT w.noise AS used
        FROM (SELECT DISTINCT ON (lower(p.token)) lower(p.token) COLLATE "C" AS word, p.place,
                     coalesce(ts_lexize('pg_catalog.english_stem', p.token) = '{}', false) AS noise
              FROM ts_parse('default', planner.search_plain(p_text)) WITH ORDINALITY p (kind, token, place)
              WHERE p.kind <> 12 ORDER BY lower(p.token)) w
        CROSS JOIN LATERAL (SELECT (tsvector_to_array(to_tsvector('planner.search', w.word)))[1]
                                   COLLATE "C" AS stem OFFSET 0) l
        WHERE l.stem IS NOT NULL
        ORDER BY w.place
    LOOP
        n_words := n_words + 1;
        CONTINUE WHEN NOT t.used;
        wide := '{}';
        IF length(t.word) >= 2 AND t.word ~ '[^0-9]' THEN
            wide := ARRAY(SELECT k.word FROM planner.search_words k
                          WHERE k.project_id = p_project AND k.word >= t.word
                            AND k.word < t.word || chr(1114111) AND k.word <> t.stem
                          ORDER BY k.word LIMIT 20);
            IF wide = '{}' AND t.word !~ '[0-9]' AND NOT EXISTS (
                SELECT FROM planner.search_words k
                WHERE k.project_id = p_project AND k.word = t.stem) THEN
                wide := planner.search_similar(p_project, t.stem);
                IF wide <> '{}' THEN
                    meant := meant || jsonb_build_object('word', t.word, 'taken', wide);
                END IF;
            END IF;
        END IF;
        terms := terms || t.stem || wide;
        q := quote_literal(t.stem)::tsquery;
        typed := coalesce(typed && q, q);
        FOR n IN 1 .. cardinality(wide) LOOP
            q := q || quote_literal(wide[n])::tsquery;
        END LOOP;
        all_words := coalesce(all_words && q, q);
        each_word := array_append(each_word, q);
        any_word := coalesce(any_word || q, q);
    END LOOP;
END
$$;

-- The number of the item that a text names: its key in any way of writing it (AUTH-34, auth34, 34),
-- the slug (0), an id or a URI with one. With a number behind them, the letters of the slug may change
-- places or be nearly right, unless another project is called so.
CREATE FUNCTION planner.search_key(p_project uuid, p_text text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    slug text := (SELECT p.slug FROM planner.projects p WHERE p.id = p_project);
    bare text := upper(regexp_replace(p_text, '[\s_#-]+', '', 'g'));
    given_id text := substring(lower(p_text) FROM
        '^\s*(?:[a-z]+://)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\s*$');
    letters text := substring(bare FROM '^([A-Z]{2,10})[0-9]{1,9}$');
    digits text := CASE WHEN bare = slug THEN '0'
                        WHEN starts_with(bare, slug) THEN substr(bare, length(slug) + 1)
                        WHEN letters IS NULL THEN bare END;
    given text[];
    wanted text[];
BEGIN
    IF given_id IS NOT NULL THEN
        RETURN (SELECT i.number FROM planner.items i
                WHERE i.project_id = p_project AND i.id = given_id::uuid);
    END IF;
    IF digits IS NULL THEN
        given := planner.search_trigrams(letters);
        wanted := planner.search_trigrams(slug);
        IF NOT EXISTS (SELECT FROM planner.projects p WHERE p.slug = letters)
           AND (5 * (SELECT count(*) FROM unnest(given) g WHERE g = ANY (wanted))
                >= cardinality(given) + cardinality(wanted)
           OR (SELECT string_agg(c, '' ORDER BY c) FROM regexp_split_to_table(letters, '') c)
              = (SELECT string_agg(c, '' ORDER BY c) FROM regexp_split_to_table(slug, '') c)) THEN
            digits := substr(bare, length(letters) + 1);
        END IF;
    END IF;
    RETURN CASE WHEN digits ~ '^[0-9]{1,9}$' THEN digits::integer END;
END
$$;

-- Items of a project with a number in the newest p_blocks blocks of 4,096.
CREATE FUNCTION planner.search_newest(p_slug text, p_last integer, p_blocks integer) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (SELECT string_agg(quote_literal('#' || p_slug || '/b' || b), '|')
            FROM generate_series(greatest(p_last / 4096 - p_blocks + 1, 0), p_last / 4096) b)::tsquery;
END
$$;

-- Are there more than p_cap hits?
CREATE FUNCTION planner.search_exceeds(p_query tsquery, p_cap integer) RETURNS boolean
LANGUAGE plpgsql STABLE SET enable_bitmapscan = on SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN p_cap < (SELECT count(*) FROM (
        SELECT FROM planner.search_texts x WHERE x.tsv @@ p_query LIMIT p_cap + 1) n);
END
$$;

-- The newest p_cap + 1 items of a project that a query fits, with what they are ranked by: weights as
-- above, what was typed counting twice beside what was meant. A frequent word is not looked up
-- everywhere: when the newest two blocks of 4,096 numbers have more than p_cap hits, they are all that
-- is looked at; when they have an eighth of that, the same holds for the newest eight. What is deleted with an ancestor
-- is passed over, up to 10 * p_cap of them. The index tells the projects apart, unless this one has a
-- quarter of the store: then reading what little belongs to others costs less than looking each hit up
-- in so long a list. For the same reason frequent words beside rarer ones (p_parts) are
-- looked for in the texts that the rarer ones find.
CREATE FUNCTION planner.search_hits(p_project uuid, p_kinds text[], p_query tsquery, p_parts tsquery[],
                                    p_typed tsquery, p_cap integer)
RETURNS TABLE (item_id uuid, number integer, score bigint) LANGUAGE plpgsql STABLE
SET enable_bitmapscan = on SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    slug text := (SELECT p.slug FROM planner.projects p WHERE p.id = p_project);
    last integer := (SELECT c.last_number FROM planner.counters c WHERE c.project_id = p_project);
    some_gone boolean := EXISTS (SELECT FROM planner.items i WHERE i.project_id = p_project
                                 AND i.deleted_at IS NOT NULL AND i.kind = 'task');
    rows_known real := (SELECT c.reltuples FROM pg_class c
                        WHERE c.oid = 'planner.search_texts'::regclass);
    newest tsquery := planner.search_newest(slug, last, 2);
    place tsquery; -- what a hit has to be beside the words
    scope tsquery; -- what the index is asked for
    part tsquery;
    filtered boolean := false; -- the rest of the query is looked for in what the index finds
BEGIN
    IF p_kinds IS NOT NULL THEN
        place := (SELECT string_agg(quote_literal('#' || slug || '/' || k), '|')
                  FROM unnest(p_kinds) k)::tsquery;
    ELSIF rows_known > 4.0 * last THEN
        place := quote_literal('#' || slug)::tsquery;
    END IF;
    IF last >= 8192 AND cardinality(p_parts) > 1 THEN
        scope := place;
        FOREACH part IN ARRAY p_parts LOOP
            IF NOT planner.search_exceeds(newest && part, p_cap) THEN
                scope := coalesce(scope && part, part);
                filtered := true;
            END IF;
        END LOOP;
        filtered := filtered AND NOT planner.search_exceeds(newest && scope, p_cap / 8);
    END IF;
    IF NOT filtered THEN
        scope := coalesce(place && p_query, p_query);
        IF last >= 8192 AND planner.search_exceeds(newest && scope, p_cap) THEN
            scope := newest && scope;
        ELSIF last >= 32768 AND planner.search_exceeds(newest && scope, p_cap / 8)
              AND planner.search_exceeds(planner.search_newest(slug, last, 8) && scope, p_cap) THEN
            scope := planner.search_newest(slug, last, 8) && scope;
        END IF;
    END IF;
    RETURN QUERY
        SELECT h.item_id, h.number, round(1e6 * (ts_rank('{0.1, 0.2, 0.4, 1}', h.tsv, p_query)
                                                 + 2 * ts_rank('{0.1, 0.2, 0.4, 1}', h.tsv, p_typed)))::bigint
        FROM (
            SELECT n.* FROM (
                SELECT x.item_id, x.number, x.tsv FROM planner.search_texts x
                WHERE x.tsv @@ scope AND x.project_id = p_project
                  AND (NOT filtered OR x.tsv @@ p_query)
                ORDER BY x.number DESC
                LIMIT CASE WHEN some_gone THEN 10 * p_cap ELSE p_cap + 1 END) n
            WHERE NOT some_gone OR NOT planner.is_gone(p_project, n.item_id)
            LIMIT p_cap + 1) h;
END
$$;

-- About 180 characters of a text around the first of the words, each of them between two stars.
CREATE FUNCTION planner.search_snippet(p_text text, p_terms text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    words text := '(?<![[:alnum:]])((?:' || (
        SELECT string_agg(regexp_replace(t, '(..)i$', '\1'), '|' ORDER BY length(t) DESC)
        FROM unnest(p_terms) t) || ')[[:alnum:]]*)';
    place integer := greatest(regexp_instr(left(p_text, 65536), words, 1, 1, 0, 'i') - 60, 1);
    part text := substr(p_text, place, 180);
BEGIN
    IF place > 1 THEN
        part := '… ' || regexp_replace(part, '^\S*\s+', '');
    END IF;
    IF length(p_text) >= place + 180 THEN
        part := regexp_replace(part, '\s+\S*$', '') || ' …';
    END IF;
    RETURN regexp_replace(regexp_replace(part, '\s+', ' ', 'g'), words, '**\1**', 'gi');
END
$$;

-- What was there before.
SELECT planner.search_refresh(i.project_id, array_agg(i.id)) FROM planner.items i
GROUP BY i.project_id;
