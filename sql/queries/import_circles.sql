-- doctor_circles.sql for one project: the items that dependencies touch and all above them, numbered so
-- that siblings are in their order, and who waits for whom.
-- $1 uuid  project
-- class: upkeep
WITH RECURSIVE up (id, parent_id, origin, gone) AS (
    SELECT i.id, i.parent_id, i.id, i.deleted_at IS NOT NULL
    FROM (SELECT d.item_id AS id FROM planner.deps d WHERE d.project_id = $1::uuid
          UNION SELECT d.blocked_by FROM planner.deps d WHERE d.project_id = $1::uuid) t
    JOIN planner.items i ON i.project_id = $1::uuid AND i.id = t.id
    UNION ALL
    SELECT u.id, u.parent_id, up.origin, u.deleted_at IS NOT NULL
    FROM up JOIN planner.items u ON u.project_id = $1::uuid AND u.id = up.parent_id
), gone AS (
    SELECT DISTINCT up.origin FROM up WHERE up.gone
), node AS MATERIALIZED (
    SELECT i.id, i.parent_id, i.sequential, i.number AS key,
        row_number() OVER (ORDER BY i.depth, i.parent_id, i.sort_key) AS n
    FROM (SELECT DISTINCT up.id FROM up WHERE up.origin NOT IN (SELECT g.origin FROM gone g)) t
    JOIN planner.items i ON i.project_id = $1::uuid AND i.id = t.id
)
SELECT json_build_object(
    'edges', (SELECT count(*) FROM planner.deps d WHERE d.project_id = $1::uuid),
    'looked', (SELECT count(*) FROM planner.deps d WHERE d.project_id = $1::uuid),
    'n', (SELECT count(*) FROM node),
    'nodes', coalesce((SELECT string_agg(coalesce(u.n, 0) || ' ' || n.sequential::integer, ' '
                                         ORDER BY n.n)
                       FROM node n LEFT JOIN node u ON u.id = n.parent_id), ''),
    'keys', coalesce((SELECT string_agg(p.slug || CASE WHEN n.key > 0 THEN '-' || n.key ELSE '' END,
                                        ' ' ORDER BY n.n)
                      FROM node n JOIN planner.projects p ON p.id = $1::uuid), ''),
    'waits', coalesce((SELECT string_agg(a.n || ' ' || b.n, ' ' ORDER BY a.n, b.n)
                       FROM planner.deps d JOIN node a ON a.id = d.item_id
                       JOIN node b ON b.id = d.blocked_by WHERE d.project_id = $1::uuid), ''))
