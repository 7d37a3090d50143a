-- Edges that are gone from their source.
-- $1 uuid    project
-- $2 uuid[]  waiting items
-- $3 uuid[]  what they waited for
-- class: bulk
DELETE FROM planner.deps d USING unnest($2::uuid[], $3::uuid[]) AS e (item, need)
WHERE d.project_id = $1::uuid AND d.item_id = e.item AND d.blocked_by = e.need
