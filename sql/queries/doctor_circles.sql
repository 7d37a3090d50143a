-- What can be part of a circle of waiting: the items that dependencies touch and all above them, of
-- what is not deleted, numbered from 1 on so that siblings are in their order; "parent sequential" of
-- each, and "item on" of each dependency. What nothing depends on and what depends on nothing leads
-- nowhere. Beyond a number of dependencies the projects that have fewer go first.
-- $1 int  dependencies that are looked at
-- class: upkeep
WITH RECURSIVE project AS MATERIALIZED (
    SELECT x.project_id, sum(x.n) OVER (ORDER BY x.n, x.project_id) AS upto, x.n
    FROM (SELECT d.project_id, count(*) AS n FROM planner.deps d GROUP BY d.project_id) x
), edge AS MATERIALIZED (
    SELECT d.project_id, d.item_id, d.blocked_by
    FROM planner.deps d JOIN project x ON x.project_id = d.project_id AND x.upto <= $1::integer
), up (project_id, id, parent_id, gone, depth, sort_key, sequential, key) AS (
    SELECT i.project_id, i.id, i.parent_id, i.deleted_at IS NOT NULL, i.depth, i.sort_key,
        i.sequential, i.number
    FROM (SELECT e.project_id, e.item_id AS id FROM edge e
          UNION SELECT e.project_id, e.blocked_by FROM edge e) t
    JOIN planner.items i ON i.project_id = t.project_id AND i.id = t.id
    UNION
    SELECT u.project_id, u.id, u.parent_id, u.deleted_at IS NOT NULL, u.depth, u.sort_key,
        u.sequential, u.number
    FROM up JOIN planner.items u ON u.project_id = up.project_id AND u.id = up.parent_id
), gone AS (
    SELECT up.id FROM up WHERE up.gone
    UNION
    SELECT up.id FROM gone JOIN up ON up.parent_id = gone.id
), node AS MATERIALIZED (
    SELECT up.id, up.parent_id, up.sequential, up.project_id, up.key,
        row_number() OVER (ORDER BY up.depth, up.project_id, up.parent_id, up.sort_key) AS n
    FROM up WHERE up.id NOT IN (SELECT g.id FROM gone g)
)
SELECT json_build_object(
    'edges', (SELECT count(*) FROM planner.deps),
    'looked', (SELECT count(*) FROM edge),
    'n', (SELECT count(*) FROM node),
    'nodes', coalesce((SELECT string_agg(coalesce(u.n, 0) || ' ' || n.sequential::integer, ' '
                                         ORDER BY n.n)
                       FROM node n LEFT JOIN node u ON u.id = n.parent_id), ''),
    'keys', coalesce((SELECT string_agg(p.slug || CASE WHEN n.key > 0 THEN '-' || n.key ELSE '' END,
                                        ' ' ORDER BY n.n)
                      FROM node n JOIN planner.projects p ON p.id = n.project_id), ''),
    'waits', coalesce((SELECT string_agg(a.n || ' ' || b.n, ' ' ORDER BY a.n, b.n)
                       FROM edge e JOIN node a ON a.id = e.item_id
                       JOIN node b ON b.id = e.blocked_by), ''))
