-- What optimize_project would promote, the highest score first, within its bounds, and what it has to
-- skip. No row when the project does not exist.
-- $1 uuid  project id, or null
-- $2 text  project slug, or null
-- $3 int   number: 0, or null
-- $4 int   steps to promote at most
-- $5 int   titles at most, unless the first step has more
-- $6 int   bytes of titles at most, likewise
-- $7 int   skipped ones to tell
-- class: complex
WITH p AS MATERIALIZED (
    SELECT p.* FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.projects p ON p.id = f.id
), due AS MATERIALIZED (
    SELECT t.id, t.parts, t.n, sum(jsonb_array_length(t.parts)) OVER w AS titles,
        sum(octet_length(t.parts::text)) OVER w AS bytes
    FROM p CROSS JOIN LATERAL planner.to_promote(p.id, p.complexity_threshold, false, $4::integer + 1)
        WITH ORDINALITY AS t (id, parts, why, agent, until, n)
    WINDOW w AS (ORDER BY t.n)
), taken AS MATERIALIZED (
    SELECT d.id, d.parts, d.n FROM due d
    WHERE d.n = 1 OR (d.n <= $4::integer AND d.titles <= $5::integer AND d.bytes <= $6::integer)
)
SELECT json_strip_nulls(json_build_object(
    'project', (SELECT json_build_object(
        'id', p.id, 'slug', p.slug, 'status', p.status, 'max_iterations', p.max_iterations,
        'complexity_threshold', p.complexity_threshold, 'require_review', p.require_review,
        'separate_authors', p.separate_authors, 'human_only', p.human_only,
        'require_evidence', p.require_evidence)),
    'promotions', (SELECT coalesce(json_agg(json_build_object(
            'id', i.id, 'key', p.slug || '-' || i.number, 'title', left(i.title, 60),
            'score', s.complexity_score, 'depth', i.depth, 'avail', i.avail,
            'content_number', coalesce(s.final_number, s.server_number),
            'titles', t.parts, 'row', to_jsonb(s) - 'project_id' - 'id',
            'last_key', (SELECT max(c.sort_key) FROM planner.items c
                         WHERE c.project_id = p.id AND c.parent_id = t.id)) ORDER BY t.n), '[]')
        FROM taken t
        CROSS JOIN LATERAL (SELECT * FROM planner.items x
                            WHERE x.project_id = p.id AND x.id = t.id OFFSET 0) i
        CROSS JOIN LATERAL (SELECT * FROM planner.steps x
                            WHERE x.project_id = p.id AND x.id = t.id OFFSET 0) s),
    'more', (SELECT count(*) FROM due) > (SELECT count(*) FROM taken),
    'skipped', (SELECT coalesce(json_agg(json_build_object(
            'key', p.slug || '-' || i.number, 'why', t.why, 'agent', t.agent,
            'until', floor(extract(epoch FROM t.until) * 1000)) ORDER BY t.n), '[]')
        FROM planner.to_promote(p.id, p.complexity_threshold, true, $7::integer + 1)
            WITH ORDINALITY AS t (id, parts, why, agent, until, n)
        CROSS JOIN LATERAL (SELECT * FROM planner.items x
                            WHERE x.project_id = p.id AND x.id = t.id OFFSET 0) i)))
FROM p
