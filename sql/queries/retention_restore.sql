-- Put lines of an archive back, but for those of the audit; how many were missing.
-- $1 jsonb   lines, an array in their order
-- $2 bigint  by how much change numbers are moved on
-- class: bulk
SELECT json_build_object('rows', planner.restore_lines(CASE WHEN $2::bigint = 0 THEN $1::jsonb ELSE (
    SELECT jsonb_agg(jsonb_set(x.value, '{row}', x.value -> 'row' || coalesce((
        SELECT jsonb_object_agg(m.key, m.value::bigint + $2::bigint)
        FROM jsonb_each_text(x.value -> 'row') m
        WHERE m.value IS NOT NULL AND (m.key = 'change' OR m.key = 'root' AND x.value ->> 'part' = 'undos'
                                       OR m.key = 'undone_by')), '{}')) ORDER BY x.ordinality)
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY x) END))
