-- What processes count, and what a scrape reads about items without reading them all.
-- oldest program: 0.1.0
-- depends on: 0001
-- phase: expand
-- locks: nobody; an ANALYZE or VACUUM of items that runs is waited for
-- lock timeout: 10s
-- statement timeout: 10min

-- Counters of all processes since the table was made. Each process adds what it has counted from time to
-- time (metrics_add.sql); `mcp-planner metrics` tells it. Unlogged: adding costs no wait for the disk
-- nor for a standby, and after a crash of the server all start at zero, which Prometheus knows how to read.
CREATE UNLOGGED TABLE planner.metrics (
    name text COLLATE "C" NOT NULL,
    a text COLLATE "C" NOT NULL, -- labels, '' where there is none
    b text COLLATE "C" NOT NULL, -- of a histogram: the bucket's upper bound, or sum (microseconds)
    value bigint NOT NULL,
    PRIMARY KEY (name, a, b),
    CONSTRAINT metrics_value_range CHECK (value >= 0)
) WITH (fillfactor = 50);

-- How the items of a large store are made up, as ANALYZE saw it last: counting a million takes longer
-- than a scrape should.
CREATE STATISTICS planner.items_makeup (mcv) ON kind, status, turn, avail, has_children
FROM planner.items;

-- Of the named statements, what pg_stat_statements knows: by the first line of their text, which is
-- their own. NULL when the extension is not there, not loaded or not ours to read.
CREATE FUNCTION planner.statement_stats(p_names text[], p_first_lines text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place text := (SELECT format('%I.pg_stat_statements', n.nspname)
                   FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                   WHERE e.extname = 'pg_stat_statements');
    stats jsonb;
BEGIN
    IF place IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'SELECT jsonb_agg(jsonb_build_object(''name'', x.name, ''calls'', x.calls,
                ''seconds'', x.seconds, ''rows'', x.rows))
         FROM (SELECT v.name, sum(s.calls) AS calls, sum(s.total_exec_time) / 1000 AS seconds, sum(s.rows) AS rows
               FROM %s s JOIN unnest($1, $2) v (name, line) ON split_part(s.query, E''\n'', 1) = v.line
               WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
               GROUP BY v.name) x', place)
    INTO stats USING p_names, p_first_lines;
    RETURN stats;
EXCEPTION WHEN object_not_in_prerequisite_state OR insufficient_privilege OR undefined_table THEN
    RETURN NULL;
END
$$;
