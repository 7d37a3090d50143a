-- The cuts whose removal was interrupted, the oldest first.
-- class: upkeep
SELECT json_build_object('cuts', coalesce(json_agg(json_build_object('project_id', c.project_id,
    'id', c.id, 'slug', c.slug, 'kind', c.kind, 'archived', c.archived, 'purged', c.purged)
    ORDER BY c.id), '[]'))
FROM planner.cuts c WHERE c.state = 'going'
