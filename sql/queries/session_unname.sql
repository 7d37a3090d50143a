-- Takes the statement of session_keeps.sql back from the session of the server that it was passed on
-- to, which others get next; also one that somebody left who was cut off in between.
-- class: simple
DO $$
DECLARE
    left_behind text;
BEGIN
    FOR left_behind IN
        SELECT name FROM pg_catalog.pg_prepared_statements
        WHERE starts_with(name, 'planner.session_keeps.')
    LOOP
        EXECUTE format('DEALLOCATE %I', left_behind);
    END LOOP;
END
$$
