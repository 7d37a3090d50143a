-- Make edges that are known to close no circle.
-- $1 uuid    project
-- $2 uuid[]  waiting items
-- $3 uuid[]  what they wait for
-- class: bulk
INSERT INTO planner.deps (project_id, item_id, blocked_by)
SELECT $1, e.item, e.need FROM unnest($2::uuid[], $3::uuid[]) AS e (item, need)
