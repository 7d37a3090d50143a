-- The projects that retention looks at, and the times that the ages mean. A project that goes as a whole
-- is `whole`; one that was named and is not there is in `unknown`.
-- $1 text[]  slugs or ids, or null for all
-- $2 bigint  age in ms of what goes from the audit, or null: all of it is kept
-- $3 bigint  of texts of iterations, or null
-- $4 bigint  of deleted items, or null
-- $5 bigint  of archived projects, or null
-- class: upkeep
WITH t AS MATERIALIZED (
    SELECT now() - $2::bigint * interval '1 ms' AS audit, now() - $3::bigint * interval '1 ms' AS iterations,
           now() - $4::bigint * interval '1 ms' AS deleted, now() - $5::bigint * interval '1 ms' AS project
), p AS MATERIALIZED (
    SELECT p.id, p.slug, i.title AS name,
           coalesce(p.status = 'archived' AND i.updated_at < t.project, false) AS whole
    FROM t, planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
    WHERE $1::text[] IS NULL OR p.slug = ANY ($1::text[]) OR p.id::text = ANY ($1::text[])
)
SELECT json_strip_nulls(json_build_object(
    'audit', t.audit, 'iterations', t.iterations, 'deleted', t.deleted, 'project', t.project,
    'projects', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'slug', p.slug,
        'name', p.name, 'whole', p.whole) ORDER BY p.slug), '[]') FROM p),
    'unknown', (SELECT u FROM unnest($1::text[]) u
                WHERE NOT EXISTS (SELECT FROM p WHERE u IN (p.slug, p.id::text)) LIMIT 1)))
FROM t
