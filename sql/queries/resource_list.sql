-- A page of active projects by slug: each as item_read.sql tells one, and when it, or anything in it,
-- was last changed.
-- $1 text  slug after which the page starts, or null
-- $2 int   rows
-- $3 int   bytes up to which a description is told; a longer one is left out
-- class: complex
WITH page AS (
    SELECT p.* FROM planner.projects p
    WHERE p.status = 'active' AND ($1::text IS NULL OR p.slug > $1)
    ORDER BY p.slug LIMIT $2::integer
)
SELECT json_build_object('rows', coalesce(json_agg(json_strip_nulls(json_build_object(
    'changed_at', (SELECT planner.iso(a.at) FROM planner.audit a WHERE a.project_id = t.id
                   ORDER BY a.id DESC LIMIT 1),
    'view', json_build_object(
        'key', t.slug, 'id', t.id, 'kind', i.kind, 'title', i.title, 'status', t.status,
        'state', planner.item_state(i),
        'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
        'version', i.version, 'project', t.slug,
        'description', CASE WHEN octet_length(t.description) <= $3::integer
                            THEN t.description END,
        'sequential', CASE WHEN i.sequential THEN true END,
        'created_at', planner.iso(i.created_at), 'updated_at', planner.iso(i.updated_at),
        'completed_at', planner.iso(i.completed_at),
        'settings', json_build_object(
            'complexity_threshold', t.complexity_threshold, 'max_iterations', t.max_iterations,
            'require_review', t.require_review, 'separate_authors', t.separate_authors,
            'human_only', t.human_only, 'require_evidence', t.require_evidence,
            'workspace', t.workspace),
        'n_children', r.n_children, 'n_open', r.n_open, 'items', c.last_number,
        'disputes', planner.pending_disputes(t.id)))) ORDER BY t.slug), '[]'))
FROM page t
JOIN planner.items i ON i.project_id = t.id AND i.id = t.id
JOIN planner.roll r ON r.project_id = t.id AND r.id = t.id
JOIN planner.counters c ON c.project_id = t.id
