-- Slugs of projects that may be meant by what was typed: by the beginning of the slug, then by the
-- words of the name; active ones first.
-- $1 text  beginning of a slug, in upper case, or null
-- $2 text  words of the name, blanks between, or null for any
-- $3 int   projects looked at for their names, the newest ones
-- $4 int   values told
-- class: complex
WITH begun AS (
    SELECT p.id, p.slug, p.status, 1 AS how FROM planner.projects p
    WHERE p.slug COLLATE "C" >= $1 AND p.slug COLLATE "C" < $1 || '~'
    ORDER BY p.slug COLLATE "C" LIMIT $3::integer
), newest AS (
    SELECT p.id, p.slug, p.status FROM planner.projects p ORDER BY p.id DESC LIMIT $3::integer
), worded AS (
    SELECT n.id, n.slug, n.status, 2 AS how
    FROM newest n JOIN planner.items i ON i.project_id = n.id AND i.id = n.id
    WHERE NOT EXISTS (SELECT FROM unnest(string_to_array(lower($2), ' ')) w
                      WHERE strpos(lower(i.title), w) = 0)
), found AS (
    SELECT b.slug, b.status, min(b.how) AS how
    FROM (SELECT * FROM begun UNION ALL SELECT * FROM worded) b
    GROUP BY b.slug, b.status
), many AS (
    SELECT (SELECT count(*) FROM found) AS n,
           (SELECT count(*) FROM begun) < $3::integer
           AND (SELECT count(*) FROM newest) < $3::integer AS all_seen
)
SELECT json_strip_nulls(json_build_object(
    'values', (SELECT coalesce(json_agg(v.slug ORDER BY v.place), '[]') FROM (
        SELECT f.slug, row_number() OVER (ORDER BY (f.slug = $1) DESC NULLS LAST, f.status, f.how,
                                          f.slug COLLATE "C") AS place
        FROM found f ORDER BY place LIMIT $4::integer) v),
    'total', CASE WHEN m.all_seen THEN m.n END,
    'has_more', m.n > $4::integer OR m.n = $4::integer AND NOT m.all_seen))
FROM many m
