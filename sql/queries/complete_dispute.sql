-- Disputes that may be meant by what was typed, as the keys of their steps, or as their ids when
-- the beginning of one was typed: pending ones first, the oldest first, then the newest resolved.
-- $1 text   beginning of a slug, in upper case, or null
-- $2 bool   that is the whole slug: a dash follows
-- $3 text   beginning of a number, or null
-- $4 text   words of the step's title, blanks between, or null for any
-- $5 uuid   id of the only project to look at, or null
-- $6 text   its slug, or null
-- $7 uuid   without it and without a typed slug: id of the project to look at, or null
-- $8 text   its slug, or null
-- $9 text   without all that: the directory whose project is looked at; none: all projects
-- $10 uuid  the lowest id that begins like this, or null
-- $11 uuid  the highest
-- $12 int   rows looked at, of each source
-- $13 int   values told
-- class: complex
WITH scope AS MATERIALIZED (
    SELECT b.bound, CASE WHEN b.bound THEN planner.find_project($5::uuid, $6, NULL)
                         ELSE planner.find_project($7::uuid, $8, $9) END AS id
    FROM (SELECT $5::uuid IS NOT NULL OR $6::text IS NOT NULL AS bound) b
), begun AS MATERIALIZED (
    SELECT p.id FROM scope c CROSS JOIN planner.projects p
    WHERE p.slug COLLATE "C" >= $1 AND p.slug COLLATE "C" < $1 || '~'
      AND (NOT $2::boolean OR p.slug = $1) AND (NOT c.bound OR p.id = c.id)
    ORDER BY p.slug COLLATE "C" LIMIT $12::integer
), wording AS MATERIALIZED ( -- a whole slug that exists is no word
    SELECT NOT ($2::boolean AND EXISTS (SELECT FROM begun)) AS used,
           string_to_array(lower($4), ' ') AS words
), area AS MATERIALIZED (
    SELECT b.id FROM begun b
    UNION
    SELECT c.id FROM scope c WHERE c.id IS NOT NULL AND (SELECT used FROM wording)
    UNION
    SELECT e.id FROM scope c CROSS JOIN LATERAL (
        SELECT p.id FROM planner.projects p
        WHERE NOT c.bound AND c.id IS NULL AND (SELECT used FROM wording)
        ORDER BY p.id DESC LIMIT $12::integer) e
), scanned AS (
    (SELECT d.* FROM area a CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.step_id, x.status, x.created_at FROM planner.disputes x
        WHERE x.project_id = a.id AND x.status = 'pending'
        ORDER BY x.created_at, x.id LIMIT $12::integer) d LIMIT $12::integer)
    UNION ALL
    (SELECT d.* FROM area a CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.step_id, x.status, x.created_at FROM planner.disputes x
        WHERE x.project_id = a.id AND x.status = 'resolved'
        ORDER BY x.created_at DESC, x.id DESC LIMIT $12::integer) d LIMIT $12::integer)
), told AS (
    SELECT p.slug || '-' || i.number AS value, d.status, d.created_at,
           coalesce(p.slug = $1 AND i.number::text = $3, false) AS exact
    FROM scanned d
    JOIN planner.projects p ON p.id = d.project_id
    JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
    CROSS JOIN wording w
    WHERE i.deleted_at IS NULL AND p.status = 'active'
      AND (starts_with(p.slug, $1) AND (NOT $2::boolean OR p.slug = $1)
           AND ($3 IS NULL OR starts_with(i.number::text, $3))
           OR w.used AND NOT EXISTS (SELECT FROM unnest(w.words) t
                                     WHERE strpos(lower(i.title), t) = 0))
      AND NOT planner.is_gone(d.project_id, d.step_id)
    UNION ALL
    SELECT d.id::text, d.status, d.created_at, false
    FROM (SELECT x.* FROM planner.disputes x WHERE x.id BETWEEN $10::uuid AND $11::uuid
          ORDER BY x.id LIMIT $12::integer) d
    CROSS JOIN scope c WHERE (NOT c.bound OR d.project_id = c.id)
      AND NOT planner.is_gone(d.project_id, d.step_id)
), found AS (
    SELECT t.value, bool_or(t.exact) AS exact, min(t.status) AS status,
           min(CASE WHEN t.status = 'pending' THEN t.created_at END) AS asked_at,
           max(t.created_at) AS last_at
    FROM told t GROUP BY t.value
), many AS (
    SELECT (SELECT count(*) FROM found) AS n, (SELECT count(*) FROM scanned) < $12::integer AS all_seen
)
SELECT json_strip_nulls(json_build_object(
    'values', (SELECT coalesce(json_agg(v.value ORDER BY v.place), '[]') FROM (
        SELECT f.value, row_number() OVER (ORDER BY f.exact DESC, f.status, f.asked_at,
                                           f.last_at DESC, f.value) AS place
        FROM found f ORDER BY place LIMIT $13::integer) v),
    'total', CASE WHEN m.all_seen THEN m.n END,
    'has_more', m.n > $13::integer OR m.n = $13::integer AND NOT m.all_seen))
FROM many m
