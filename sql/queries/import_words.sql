-- The words of a project that was just brought in, and their trigrams, as planner.search_refresh keeps
-- them: for the beginnings of words and for typing errors.
-- $1 uuid  project
-- class: upkeep
WITH fresh AS MATERIALIZED (
    SELECT w.word COLLATE "C" AS word
    FROM ts_stat(format('SELECT x.tsv FROM planner.search_texts x WHERE x.project_id = %L',
                        $1::uuid)) w
    WHERE w.word !~ '^#' AND w.word ~ '[^0-9]' AND length(w.word) BETWEEN 2 AND 40
      AND (SELECT true FROM planner.search_words k
           WHERE k.project_id = $1::uuid AND k.word = w.word COLLATE "C" LIMIT 1) IS NULL
), noted AS (
    INSERT INTO planner.search_words (project_id, word) SELECT $1::uuid, f.word FROM fresh f
)
INSERT INTO planner.search_grams (project_id, gram, word, n)
SELECT $1::uuid, g.gram, f.word, cardinality(t.grams)
FROM fresh f
CROSS JOIN LATERAL (SELECT planner.search_trigrams(f.word) AS grams OFFSET 0) t
CROSS JOIN LATERAL unnest(t.grams) g (gram)
WHERE length(f.word) >= 4 AND f.word !~ '[0-9]'
