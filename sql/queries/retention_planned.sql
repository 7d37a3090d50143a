-- A cut as it was just planned: its line in the archive. A statement of its own, since the one that plans
-- it does not see its row.
-- $1 uuid    project
-- $2 bigint  cut
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'line', json_build_object('part', 'cut', 'row', json_build_object('project_id', c.project_id,
        'cut', c.id, 'slug', c.slug, 'name', c.name, 'kind', c.kind, 'until', c.until,
        'change', c.change))::text,
    'until', floor(extract(epoch FROM c.until) * 1000), 'change', c.change))
FROM planner.cuts c WHERE c.project_id = $1::uuid AND c.id = $2::bigint
