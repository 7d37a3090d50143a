-- Numbers that others will not get: every sequence is moved on to what was brought in. In small steps by
-- taking numbers, so that nothing is lost to who takes some at the same time; a great distance at once.
-- `alone`: nobody took change numbers meanwhile.
-- $1 bigint  last change number
-- $2 bigint  last id of the audit
-- $3 bigint  last id of evidence
-- $4 bigint  last token of a claim
-- $5 bigint  last id of a cut
-- class: upkeep
SELECT json_build_object('alone', coalesce(bool_and(w.at = w.upto) FILTER (WHERE w.place = 1), true))
FROM (
    SELECT v.place, v.upto, CASE WHEN v.upto - v.given > 1000000 THEN setval(v.seq, v.upto)
        ELSE (SELECT max(x.n) FROM (SELECT nextval(v.seq) AS n
                                    FROM generate_series(1, v.upto - v.given)) x) END AS at
    FROM (SELECT s.place, s.seq, s.upto, coalesce(pg_sequence_last_value(s.seq), 0) AS given
          FROM (VALUES
              (1, 'planner.change_number'::regclass, $1::bigint),
              (2, pg_get_serial_sequence('planner.audit', 'id')::regclass, $2::bigint),
              (3, pg_get_serial_sequence('planner.evidence', 'id')::regclass, $3::bigint),
              (4, 'planner.claim_token'::regclass, $4::bigint),
              (5, pg_get_serial_sequence('planner.cuts', 'id')::regclass, $5::bigint)) s (place, seq, upto)) v
    WHERE v.upto > v.given OFFSET 0) w
