-- Flush one of update_project: the project with its settings, and, when its tasks shall be in
-- sequence from now on, a dependency that runs against their order. No row when it does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number: 0, or null
-- $4 bool  look for a dependency against the order
-- $5 text  the workspace that it shall have; null: the one that it has
-- class: complex
SELECT json_strip_nulls(json_build_object(
    'id', p.id, 'slug', p.slug, 'status', p.status, 'name', i.title,
    'description', p.description, 'complexity_threshold', p.complexity_threshold,
    'max_iterations', p.max_iterations, 'sequential', i.sequential,
    'require_review', p.require_review, 'separate_authors', p.separate_authors,
    'human_only', p.human_only, 'require_evidence', p.require_evidence,
    'workspace', p.workspace, 'version', i.version,
    'bound', (SELECT o.slug FROM planner.projects o
              WHERE o.workspace = coalesce($5, p.workspace) AND o.status = 'active'
                AND o.workspace IS NOT NULL AND o.id <> p.id),
    'against', (SELECT json_build_object('item', p.slug || '-' || a.number,
                                         'needs', p.slug || '-' || b.number)
                FROM planner.against_order(p.id, p.id) o
                JOIN planner.items a ON a.project_id = p.id AND a.id = o.item_id
                JOIN planner.items b ON b.project_id = p.id AND b.id = o.blocked_by
                WHERE $4::boolean)))
FROM planner.find_item($1::uuid, $2, $3::integer) f
JOIN planner.projects p ON p.id = f.id
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
