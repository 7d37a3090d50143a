-- Remember an answer that needed nothing from the store.
-- $1 text   request id
-- $2 text   fingerprint of tool and arguments
-- $3 jsonb  answer
-- class: simple
INSERT INTO planner.requests (id, fingerprint, answer)
VALUES ($1, sha256(convert_to($2, 'UTF8')), $3::jsonb)
