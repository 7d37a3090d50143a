-- The cuts that were made, the newest first.
-- $1 int  rows
-- class: upkeep
SELECT json_build_object('cuts', coalesce(json_agg(json_strip_nulls(json_build_object(
    'project_id', c.project_id, 'id', c.id, 'slug', c.slug, 'kind', c.kind, 'state', c.state,
    'archived', c.archived, 'purged', c.purged, 'change', c.change,
    'until', floor(extract(epoch FROM c.until) * 1000), 'at', floor(extract(epoch FROM c.at) * 1000),
    'archive', c.archive, 'sha256', c.sha256, 'made_by', c.made_by)) ORDER BY c.id DESC), '[]'))
FROM (SELECT x.* FROM planner.cuts x WHERE x.state <> 'planned' ORDER BY x.id DESC LIMIT $1::integer) c
