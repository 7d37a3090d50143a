-- A page of projects by slug.
-- $1 text  status, or null for both
-- $2 text  part of slug or name, or null
-- $3 text  slug after which the page starts, or null
-- $4 int   rows
-- class: complex
WITH page AS (
    SELECT p.slug, p.id, p.status, i.title, p.description, i.status AS item_status, i.version
    FROM planner.projects p JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
    WHERE ($1::text IS NULL OR p.status = $1)
      AND ($2::text IS NULL OR strpos(lower(p.slug || ' ' || i.title), lower($2)) > 0)
      AND ($3::text IS NULL OR p.slug > $3)
    ORDER BY p.slug LIMIT $4::integer
)
SELECT json_build_object('projects', coalesce(json_agg(json_build_object(
    'slug', t.slug, 'name', t.title,
    'description', CASE WHEN char_length(t.description) > 200
                        THEN left(t.description, 199) || '…' ELSE t.description END,
    'status', t.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, t.item_status),
    'items', c.last_number,
    'open', r.n_open,
    'disputes', planner.pending_disputes(t.id),
    'version', t.version) ORDER BY t.slug), '[]'))
FROM page t
JOIN planner.roll r ON r.project_id = t.id AND r.id = t.id
JOIN planner.counters c ON c.project_id = t.id
