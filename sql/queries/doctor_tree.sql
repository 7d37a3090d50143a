-- The tree: every item hangs from a task or a project of its own project, one level below it, and
-- every row that belongs to an item has one.
-- class: upkeep
WITH t AS (
    SELECT coalesce(p.slug, i.project_id::text) || '-' || i.number AS name, CASE
        WHEN p.id IS NULL THEN 'belongs to no project'
        WHEN i.parent_id IS NULL AND i.kind <> 'project' THEN 'has no parent'
        WHEN i.parent_id IS NOT NULL AND u.id IS NULL THEN 'hangs from nothing'
        WHEN u.kind = 'step' AND i.deleted_at IS NULL THEN format('hangs from a step, %s', u.number)
        WHEN i.depth <> coalesce(u.depth + 1, 0)
        THEN format('is at depth %s; its parent is at %s', i.depth, u.depth) END AS what
    FROM planner.items i
    LEFT JOIN planner.projects p ON p.id = i.project_id
    LEFT JOIN planner.items u ON u.project_id = i.project_id AND u.id = i.parent_id
), o AS (
    SELECT x.place || ' of ' || x.id AS name, 'has no item' AS what FROM (
        SELECT 'counters in roll' AS place, r.project_id, r.id FROM planner.roll r
        UNION ALL
        SELECT 'row in steps', s.project_id, s.id FROM planner.steps s
        UNION ALL
        SELECT DISTINCT 'version', n.project_id, n.step_id FROM planner.iterations n
        UNION ALL
        SELECT 'dispute', d.project_id, d.step_id FROM planner.disputes d
        UNION ALL
        SELECT DISTINCT 'dependency', d.project_id, d.item_id FROM planner.deps d
        UNION ALL
        SELECT DISTINCT 'dependency on', d.project_id, d.blocked_by FROM planner.deps d
        UNION ALL
        SELECT 'claim', c.project_id, c.item_id FROM planner.claims c
        UNION ALL
        SELECT DISTINCT 'evidence', e.project_id, e.item_id FROM planner.evidence e
        UNION ALL
        SELECT 'project', p.id, p.id FROM planner.projects p
        UNION ALL
        SELECT 'number counter', c.project_id, c.project_id FROM planner.counters c
    ) x
    LEFT JOIN planner.items i ON i.project_id = x.project_id AND i.id = x.id
    WHERE i.id IS NULL
), r AS (
    SELECT 'project ' || p.slug AS name, 'has no counter of numbers' AS what
    FROM planner.projects p LEFT JOIN planner.counters c ON c.project_id = p.id
    WHERE c.project_id IS NULL
), w AS (
    SELECT * FROM t UNION ALL SELECT * FROM o UNION ALL SELECT * FROM r
)
SELECT json_build_object('checked', count(*), 'wrong', count(w.what),
    'examples', to_json((array_agg(w.name || ' ' || w.what ORDER BY w.name)
                         FILTER (WHERE w.what IS NOT NULL))[1:5]))
FROM w
