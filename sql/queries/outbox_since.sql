-- What is new in the outbox since a snapshot, held against what is watched. Both sides become names
-- of things, ('at', item) or ('in', project), and a watch is hit when it wants what was told: work
-- that grows with the two, not with their product. An item changes with anything below it, with
-- what is above it, with what it or its parents wait for, and with earlier siblings in sequence.
-- More than 1,000 changes at once are told as 'lost': everything may have changed. Each look-up in a
-- table of the plan is lateral, so that it is made by key, whatever is believed of the sizes.
-- Behind a snapshot stands the history that it is of ('@'; changes_since.sql).
-- $1 text    known so far, or null: nothing is new, only the present snapshot is told
-- $2 text[]  kinds: projects, project, outline, item, history, dispute, any
-- $3 uuid[]  ids, or nulls
-- $4 text[]  slugs, or nulls
-- $5 int[]   numbers, or nulls
-- $6 text[]  of kind any: known so far, where it is not $1
-- class: complex
WITH RECURSIVE here AS MATERIALIZED (
    SELECT substr(md5(concat_ws(' ', c.system_identifier, 'planner.outbox'::regclass::oid,
        CASE WHEN pg_is_in_recovery()
             THEN (SELECT lpad(to_hex(t.timeline_id), 8, '0') FROM pg_control_checkpoint() t)
             ELSE lower(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)) END)), 1, 8) AS past
    FROM pg_control_system() c
), fresh AS MATERIALIZED (
    SELECT o.project_id, o.change, o.entities
    FROM planner.outbox_after(split_part($1, '@', 1)::pg_snapshot) o LIMIT 1001
), touched AS MATERIALIZED ( -- a null id stands for anything in the project
    SELECT DISTINCT f.project_id, e.id FROM fresh f
    LEFT JOIN LATERAL unnest(f.entities) e (id)
        ON (SELECT sum(cardinality(x.entities)) FROM fresh x) <= 5000
), about AS MATERIALIZED ( -- with the step of each dispute
    SELECT t.project_id, t.id FROM touched t WHERE t.id IS NOT NULL
    UNION
    SELECT d.* FROM touched t CROSS JOIN LATERAL (
        SELECT x.project_id, x.step_id FROM planner.disputes x
        WHERE x.project_id = t.project_id AND x.id = t.id LIMIT 1) d
), up AS (
    SELECT i.* FROM about a CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.parent_id FROM planner.items x
        WHERE x.project_id = a.project_id AND x.id = a.id LIMIT 1) i
    UNION
    SELECT i.* FROM up CROSS JOIN LATERAL (
        SELECT x.project_id, x.id, x.parent_id FROM planner.items x
        WHERE x.project_id = up.project_id AND x.id = up.parent_id LIMIT 1) i
), told (how, id) AS (
    SELECT 'anywhere', NULL::uuid FROM fresh
    UNION
    SELECT 'in', f.project_id FROM fresh f
    UNION
    SELECT 'all of', t.project_id FROM touched t WHERE t.id IS NULL
    UNION
    SELECT 'at', a.id FROM about a
    UNION
    SELECT 'below', up.id FROM up
    UNION
    SELECT 'beside', up.parent_id FROM up WHERE up.parent_id IS NOT NULL
), watch AS MATERIALIZED ( -- looked up at each change: an item may be made while it is watched
    SELECT w.place, w.kind, w.known, i.project_id, i.id
    FROM unnest($2::text[], $3::uuid[], $4::text[], $5::integer[], $6::text[])
        WITH ORDINALITY AS w (kind, id, slug, number, known, place)
    LEFT JOIN LATERAL (
        SELECT x.project_id, x.id FROM planner.items x WHERE x.id = w.id
        UNION ALL
        SELECT x.project_id, x.id FROM planner.projects p
        JOIN planner.items x ON x.project_id = p.id AND x.number = coalesce(w.number, 0)
        WHERE p.slug = w.slug
        UNION ALL
        SELECT x.project_id, x.step_id FROM planner.disputes x WHERE x.id = w.id) i
        ON w.kind <> 'projects' AND (w.id IS NOT NULL OR w.slug IS NOT NULL)
    WHERE w.known IS NULL AND EXISTS (SELECT FROM fresh)
), above AS (
    SELECT w.place, true AS is_item, i.project_id, i.id, i.parent_id, i.sequential
    FROM watch w CROSS JOIN LATERAL (
        SELECT x.* FROM planner.items x
        WHERE x.project_id = w.project_id AND x.id = w.id LIMIT 1) i
    WHERE w.kind = 'item' AND w.id <> w.project_id
    UNION ALL
    SELECT a.place, false, i.project_id, i.id, i.parent_id, i.sequential
    FROM above a CROSS JOIN LATERAL (
        SELECT x.* FROM planner.items x
        WHERE x.project_id = a.project_id AND x.id = a.parent_id LIMIT 1) i
), wanted (place, how, id) AS (
    SELECT w.place, 'anywhere', NULL::uuid FROM watch w
    WHERE w.kind = 'projects' OR (w.kind = 'any' AND w.id IS NULL)
    UNION ALL
    SELECT w.place, CASE WHEN w.id = w.project_id THEN 'in' ELSE 'at' END, w.id
    FROM watch w WHERE w.id IS NOT NULL AND w.kind <> 'projects'
    UNION ALL
    SELECT w.place, 'all of', w.project_id FROM watch w WHERE w.project_id IS NOT NULL
    UNION ALL
    SELECT w.place, 'below', w.id FROM watch w WHERE w.kind = 'item' AND w.id IS NOT NULL
    UNION ALL
    SELECT a.place, 'at', a.id FROM above a
    UNION ALL
    SELECT a.place, 'below', d.blocked_by FROM above a CROSS JOIN LATERAL (
        SELECT x.blocked_by FROM planner.deps x
        WHERE x.project_id = a.project_id AND x.item_id = a.id OFFSET 0) d
    UNION ALL -- an earlier sibling; also a later one, which is not worth telling apart
    SELECT a.place, 'beside', a.id FROM above a WHERE a.sequential AND NOT a.is_item
), hit (place) AS (
    SELECT unnest(array_agg(m.place) FILTER (WHERE m.place IS NOT NULL))
    FROM (SELECT NULL::bigint AS place, t.how, t.id FROM told t
          UNION ALL
          SELECT w.place, w.how, w.id FROM wanted w) m
    GROUP BY m.how, m.id HAVING bool_or(m.place IS NULL)
    UNION
    SELECT w.place
    FROM here, unnest($3::uuid[], $6::text[]) WITH ORDINALITY AS w (id, known, place),
        LATERAL (SELECT split_part(w.known, '@', 1)::pg_snapshot AS snapshot) k
    WHERE w.known IS NOT NULL
      AND (planner.outbox_lost(k.snapshot) OR nullif(split_part(w.known, '@', 2), '') <> here.past
           OR EXISTS (SELECT FROM planner.outbox_after(k.snapshot) o
                      WHERE w.id IS NULL OR o.project_id = w.id))
)
SELECT json_build_object('cursor', pg_current_snapshot() || '@' || here.past,
    'lost', coalesce(planner.outbox_lost(split_part($1, '@', 1)::pg_snapshot), false)
            OR coalesce(nullif(split_part($1, '@', 2), '') <> here.past, false)
            OR (SELECT count(*) > 1000 FROM fresh),
    'projects', EXISTS (
        SELECT FROM fresh f CROSS JOIN LATERAL (
            SELECT FROM planner.audit a WHERE a.project_id = f.project_id
              AND a.change = f.change AND a.entity_id = f.project_id
              AND (a.action IN ('created', 'deleted', 'restored', 'undone')
                   OR a.new_values ?| ARRAY['slug', 'name', 'title', 'description', 'status'])
            LIMIT 1) a
        WHERE f.entities IS NULL OR f.project_id = ANY (f.entities)),
    'hits', (SELECT coalesce(json_agg(h.place::text ORDER BY h.place), '[]') FROM hit h))
FROM here
