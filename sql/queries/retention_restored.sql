-- All of a cut is back. The next cut does not take the number of one that came along.
-- $1 uuid    project
-- $2 bigint  cut
-- class: upkeep
SELECT NULL FROM planner.cut_restored($1::uuid, $2::bigint)
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.id > s.last_value THEN setval('planner.cuts_id_seq', m.id) END AS next
    FROM planner.cuts_id_seq s, (SELECT max(c.id) AS id FROM planner.cuts c) m OFFSET 0) n
WHERE n.next IS DISTINCT FROM 0
