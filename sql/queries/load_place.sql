-- Which schema has the place of the store: a restore's own is known by its oid, which it knows before
-- it ends, so that a COMMIT whose answer was lost can be looked up. And whether a session is still there,
-- which may be at that COMMIT.
-- $1 integer  process of the session, or null
-- class: upkeep
SELECT json_build_object(
    'schema', coalesce(to_regnamespace('planner')::oid::bigint, 0),
    'session', pg_backend_pid(),
    'busy', EXISTS (SELECT FROM pg_stat_get_activity($1::integer) a WHERE a.pid = $1::integer))
