-- What somebody needs to know who is about to plan a project: its vision, settings, the plan so far
-- and what is disputed. No row when it does not exist.
-- $1 uuid  project id, or null
-- $2 text  project slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- $4 int   characters of the description
-- $5 int   characters of each objective
-- $6 int   lines of the outline
-- $7 int   disputes
-- class: complex
SELECT json_strip_nulls(json_build_object(
    'slug', p.slug, 'name', r.title, 'status', p.status,
    'description', left(p.description, $4::integer),
    'description_length', octet_length(p.description),
    'max_iterations', p.max_iterations, 'complexity_threshold', p.complexity_threshold,
    'require_review', p.require_review, 'separate_authors', p.separate_authors,
    'human_only', p.human_only, 'require_evidence', p.require_evidence,
    'sequential', r.sequential,
    'progress', planner.shown(o.n_children, o.n_open, o.sum, r.status),
    'items', c.last_number,
    'lines', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'key', p.slug || '-' || t.number, 'kind', t.kind, 'level', t.depth, 'title', t.title,
            'state', planner.item_state(t), 'content_status', s.status,
            'text', left(t.objective, $5::integer),
            'length', octet_length(t.objective))) ORDER BY l.n), '[]')
        FROM (SELECT b.id, row_number() OVER () AS n
              FROM planner.outline_below(p.id, p.id, 64, true, $6::integer, NULL) b) l
        JOIN planner.items t ON t.project_id = p.id AND t.id = l.id
        LEFT JOIN planner.steps s ON s.project_id = t.project_id AND s.id = t.id),
    'disputed', planner.pending_disputes(p.id),
    'disputes', (SELECT coalesce(json_agg(json_build_object(
            'key', p.slug || '-' || i.number, 'title', i.title, 'rounds', d.rounds)
            ORDER BY d.created_at, d.id), '[]')
        FROM (SELECT x.* FROM planner.disputes x
              WHERE x.project_id = p.id AND x.status = 'pending'
                AND NOT planner.is_gone(x.project_id, x.step_id)
              ORDER BY x.created_at, x.id LIMIT $7::integer) d
        JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id)))
FROM planner.find_project($1::uuid, $2, $3) f (id)
JOIN planner.projects p ON p.id = f.id
JOIN planner.items r ON r.project_id = p.id AND r.id = p.id
JOIN planner.roll o ON o.project_id = p.id AND o.id = p.id
JOIN planner.counters c ON c.project_id = p.id
