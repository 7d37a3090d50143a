-- Change what is given of a task or step; null leaves a column as it is.
-- $1 uuid  project
-- $2 uuid  item
-- $3 text  title
-- $4 text  objective; empty clears it
-- $5 bool  sequential
-- $6 int   priority
-- $7 text  assignee; empty clears it
-- class: simple
UPDATE planner.items SET
    title = coalesce($3, title),
    objective = CASE WHEN $4::text IS NULL THEN objective ELSE nullif($4, '') END,
    sequential = coalesce($5::boolean, sequential),
    priority = coalesce($6::integer, priority),
    assignee = CASE WHEN $7::text IS NULL THEN assignee ELSE nullif($7, '') END,
    version = version + 1, updated_at = now()
WHERE project_id = $1 AND id = $2
