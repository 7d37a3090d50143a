-- Keys of items that may be meant by what was typed: by the beginning of the key, then by the words
-- of the title. Exact ones first, then those that fit the purpose, the oldest first as in a queue,
-- then the newest; below the beginning of a number in its order.
-- $1 text   beginning of a slug, in upper case, or null
-- $2 bool   that is the whole slug: a dash follows
-- $3 text   beginning of a number, or null
-- $4 text   words of the title, blanks between, or null for any
-- $5 uuid   id of the only project to look at, or null
-- $6 text   its slug, or null
-- $7 uuid   without it and without a typed slug: id of the project to look at, or null
-- $8 text   its slug, or null
-- $9 text   without all that: the directory whose project is looked at; none: all projects
-- $10 text  purpose: item, step, draft or review
-- $11 int   rows looked at, of each source
-- $12 int   values told
-- class: complex
WITH scope AS MATERIALIZED (
    SELECT b.bound, CASE WHEN b.bound THEN planner.find_project($5::uuid, $6, NULL)
                         ELSE planner.find_project($7::uuid, $8, $9) END AS id
    FROM (SELECT $5::uuid IS NOT NULL OR $6::text IS NOT NULL AS bound) b
), begun AS MATERIALIZED (
    SELECT p.id, p.slug FROM scope c CROSS JOIN planner.projects p
    WHERE p.slug COLLATE "C" >= $1 AND p.slug COLLATE "C" < $1 || '~'
      AND (NOT $2::boolean OR p.slug = $1) AND (NOT c.bound OR p.id = c.id)
      AND ($10 = 'item' OR p.status = 'active')
    ORDER BY p.slug COLLATE "C" LIMIT $11::integer
), area AS MATERIALIZED ( -- whose titles are searched; when everything is, that is not listed here
    SELECT p.id, p.slug FROM scope c JOIN planner.projects p ON p.id = c.id
    WHERE ($10 = 'item' OR p.status = 'active')
), wording AS MATERIALIZED ( -- a whole slug that exists is no word
    SELECT NOT ($2::boolean AND EXISTS (SELECT FROM begun)) AS used,
           string_to_array(lower($4), ' ') AS words, NOT c.bound AND c.id IS NULL AS everywhere
    FROM scope c
), numbers AS ( -- AUTH-1 is AUTH-1, AUTH-10 to 19, AUTH-100 to 199 and so on
    SELECT $3::bigint * power(10, k)::bigint AS lowest,
           ($3::bigint + 1) * power(10, k)::bigint - 1 AS highest
    FROM generate_series(0, 9 - length($3)) k
), keyed AS (
    SELECT i.* FROM begun b CROSS JOIN numbers n CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.number, x.kind, x.status, x.deleted_at, x.title FROM planner.items x
        WHERE x.project_id = b.id AND x.number BETWEEN n.lowest AND n.highest
        ORDER BY x.number LIMIT $11::integer) i
    WHERE $3 IS NOT NULL LIMIT $11::integer
), newest AS (
    SELECT i.* FROM begun b CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.number, x.kind, x.status, x.deleted_at, x.title FROM planner.items x
        WHERE x.project_id = b.id AND x.number > 0
        ORDER BY x.number DESC LIMIT $11::integer) i
    WHERE $3 IS NULL LIMIT $11::integer
), near AS (
    SELECT i.* FROM area a CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.number, x.kind, x.status, x.deleted_at, x.title FROM planner.items x
        WHERE x.project_id = a.id AND x.number > 0
        ORDER BY x.number DESC LIMIT $11::integer) i
    WHERE (SELECT used FROM wording)
), anywhere AS (
    SELECT x.project_id, x.id, x.number, x.kind, x.status, x.deleted_at, x.title FROM planner.items x
    WHERE (SELECT used AND everywhere FROM wording)
    ORDER BY x.id DESC LIMIT $11::integer
), wanted AS ( -- what the purpose is about, from wherever it may be
    SELECT s.project_id, s.id, s.fit FROM (
        SELECT b.id FROM begun b
        UNION SELECT a.id FROM area a WHERE (SELECT used FROM wording)
        UNION SELECT e.id FROM (SELECT p.id FROM planner.projects p WHERE p.status = 'active'
                                ORDER BY p.id DESC LIMIT $11::integer) e
              WHERE (SELECT used AND everywhere FROM wording)) p
    CROSS JOIN (VALUES ('review', 'client_review', 1), ('draft', 'server_draft', 1),
                       ('draft', 'pending', 2)) w (purpose, status, fit)
    CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, w.fit FROM planner.steps x
        WHERE x.project_id = p.id AND x.status = w.status
        ORDER BY x.id LIMIT $11::integer) s
    WHERE w.purpose = $10 LIMIT $11::integer
), seen AS (
    SELECT 3 AS fit, u.* FROM (SELECT * FROM keyed UNION ALL SELECT * FROM newest
                               UNION ALL SELECT * FROM near UNION ALL SELECT * FROM anywhere) u
    UNION ALL
    SELECT w.fit, i.project_id, i.id, i.number, i.kind, i.status, i.deleted_at, i.title
    FROM wanted w JOIN planner.items i ON i.project_id = w.project_id AND i.id = w.id
), found AS (
    SELECT DISTINCT ON (i.id) p.slug, i.number, i.id, coalesce(p.slug = $1, false) AS whole,
           coalesce(p.slug = $1 AND i.number::text = $3, false) AS exact,
           CASE WHEN i.status <> 'open' OR p.status <> 'active' THEN 4 ELSE i.fit END AS fit,
           b.by_key
    FROM seen i
    JOIN planner.projects p ON p.id = i.project_id
    CROSS JOIN wording w
    CROSS JOIN LATERAL (SELECT coalesce(starts_with(p.slug, $1) AND (NOT $2::boolean OR p.slug = $1)
                                        AND ($3 IS NULL OR starts_with(i.number::text, $3)), false)
                               AS by_key) b
    WHERE i.deleted_at IS NULL
      AND CASE WHEN $10 = 'item' THEN i.kind <> 'project'
               ELSE i.kind = 'step' AND p.status = 'active' END
      AND (b.by_key OR w.used AND NOT EXISTS (SELECT FROM unnest(w.words) t
                                              WHERE strpos(lower(i.title), t) = 0))
      AND NOT planner.is_gone(i.project_id, i.id)
    ORDER BY i.id, i.fit
), many AS (
    SELECT (SELECT count(*) FROM found) AS n,
           (SELECT count(*) FROM keyed) < $11::integer AND (SELECT count(*) FROM newest) < $11::integer
           AND (SELECT count(*) FROM near) < $11::integer
           AND (SELECT count(*) FROM anywhere) < $11::integer AS all_seen
)
SELECT json_strip_nulls(json_build_object(
    'values', (SELECT coalesce(json_agg(v.key ORDER BY v.place), '[]') FROM (
        SELECT f.slug || '-' || f.number AS key, row_number() OVER (
            ORDER BY f.exact DESC, CASE WHEN $10 <> 'item' THEN f.fit END, f.by_key DESC,
                     f.whole DESC, CASE WHEN $3 IS NOT NULL THEN f.number END,
                     CASE WHEN f.fit < 3 THEN f.id END, f.id DESC) AS place
        FROM found f ORDER BY place LIMIT $12::integer) v),
    'total', CASE WHEN m.all_seen THEN m.n END,
    'has_more', m.n > $12::integer OR m.n = $12::integer AND NOT m.all_seen))
FROM many m
