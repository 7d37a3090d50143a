-- How many rows of an archive are in the store already, and what is in the way of the others: change numbers
-- that are another project's (`before`: of what was cut off before), and items that have to come back from another archive first.
-- $1 jsonb   lines, of one part
-- $2 bigint  by how much change numbers are moved on
-- $3 text    SHA-256 of the archive
-- $4 text    kind of the cut that they belong to
-- class: upkeep
WITH e AS MATERIALIZED (
    SELECT x.value ->> 'part' AS part, x.value -> 'row' AS w, (x.value #>> '{row,project_id}')::uuid AS p
    FROM jsonb_array_elements($1::jsonb) x
), o AS MATERIALIZED ( -- what a row hangs on, and who has it
    SELECT e.w, e.p, CASE e.part WHEN 'items' THEN e.w ->> 'parent_id' ELSE e.w ->> 'step_id' END AS on_id
    FROM e
    WHERE e.part = 'items' AND $4::text = 'deleted' OR e.part = 'iterations' AND $4::text = 'iterations'
), g AS MATERIALIZED (
    SELECT (SELECT c.archive FROM planner.purged x
            JOIN planner.cuts c ON c.project_id = o.p AND c.id = x.cut
            WHERE x.project_id = o.p AND x.id = o.on_id::uuid AND c.state IN ('going', 'done')
              AND c.sha256 <> $3::text LIMIT 1) AS archive,
           (SELECT true FROM planner.purged x
            JOIN planner.cuts c ON c.project_id = o.p AND c.id = x.cut
            WHERE x.project_id = o.p AND x.id = o.on_id::uuid AND c.state IN ('going', 'done')
              AND c.sha256 = $3::text LIMIT 1) AS comes, o.w
    FROM o WHERE (SELECT true FROM planner.items i
                  WHERE i.project_id = o.p AND i.id = o.on_id::uuid) IS NULL
), t AS (
    SELECT e.part, e.w, coalesce(CASE e.part
        WHEN 'project' THEN (SELECT true FROM planner.projects x WHERE x.id = (e.w ->> 'id')::uuid)
        WHEN 'counters' THEN (SELECT true FROM planner.counters x WHERE x.project_id = e.p)
        WHEN 'items' THEN (SELECT true FROM planner.items x WHERE x.id = (e.w ->> 'id')::uuid)
        WHEN 'iterations' THEN (
            SELECT x.cut IS NULL OR e.w ->> 'cut' IS NOT NULL FROM planner.iterations x
            WHERE x.project_id = e.p AND x.step_id = (e.w ->> 'step_id')::uuid
              AND x.number = (e.w ->> 'number')::integer)
        WHEN 'steps' THEN (
            SELECT true FROM planner.steps x WHERE x.project_id = e.p AND x.id = (e.w ->> 'id')::uuid)
        WHEN 'disputes' THEN (
            SELECT true FROM planner.disputes x WHERE x.id = (e.w ->> 'id')::uuid)
        WHEN 'evidence' THEN (
            SELECT true FROM planner.evidence x WHERE x.project_id = e.p AND x.id = (e.w ->> 'id')::bigint)
        WHEN 'deps' THEN (
            SELECT true FROM planner.deps x WHERE x.project_id = e.p AND x.item_id = (e.w ->> 'item_id')::uuid
              AND x.blocked_by = (e.w ->> 'blocked_by')::uuid)
        WHEN 'origins' THEN (
            SELECT true FROM planner.origins x WHERE x.project_id = e.p AND x.program = e.w ->> 'program'
              AND x.source_id = e.w ->> 'source_id')
        WHEN 'undos' THEN (
            SELECT true FROM planner.undos x
            WHERE x.change = (e.w ->> 'change')::bigint + $2::bigint AND x.project_id = e.p)
        WHEN 'cuts' THEN (
            SELECT true FROM planner.cuts x WHERE x.project_id = e.p AND x.id = (e.w ->> 'id')::bigint)
        WHEN 'purged' THEN (
            SELECT true FROM planner.purged x WHERE x.project_id = e.p AND x.id = (e.w ->> 'id')::uuid)
        WHEN 'audit' THEN (
            SELECT true FROM planner.audit x WHERE x.project_id = e.p AND x.id = (e.w ->> 'id')::bigint)
        END, false) AS there
    FROM e
)
SELECT json_strip_nulls(json_build_object(
    'same', count(*) FILTER (WHERE t.there) + (SELECT count(*) FROM g WHERE g.comes AND g.w ? 'step_id'),
    'taken', coalesce(bool_or(t.part = 'audit' AND NOT t.there AND (
        SELECT true FROM planner.audit a WHERE a.change = (t.w ->> 'change')::bigint + $2::bigint
          AND a.project_id <> (t.w ->> 'project_id')::uuid LIMIT 1)), false),
    'before', coalesce(bool_or(t.part = 'cuts' AND (
        SELECT true FROM planner.audit a WHERE a.change <= (t.w ->> 'change')::bigint
          AND a.project_id <> (t.w ->> 'project_id')::uuid LIMIT 1)), false),
    'least', min((t.w ->> 'change')::bigint) FILTER (WHERE t.part = 'audit'),
    'last', max((t.w ->> 'change')::bigint) FILTER (WHERE t.part = 'audit'),
    'audit', max((t.w ->> 'id')::bigint) FILTER (WHERE t.part = 'audit'),
    'token', max((t.w #>> '{new_values,token}')::bigint) FILTER (WHERE t.part = 'audit'),
    'evidence', max((t.w ->> 'id')::bigint) FILTER (WHERE t.part = 'evidence'),
    'cut', max((t.w ->> 'id')::bigint) FILTER (WHERE t.part = 'cuts'),
    'archive', (SELECT min(g.archive) FROM g),
    'lost', (SELECT count(*) FROM g WHERE g.archive IS NULL AND g.comes IS NULL AND g.w ? 'step_id')))
FROM t
