-- The answer of complete_step: the item, the path above it with its progress, what waited for it
-- (or for a parent that closed with it) and waits no more, what is ready next and not held already.
-- $1 uuid   project
-- $2 uuid   item
-- $3 text   request id, or null
-- $4 text   fingerprint of tool and arguments, or null
-- $5 jsonb  what the caller knows already, merged in
-- $6 text   agent, for whom the next item is looked up
-- class: simple
WITH RECURSIVE up (id, parent_id, depth) AS (
    SELECT i.id, i.parent_id, i.depth FROM planner.items i
    WHERE i.project_id = $1 AND i.id = (SELECT parent_id FROM planner.items
                                        WHERE project_id = $1 AND id = $2)
    UNION ALL
    SELECT i.id, i.parent_id, i.depth FROM up JOIN planner.items i
        ON i.project_id = $1 AND i.id = up.parent_id
), a AS MATERIALIZED (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'changed', true, 'change', currval('planner.change_number'),
        'key', p.slug || '-' || i.number, 'id', i.id, 'kind', i.kind, 'title', i.title,
        'status', coalesce(s.status, i.status), 'state', planner.item_state(i),
        'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
        'version', i.version, 'project', p.slug,
        'parents', (
            SELECT jsonb_agg(jsonb_build_object(
                'key', CASE WHEN t.kind = 'project' THEN p.slug ELSE p.slug || '-' || t.number END,
                'title', left(t.title, 60),
                'progress', planner.shown(tr.n_children, tr.n_open, tr.sum, t.status))
                ORDER BY up.depth DESC)
            FROM up JOIN planner.items t ON t.project_id = $1 AND t.id = up.id
            JOIN planner.roll tr ON tr.project_id = $1 AND tr.id = up.id),
        'released', (
            SELECT jsonb_agg(p.slug || '-' || w.number ORDER BY w.number)
            FROM (SELECT DISTINCT t.number FROM planner.deps d
                  JOIN planner.items t ON t.project_id = $1 AND t.id = d.item_id
                  WHERE d.project_id = $1 AND t.status = 'open' AND NOT planner.is_gone($1, t.id)
                    AND t.n_blockers = 0 AND i.status <> 'open'
                    AND d.blocked_by IN (SELECT $2 UNION ALL
                        SELECT up.id FROM up JOIN planner.items u
                            ON u.project_id = $1 AND u.id = up.id AND u.status <> 'open')
                  ORDER BY t.number LIMIT 20) w),
        'next', CASE WHEN i.status <> 'open' THEN (
            SELECT p.slug || '-' || t.number
            FROM planner.ready_below($1, $1, (
                SELECT sequential FROM planner.items WHERE project_id = $1 AND id = $1), $6, 1 + (
                SELECT count(*) FROM planner.claims k
                WHERE k.project_id = $1 AND k.agent = $6 AND k.expires_at > now())::integer)
                WITH ORDINALITY AS n (id, place)
            CROSS JOIN LATERAL (SELECT x.number FROM planner.items x
                                WHERE x.project_id = $1 AND x.id = n.id OFFSET 0) t
            LEFT JOIN LATERAL (SELECT x.expires_at FROM planner.claims x -- its own: others' are left out
                               WHERE x.project_id = $1 AND x.item_id = n.id OFFSET 0) k ON true
            WHERE coalesce(k.expires_at <= now(), true)
            ORDER BY n.place LIMIT 1) END
        ) || $5::jsonb) AS answer
    FROM planner.items i JOIN planner.projects p ON p.id = i.project_id
    LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
    WHERE i.project_id = $1 AND i.id = $2
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $3, sha256(convert_to($4, 'UTF8')), a.answer FROM a WHERE $3::text IS NOT NULL
)
SELECT a.answer::text FROM a
