-- The answer of undo: the change that was taken back, and the first items that it was about;
-- remembered under the request id when there is one.
-- $1 uuid    project
-- $2 bigint  the change that was made first
-- $3 text    request id, or null
-- $4 text    fingerprint of tool and arguments, or null
-- $5 jsonb   what the caller knows already, merged in
-- class: complex
WITH about AS MATERIALIZED (
    SELECT DISTINCT a.entity_id FROM planner.audit a
    WHERE a.change = $2::bigint AND a.project_id = $1 AND a.entity_type IN ('task', 'step')
), a AS MATERIALIZED (
    SELECT jsonb_build_object('changed', true, 'change', currval('planner.change_number'),
        'count', (SELECT count(*) FROM about),
        'items', (SELECT coalesce(jsonb_agg(p.slug || '-' || t.number ORDER BY t.number), '[]')
                  FROM (SELECT i.number FROM about JOIN planner.items i
                            ON i.project_id = $1 AND i.id = about.entity_id
                        ORDER BY i.number LIMIT 20) t)) || $5::jsonb AS answer
    FROM planner.projects p WHERE p.id = $1
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $3, sha256(convert_to($4, 'UTF8')), a.answer FROM a WHERE $3::text IS NOT NULL
)
SELECT a.answer::text FROM a
