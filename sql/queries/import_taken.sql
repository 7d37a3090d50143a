-- Is one of these change numbers another project's?
-- $1 bigint[]  change numbers
-- $2 uuid      project
-- class: upkeep
SELECT json_build_object('taken', EXISTS (
    SELECT FROM unnest($1::bigint[]) v (change)
    JOIN planner.audit a ON a.change = v.change
    WHERE a.project_id <> $2::uuid))
