-- The answer of optimize_project, remembered under the request id when there is one.
-- $1 text   request id, or null
-- $2 text   fingerprint of tool and arguments, or null
-- $3 jsonb  what the caller knows already: all but the change
-- class: complex
WITH a AS MATERIALIZED (
    SELECT jsonb_build_object('changed', true, 'change', currval('planner.change_number'))
        || $3::jsonb AS answer
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $1, sha256(convert_to($2, 'UTF8')), a.answer FROM a WHERE $1::text IS NOT NULL
)
SELECT a.answer::text FROM a
