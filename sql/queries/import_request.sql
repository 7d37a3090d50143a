-- Answers that are kept under request ids, from lines of an export; ids that are taken stay as they are.
-- $1 json  rows, as export_request.sql tells them
-- class: upkeep
WITH r AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::planner.requests, $1::json)
), made AS (
    INSERT INTO planner.requests (id, fingerprint, answer, at)
    SELECT r.id, r.fingerprint, r.answer, r.at FROM r
    ON CONFLICT (id) DO NOTHING RETURNING id
)
SELECT json_build_object('added', (SELECT count(*) FROM made),
    'same', (SELECT count(*) FROM r JOIN planner.requests q ON q.id = r.id
             AND q.fingerprint = r.fingerprint AND q.answer = r.answer AND q.at = r.at),
    'rows', (SELECT count(*) FROM r))
