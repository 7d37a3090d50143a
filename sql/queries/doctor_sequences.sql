-- Numbers that are given out: none was used that is still to come, as after a restore without the
-- sequences; and the statements that move them on.
-- class: upkeep
WITH t (name, sequence, used, given) AS (
    SELECT 'change_number', 'planner.change_number', (SELECT max(change) FROM planner.audit),
           pg_sequence_last_value('planner.change_number')
    UNION ALL
    SELECT 'the ids of audit', pg_get_serial_sequence('planner.audit', 'id'), (SELECT max(id) FROM planner.audit),
           pg_sequence_last_value(pg_get_serial_sequence('planner.audit', 'id')::regclass)
    UNION ALL
    SELECT 'claim_token', 'planner.claim_token', (SELECT max(token) FROM planner.claims),
           pg_sequence_last_value('planner.claim_token')
    UNION ALL
    SELECT 'the ids of evidence', pg_get_serial_sequence('planner.evidence', 'id'), (SELECT max(id) FROM planner.evidence),
           pg_sequence_last_value(pg_get_serial_sequence('planner.evidence', 'id')::regclass)
)
SELECT json_build_object('checked', count(*),
    'wrong', count(*) FILTER (WHERE t.used > coalesce(t.given, 0)),
    'examples', to_json((array_agg(format('%s is at %s; %s is used', t.name, coalesce(t.given, 0),
                                          t.used) ORDER BY t.name)
                         FILTER (WHERE t.used > coalesce(t.given, 0)))[1:5]),
    'statements', coalesce(json_agg(format('SELECT setval(%L, %s)', t.sequence, t.used) ORDER BY t.name)
                           FILTER (WHERE t.used > coalesce(t.given, 0)), '[]'))
FROM t
