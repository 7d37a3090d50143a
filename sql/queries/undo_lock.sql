-- Flush one of undo: the project of a change, and its topology lock for nobody else. No row when
-- there is no such change.
-- $1 bigint  change
-- class: simple
SELECT json_build_object('project_id', a.project_id, 'id', a.project_id,
    'xid', pg_current_xact_id()::text || ' ' || now()::text,
    'listened', EXISTS (SELECT FROM planner.listeners WHERE until > now()),
    'exclusive', planner.lock_topology(a.project_id, true))
FROM (SELECT x.project_id FROM planner.audit x WHERE x.change = $1::bigint LIMIT 1) a
