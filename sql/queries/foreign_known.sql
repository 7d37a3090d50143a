-- What an import meets: a project, and what an earlier import of the same program brought into it. No row
-- when there is no such project.
-- $1 uuid  id of the project, or null
-- $2 text  its slug, or null
-- $3 text  program
-- class: bulk
SELECT json_build_object('id', p.id, 'slug', p.slug, 'archived', p.status = 'archived',
    'require_review', p.require_review,
    'low', (SELECT c.sort_key FROM planner.items c
            WHERE c.project_id = p.id AND c.parent_id = p.id ORDER BY c.sort_key DESC LIMIT 1),
    'records', coalesce((
        SELECT json_agg(json_strip_nulls(json_build_object('id', o.item_id, 'source_id', o.source_id,
            'sha256', encode(sha256(convert_to(o.record, 'UTF8')), 'hex'),
            'place', CASE WHEN o.source_id = 'place' THEN o.record END))
            ORDER BY o.source_id)
        FROM planner.origins o
        WHERE o.project_id = p.id AND o.program = $3), '[]'),
    'items', coalesce((
        SELECT json_agg(json_strip_nulls(json_build_object('id', i.id, 'kind', i.kind,
            'source_id', o.source_id, 'status', i.status, 'depth', i.depth,
            'gone', planner.is_gone(p.id, i.id), 'n_children', r.n_children,
            'completed_at', (extract(epoch FROM i.completed_at) * 1000)::bigint,
            'low', (SELECT c.sort_key FROM planner.items c
                    WHERE c.project_id = p.id AND c.parent_id = i.id
                    ORDER BY c.sort_key DESC LIMIT 1),
            'needs', (SELECT json_agg(d.blocked_by) FROM planner.deps d
                      WHERE d.project_id = p.id AND d.item_id = i.id))))
        FROM planner.origins o
        JOIN planner.items i ON i.project_id = p.id AND i.id = o.item_id
        LEFT JOIN planner.roll r ON r.project_id = p.id AND r.id = i.id
        WHERE o.project_id = p.id AND o.program = $3 AND o.source_id LIKE 'item:%'), '[]'))
FROM planner.projects p
WHERE p.id = coalesce($1::uuid, (SELECT x.id FROM planner.projects x WHERE x.slug = $2))
