-- Complete, cancel or reopen a leaf.
-- $1 uuid  project
-- $2 uuid  item
-- $3 text  status
-- class: simple
UPDATE planner.items SET status = $3, version = version + 1, updated_at = now(),
    completed_at = CASE WHEN $3 = 'complete' THEN coalesce(completed_at, now()) END
WHERE project_id = $1 AND id = $2
