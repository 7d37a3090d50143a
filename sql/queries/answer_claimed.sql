-- The answer of next_item with claim, remembered under the request id when there is one.
-- $1 text   request id, or null
-- $2 text   fingerprint of tool and arguments, or null
-- $3 jsonb  the answer but for the change
-- class: simple
WITH a AS MATERIALIZED (
    SELECT $3::jsonb || jsonb_build_object('changed', true,
                                           'change', currval('planner.change_number')) AS answer
), kept AS (
    INSERT INTO planner.requests (id, fingerprint, answer)
    SELECT $1, sha256(convert_to($2, 'UTF8')), a.answer FROM a WHERE $1::text IS NOT NULL
)
SELECT a.answer::text FROM a
