-- A project as the answer of a write that found its work done, remembered under the request id when
-- there is one.
-- $1 uuid   project
-- $2 text   request id, or null
-- $3 text   fingerprint of tool and arguments, or null
-- class: simple
WITH a AS MATERIALIZED (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'changed', false, 'slug', p.slug, 'id', p.id, 'name', i.title, 'status', p.status,
        'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
        'version', i.version)) AS answer
    FROM planner.projects p
    JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
    JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
    WHERE p.id = $1
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $2, sha256(convert_to($3, 'UTF8')), a.answer FROM a WHERE $2::text IS NOT NULL
)
SELECT a.answer::text FROM a
