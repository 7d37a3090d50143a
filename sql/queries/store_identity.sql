-- What a primary and its standbys have in common, and no other store: positions in the logs of two
-- that are not copies of each other say nothing.
-- class: simple
SELECT json_build_object('identity', c.system_identifier || ' ' || d.oid)
FROM pg_control_system() c, pg_catalog.pg_database d
WHERE d.datname = current_database()
