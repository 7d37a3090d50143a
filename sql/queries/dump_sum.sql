-- How many rows a table has, and a hash of them that no order changes: of the text of each row, two
-- 64-bit hashes with the seeds 0 and 1, each summed up exactly. One pass, whatever the size. The table
-- is whatever the dump has, so the statement is run by query_to_xml; its numbers need no XML to be read.
-- $1 text  name of the table
-- class: upkeep
SELECT json_build_object('rows', substring(x.t from '<n>([^<]*)</n>')::bigint,
    'hash', substring(x.t from '<a>([^<]*)</a>') || ':' || substring(x.t from '<b>([^<]*)</b>'))
FROM (SELECT query_to_xml(format(
    'SELECT count(*) AS n, coalesce(sum(hashtextextended(r.t, 0)), 0) AS a,
            coalesce(sum(hashtextextended(r.t, 1)), 0) AS b
     FROM (SELECT (w.*)::text COLLATE "C" AS t FROM planner.%I w OFFSET 0) r', $1::text),
    true, false, '')::text AS t) x
