-- The answer of a write to a project, remembered under the request id when there is one.
-- $1 uuid   project
-- $2 text   request id, or null
-- $3 text   fingerprint of tool and arguments, or null
-- $4 jsonb  what the caller knows already, merged in
-- $5 bool   tell how many open steps should be promoted: the threshold was changed
-- class: complex
WITH a AS MATERIALIZED (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'changed', true, 'change', currval('planner.change_number'),
        'slug', p.slug, 'id', p.id, 'name', i.title, 'status', p.status,
        'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
        'version', i.version,
        'to_promote', CASE WHEN $5::boolean THEN (
            SELECT count(*) FROM planner.items t
            WHERE t.project_id = p.id AND t.promote_score >= p.complexity_threshold
              AND t.promote_score IS NOT NULL AND t.status = 'open' AND t.deleted_at IS NULL
              AND (NOT EXISTS (SELECT FROM planner.items d WHERE d.project_id = p.id
                               AND d.deleted_at IS NOT NULL AND d.kind = 'task')
                   OR NOT planner.is_gone(t.project_id, t.id))) END
        ) || $4::jsonb) AS answer
    FROM planner.projects p
    JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
    JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
    WHERE p.id = $1
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $2, sha256(convert_to($3, 'UTF8')), a.answer FROM a WHERE $2::text IS NOT NULL
)
SELECT a.answer::text FROM a
