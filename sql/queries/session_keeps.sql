-- Does a transaction pooler keep prepared statements for its clients? Sent by a name; where the server
-- knows it by that name, the pooler passed it on to one session and will not find it in the next.
-- class: simple
SELECT json_build_object('passed_on', EXISTS (
    SELECT FROM pg_catalog.pg_prepared_statements
    WHERE starts_with(name, 'planner.session_keeps.')))
