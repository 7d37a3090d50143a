-- The answer of define_tasks: how many, the keys, the first of them by ref and title.
-- $1 uuid    project
-- $2 uuid    parent
-- $3 text    request id, or null
-- $4 text    fingerprint of tool and arguments, or null
-- $5 int     how many were created
-- $6 uuid[]  the items to tell, in the order given
-- $7 text[]  their refs, or nulls
-- class: bulk
WITH told AS (
    SELECT i.number, i.title, w.ref, w.place
    FROM unnest($6::uuid[], $7::text[]) WITH ORDINALITY AS w (id, ref, place)
    JOIN planner.items i ON i.project_id = $1 AND i.id = w.id
), a AS MATERIALIZED (
    SELECT json_strip_nulls(json_build_object(
        'changed', true, 'change', currval('planner.change_number'), 'created', $5::integer,
        'project', p.slug,
        'parent', CASE WHEN i.kind = 'project' THEN p.slug ELSE p.slug || '-' || i.number END,
        'first', (SELECT p.slug || '-' || min(t.number) FROM told t),
        'last', (SELECT p.slug || '-' || min(t.number) + $5::integer - 1 FROM told t),
        'items', (SELECT json_agg(json_build_object('key', p.slug || '-' || t.number,
                                                    'title', t.title, 'ref', t.ref)
                                  ORDER BY t.place) FROM told t))) AS answer
    FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = $2
    WHERE p.id = $1
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $3, sha256(convert_to($4, 'UTF8')), a.answer::jsonb FROM a WHERE $3::text IS NOT NULL
)
SELECT a.answer::text FROM a
