-- A project for people to read: what is not deleted, depth-first, an item a row; with texts, reviews and
-- evidence, or only what a line of the outline needs.
-- $1 uuid  project
-- $2 bool  with texts
-- class: upkeep
WITH RECURSIVE t (id, place) AS (
    SELECT $1::uuid, '{}'::text[] COLLATE "C"
    UNION ALL
    SELECT c.id, t.place || c.sort_key COLLATE "C"
    FROM t JOIN planner.items c ON c.project_id = $1::uuid AND c.parent_id = t.id
    WHERE c.deleted_at IS NULL
)
SELECT json_strip_nulls(json_build_object(
    'key', p.slug || CASE WHEN i.number > 0 THEN '-' || i.number ELSE '' END,
    'level', i.depth, 'title', i.title, 'state', planner.item_state(i),
    'progress', CASE WHEN i.has_children
                     THEN planner.shown(r.n_children, r.n_open, r.sum, i.status) END,
    'assignee', i.assignee,
    'text', CASE WHEN NOT $2::boolean THEN NULL WHEN i.number = 0 THEN p.description
                 ELSE i.objective END,
    'content_status', CASE WHEN s.status <> 'pending' THEN s.status END,
    'content', CASE WHEN $2::boolean THEN n.content END,
    'waits', (SELECT string_agg(p.slug || '-' || b.number, ', ' ORDER BY b.number)
              FROM planner.deps d JOIN planner.items b
                  ON b.project_id = d.project_id AND b.id = d.blocked_by
              WHERE d.project_id = $1::uuid AND d.item_id = i.id AND b.status = 'open'
                AND b.deleted_at IS NULL),
    'reviews', coalesce((SELECT json_agg(json_strip_nulls(json_build_object(
            'at', planner.iso(x.at), 'action', x.action, 'agent', x.agent,
            'feedback', x.feedback, 'reasoning', x.reasoning)) ORDER BY x.number)
        FROM planner.iterations x
        WHERE $2::boolean AND x.project_id = $1::uuid AND x.step_id = i.id
          AND x.action IN ('accept', 'approve', 'revise', 'counter', 'resolve')), '[]'),
    'evidence', coalesce((SELECT json_agg(json_strip_nulls(json_build_object(
            'kind', e.kind, 'reference', e.reference, 'summary', e.summary)) ORDER BY e.id)
        FROM planner.evidence e
        WHERE $2::boolean AND e.project_id = $1::uuid AND e.item_id = i.id
          AND e.undone_by IS NULL), '[]')))
FROM t
JOIN planner.items i ON i.project_id = $1::uuid AND i.id = t.id
JOIN planner.projects p ON p.id = $1::uuid
LEFT JOIN planner.roll r ON r.project_id = i.project_id AND r.id = i.id
LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
LEFT JOIN planner.iterations n ON n.project_id = s.project_id AND n.step_id = s.id
     AND n.number = coalesce(s.final_number, s.server_number)
ORDER BY t.place
