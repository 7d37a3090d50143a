-- Answers that are kept under request ids: all, or those that changes of some projects were given.
-- $1 uuid[]  projects, or null
-- class: upkeep
SELECT row_to_json(r) FROM (
    SELECT q.id, q.fingerprint, q.answer, q.at
    FROM planner.requests q
    WHERE $1::uuid[] IS NULL OR q.id IN (
        SELECT a.request_id FROM planner.audit a WHERE a.project_id = ANY ($1::uuid[]))
    ORDER BY q.id COLLATE "C"
) r
