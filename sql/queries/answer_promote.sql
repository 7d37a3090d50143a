-- The answer of promote_step: the task with its steps, remembered under the request id when there is
-- one.
-- $1 uuid   project
-- $2 uuid   item
-- $3 text   request id, or null
-- $4 text   fingerprint of tool and arguments, or null
-- $5 jsonb  what the caller knows already, merged in
-- class: simple
WITH a AS MATERIALIZED (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'changed', true, 'change', currval('planner.change_number'),
        'key', p.slug || '-' || i.number, 'id', i.id, 'kind', i.kind, 'title', i.title,
        'status', i.status, 'state', planner.item_state(i),
        'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
        'version', i.version, 'project', p.slug,
        'steps', (SELECT jsonb_agg(jsonb_build_object('key', p.slug || '-' || c.number,
                                                      'title', left(c.title, 60))
                                   ORDER BY c.sort_key)
                  FROM planner.items c WHERE c.project_id = $1 AND c.parent_id = $2
                    AND c.deleted_at IS NULL)
        ) || $5::jsonb) AS answer
    FROM planner.items i JOIN planner.projects p ON p.id = i.project_id
    JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
    WHERE i.project_id = $1 AND i.id = $2
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $3, sha256(convert_to($4, 'UTF8')), a.answer FROM a WHERE $3::text IS NOT NULL
)
SELECT a.answer::text FROM a
