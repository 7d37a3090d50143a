-- An answer already given under a request id; no row when there is none. Expired ones go on the way.
-- $1 text  request id
-- $2 text  fingerprint of tool and arguments
-- class: simple
WITH expired AS (
    DELETE FROM planner.requests WHERE id IN (
        SELECT id FROM planner.requests
        WHERE at < now() - interval '7 days'
        ORDER BY (id = $1) DESC, at LIMIT 20 FOR UPDATE SKIP LOCKED)
)
SELECT json_build_object('same', fingerprint = sha256(convert_to($2, 'UTF8')), 'answer', answer)
FROM planner.requests
WHERE id = $1 AND at >= now() - interval '7 days'
