-- Flush one of next_item with claim: the project's topology lock, shared, then the one on the
-- agent's claims in it. No row when there is no such project.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- $4 text  agent
-- class: simple
SELECT json_build_object('project_id', p.id, 'id', p.id,
    'xid', pg_current_xact_id()::text || ' ' || now()::text,
    'listened', EXISTS (SELECT FROM planner.listeners WHERE until > now()),
    'exclusive', CASE WHEN planner.lock_topology(p.id, false) THEN true
                      ELSE NOT planner.lock_claims(p.id, $4) END)
FROM planner.find_project($1::uuid, $2, $3) f (id) JOIN planner.projects p ON p.id = f.id
