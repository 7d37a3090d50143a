-- Run once when the database has gone back to an earlier moment, before anybody works on it.
-- Agents remember numbers from the time that is lost: a change to undo, the token of a claim, the
-- key of an item. None of them may be given out again for something else.
--
-- What the old database had given out last can be told, where it is still there:
--   psql -XAtq -v change=57 -v token=12 -v numbers='{"PROJECT-ID": 34}' -f after-restore.sql
-- Without, changes and tokens go on 10,000 further.
\set ON_ERROR_STOP on
\if :{?change}
\else
SELECT last_value + 10000 AS change FROM planner.change_number \gset
\endif
\if :{?token}
\else
SELECT last_value + 10000 AS token FROM planner.claim_token \gset
\endif
\if :{?numbers}
\else
\set numbers '{}'
\endif
BEGIN;
SET LOCAL planner.writer = 'mcp-planner';
SELECT setval('planner.change_number', greatest(last_value, :change)) AS change
FROM planner.change_number \gset
SELECT setval('planner.claim_token', greatest(last_value, :token)) AS token
FROM planner.claim_token \gset
UPDATE planner.counters c SET last_number = n.value::integer
FROM json_each_text(:'numbers') n
WHERE c.project_id = n.key::uuid AND c.last_number < n.value::integer;
COMMIT;
SELECT json_build_object('change', :change, 'token', :token);
