-- How often and how long the server ran our statements, where it keeps pg_stat_statements.
-- $1 text[]  names of statements
-- $2 text[]  the first line of each
-- class: upkeep
SELECT json_build_object('samples', coalesce(json_agg(json_build_object(
    'name', v.name, 'a', x.name, 'value', v.value) ORDER BY v.name, x.name), '[]'))
FROM jsonb_to_recordset(planner.statement_stats($1::text[], $2::text[]))
    x (name text, calls double precision, seconds double precision)
CROSS JOIN LATERAL (VALUES ('server_statement_calls_total', x.calls),
                           ('server_statement_seconds_total', x.seconds)) v (name, value)
