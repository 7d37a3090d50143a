-- A page of what a project has for a query, the best first: the item that it names, then what has
-- every word, else what has some. No row when there is no such project.
-- $1 uuid    project id, or null
-- $2 text    slug, or null
-- $3 text    directory, for the project that is bound to it when nothing is named
-- $4 text    query
-- $5 text[]  kinds, or null for all
-- $6 int     how many hits are ranked: the newest ones
-- $7 int8    score of the last one told, or null
-- $8 int     its number
-- $9 int     rows
-- class: complex
WITH project AS MATERIALIZED (
    SELECT p.id, p.slug, p.status FROM planner.find_project($1::uuid, $2, $3) f (id)
    JOIN planner.projects p ON p.id = f.id
), plan AS MATERIALIZED (
    SELECT p.id AS project_id, n.* FROM project p CROSS JOIN LATERAL planner.search_plan(p.id, $4) n
), keyed AS MATERIALIZED (
    SELECT i.id AS item_id, i.number, 1000000000000 AS score
    FROM project p CROSS JOIN LATERAL (SELECT planner.search_key(p.id, $4) AS number OFFSET 0) k
    JOIN planner.items i ON i.project_id = p.id AND i.number = k.number
    WHERE ($5::text[] IS NULL OR i.kind = ANY ($5::text[])) AND NOT planner.is_gone(p.id, i.id)
), every AS MATERIALIZED (
    SELECT h.* FROM plan n CROSS JOIN LATERAL planner.search_hits(
        n.project_id, $5::text[], n.all_words, n.each_word, n.typed, $6::integer) h
), partly AS MATERIALIZED (
    SELECT h.* FROM plan n CROSS JOIN LATERAL planner.search_hits(
        n.project_id, $5::text[], n.any_word, NULL, n.typed, $6::integer) h
    WHERE NOT EXISTS (SELECT FROM keyed) AND NOT EXISTS (SELECT FROM every)
      AND planner.search_key(n.project_id, $4) IS NULL -- a key of nothing is no pair of words
), page AS MATERIALIZED (
    SELECT h.* FROM (
        SELECT k.* FROM keyed k
        UNION ALL
        SELECT u.item_id, u.number, u.score FROM (
            SELECT e.*, row_number() OVER (ORDER BY e.number DESC) AS place
            FROM (SELECT * FROM every UNION ALL SELECT * FROM partly) e) u
        WHERE u.place <= $6::integer AND u.item_id NOT IN (SELECT k.item_id FROM keyed k)) h
    WHERE $7::bigint IS NULL OR (h.score, h.number) < ($7::bigint, $8::integer)
    ORDER BY h.score DESC, h.number DESC LIMIT $9::integer
)
SELECT json_strip_nulls(json_build_object(
    'project', p.slug,
    'words', n.n_words,
    'loose', CASE WHEN EXISTS (SELECT FROM partly) THEN true END,
    'meant', CASE WHEN n.meant <> '[]' THEN n.meant END,
    'capped', CASE WHEN $6::integer < (SELECT count(*) FROM every)
                        OR $6::integer < (SELECT count(*) FROM partly) THEN true END,
    'items', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'key', CASE WHEN i.number = 0 THEN p.slug ELSE p.slug || '-' || i.number END,
        'kind', i.kind, 'title', i.title,
        'status', CASE WHEN i.number = 0 THEN p.status ELSE coalesce(s.status, i.status) END,
        'state', planner.item_state(i),
        'parent', CASE WHEN u.number = 0 THEN p.slug ELSE p.slug || '-' || u.number END,
        'matched', array_remove(ARRAY[
            CASE WHEN h.score = 1000000000000 THEN 'key' END,
            CASE WHEN m.in_title THEN 'title' END,
            CASE WHEN m.in_text THEN CASE WHEN i.number = 0 THEN 'description' ELSE 'objective' END END,
            CASE WHEN m.in_content THEN 'content' END], NULL),
        'snippet', CASE WHEN m.in_content OR m.in_text OR m.in_title THEN planner.search_snippet(
            CASE WHEN m.in_content THEN t.content
                 WHEN NOT m.in_text THEN i.title
                 WHEN i.number = 0 THEN (SELECT d.description FROM planner.projects d WHERE d.id = p.id)
                 ELSE i.objective END, n.terms) END,
        'score', h.score, 'number', h.number)) ORDER BY h.score DESC, h.number DESC), '[]')
        FROM page h
        JOIN planner.items i ON i.project_id = p.id AND i.id = h.item_id
        JOIN planner.search_texts x ON x.project_id = p.id AND x.item_id = h.item_id
        LEFT JOIN planner.items u ON u.project_id = p.id AND u.id = i.parent_id
        LEFT JOIN planner.steps s ON s.project_id = p.id AND s.id = i.id
        LEFT JOIN planner.iterations t ON t.project_id = p.id AND t.step_id = i.id
             AND t.number = x.content_number
        CROSS JOIN LATERAL (SELECT ts_filter(x.tsv, '{a}') @@ n.any_word AS in_title,
            ts_filter(x.tsv, '{b}') @@ n.any_word AS in_text,
            ts_filter(x.tsv, '{d}') @@ n.any_word AS in_content OFFSET 0) m)))
FROM project p JOIN plan n ON n.project_id = p.id
