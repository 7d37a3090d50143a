-- Put lines of an archive back; how many were missing.
-- $1 jsonb  lines, an array in their order
-- class: bulk
SELECT json_build_object('rows', planner.restore_lines($1::jsonb))
