-- What there is to do. The items are counted while their table is small; beyond, what ANALYZE saw of
-- them last (planner.items_makeup) is scaled to the size of the table, deleted ones included.
-- $1 int8  bytes up to which the table is small
-- class: upkeep
WITH makeup AS MATERIALIZED (
    SELECT x.* FROM jsonb_to_recordset(CASE
        WHEN pg_relation_size('planner.items') <= $1::bigint THEN (
            SELECT jsonb_agg(to_jsonb(c)) FROM (
                SELECT i.kind, i.status, i.turn, i.avail, i.has_children, count(*) AS n
                FROM planner.items i WHERE i.deleted_at IS NULL GROUP BY 1, 2, 3, 4, 5) c)
        ELSE (
            SELECT jsonb_agg(jsonb_build_object(
                'kind', e.most_common_vals[k][1], 'status', e.most_common_vals[k][2],
                'has_children', e.most_common_vals[k][3], 'avail', e.most_common_vals[k][4],
                'turn', e.most_common_vals[k][5],
                'n', round(e.most_common_freqs[k] * greatest(t.reltuples, 0))))
            FROM pg_stats_ext e
            CROSS JOIN LATERAL generate_subscripts(e.most_common_freqs, 1) k
            JOIN pg_class t ON t.oid = 'planner.items'::regclass
            WHERE e.statistics_schemaname = 'planner' AND e.statistics_name = 'items_makeup')
        END) x (kind text, status text, turn text, avail boolean, has_children boolean, n double precision)
    WHERE x.kind <> 'project'
), pending AS MATERIALIZED (
    SELECT d.created_at FROM planner.disputes d WHERE d.status = 'pending'
    ORDER BY d.created_at LIMIT 100000
), sample (name, a, b, value) AS (
    SELECT 'items', m.kind, m.status, sum(m.n) FROM makeup m GROUP BY 2, 3
    UNION ALL
    SELECT 'items_exact', NULL, NULL, (pg_relation_size('planner.items') <= $1::bigint)::integer
    UNION ALL
    SELECT 'queue_items', r.role, NULL, coalesce(sum(m.n), 0)
    FROM (VALUES ('server'), ('client')) r (role) LEFT JOIN makeup m ON m.turn = r.role GROUP BY 2
    UNION ALL
    SELECT 'queue_items', 'human', NULL, count(*) FROM pending
    UNION ALL
    SELECT 'queue_items', 'worker', NULL, coalesce(sum(m.n), 0)
    FROM makeup m WHERE m.avail AND NOT m.has_children
    UNION ALL
    SELECT 'disputes_pending', NULL, NULL, count(*) FROM pending
    UNION ALL
    SELECT 'dispute_oldest_age_seconds', NULL, NULL,
           coalesce(greatest(extract(epoch FROM now() - min(p.created_at)), 0), 0)
    FROM pending p
    UNION ALL
    SELECT 'claims', v.state, NULL, CASE v.state WHEN 'live' THEN c.live ELSE c.expired END
    FROM (SELECT count(*) FILTER (WHERE c.expires_at > now()) AS live,
                 count(*) FILTER (WHERE c.expires_at <= now()) AS expired
          FROM (SELECT x.expires_at FROM planner.claims x LIMIT 100000) c) c
    CROSS JOIN (VALUES ('live'), ('expired')) v (state)
    UNION ALL
    SELECT 'projects', v.status, NULL, count(p.id)
    FROM (VALUES ('active'), ('archived')) v (status)
    LEFT JOIN planner.projects p ON p.status = v.status GROUP BY 2
    UNION ALL
    SELECT 'changes_total', NULL, NULL, CASE WHEN c.is_called THEN c.last_value ELSE 0 END
    FROM planner.change_number c
)
SELECT json_build_object('samples', json_agg(json_strip_nulls(json_build_object(
    'name', s.name, 'a', s.a, 'b', s.b, 'value', s.value)) ORDER BY s.name, s.a, s.b))
FROM sample s WHERE s.value IS NOT NULL
