-- Numbers that others will not get: every sequence is moved on to what was brought in. In small steps by
-- taking numbers, so that nothing is lost to who takes some at the same time; a great distance at once.
-- $1 bigint  last change number
-- $2 bigint  last id of the audit
-- $3 bigint  last id of evidence
-- $4 bigint  last token of a claim
-- class: upkeep
SELECT json_build_object('moved', count(*)) FROM (
    SELECT CASE WHEN v.upto - v.given > 1000000 THEN setval(v.seq, v.upto)
                ELSE (SELECT max(x.n) FROM (SELECT nextval(v.seq) AS n
                                           FROM generate_series(1, v.upto - v.given)) x) END AS at
    FROM (SELECT s.seq, s.upto, coalesce(pg_sequence_last_value(s.seq), 0) AS given FROM (VALUES
              ('planner.change_number'::regclass, $1::bigint),
              (pg_get_serial_sequence('planner.audit', 'id')::regclass, $2::bigint),
              (pg_get_serial_sequence('planner.evidence', 'id')::regclass, $3::bigint),
              ('planner.claim_token'::regclass, $4::bigint)) s (seq, upto)) v
    WHERE v.upto > v.given OFFSET 0) w
WHERE w.at IS NOT NULL
