-- The slowest statements of this database, as pg_stat_statements remembers them, the greatest
-- estimated 95th percentile first. The view has a mean and a standard deviation, no percentiles: the
-- estimate is mean + 1.645 deviations, as if times were spread normally, and never above the maximum.
-- Where the extension is absent the view cannot be named in a statement, hence the text.
-- $1 int  calls below which a statement is left out
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'schema', n.nspname,
    'statements', CASE WHEN e.oid IS NOT NULL THEN convert_from(decode((xpath('//j/text()',
        query_to_xml(format($q$
            SELECT encode(convert_to(coalesce(json_agg(t ORDER BY t.p95 DESC), '[]')::text, 'UTF8'),
                          'hex') AS j
            FROM (SELECT left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS query,
                         s.calls, s.mean_exec_time AS mean, s.max_exec_time AS max,
                         least(s.mean_exec_time + 1.645 * s.stddev_exec_time, s.max_exec_time) AS p95
                  FROM %1$I.pg_stat_statements s
                  WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND s.calls >= %2$s AND s.query NOT LIKE '%%doctor%%'
                  ORDER BY 5 DESC LIMIT 5) t
        $q$, n.nspname, $1::integer), true, true, '')))[1]::text, 'hex'), 'UTF8')::json END))
FROM (SELECT 1) one
LEFT JOIN pg_extension e ON e.extname = 'pg_stat_statements'
LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
