-- Plan a cut of a project: what goes is listed, nothing is gone yet. No id when there is nothing.
-- $1 uuid  project
-- $2 text  kind: audit, iterations, deleted, project
-- $3 text  what is older than this time
-- $4 text  who asks for it
-- class: upkeep
SELECT json_strip_nulls(json_build_object('id', planner.cut_plan($1::uuid, $2, $3::timestamptz, $4)))
