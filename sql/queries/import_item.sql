-- Items of a project, parents before their children, from lines of an export. Counters begin at
-- nothing (import_roll.sql); whatever has or had children has some. What search finds of them is written
-- along, as planner.search_refresh would by trigger, in a fraction of its time: a chain of replace takes
-- an eighth of what the translate of planner.search_plain takes, more than the parser. Contents come
-- with their steps (import_step.sql), the lists of words at the end (import_words.sql).
-- $1 uuid  project
-- $2 json  rows, as export_item.sql tells them
-- class: upkeep
WITH r AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::planner.items, $2::json)
), made AS (
    INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title,
        objective, status, sequential, priority, assignee, n_blockers, has_children, has_avail,
        disputed, needs_final, content_status, turn_at, version, created_at, updated_at,
        completed_at, deleted_at, promote_score)
    SELECT $1::uuid, r.id, r.parent_id, r.kind, r.depth, r.sort_key, r.number, r.title,
        r.objective, r.status, r.sequential, r.priority, r.assignee, r.n_blockers, r.has_children,
        r.has_avail, r.disputed, r.needs_final, r.content_status, r.turn_at, r.version,
        r.created_at, r.updated_at, r.completed_at, r.deleted_at, r.promote_score
    FROM r
    RETURNING id, kind, number, title, objective, deleted_at
), found AS (
    INSERT INTO planner.search_texts (project_id, item_id, number, tsv)
    SELECT $1::uuid, m.id, m.number,
        setweight(to_tsvector('planner.search',
            replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
            replace(replace(replace(left(m.title, 65536), '-', ' '), '_', ' '), '.', ' '), '/', ' '),
            ':', ' '), E'\\', ' '), '@', ' '), '#', ' '), '<', ' '), '>', ' '), '&', ' '), '+', ' '),
            '~', ' '), '%', ' ')), 'A')
        || CASE WHEN b.text IS NULL THEN '' ELSE setweight(to_tsvector('planner.search',
            replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
            replace(replace(replace(left(b.text, 65536), '-', ' '), '_', ' '), '.', ' '), '/', ' '),
            ':', ' '), E'\\', ' '), '@', ' '), '#', ' '), '<', ' '), '>', ' '), '&', ' '), '+', ' '),
            '~', ' '), '%', ' ')), 'B') END
        || array_to_tsvector(ARRAY['#' || p.slug, '#' || p.slug || '/' || m.kind,
                                   '#' || p.slug || '/b' || m.number / 4096])
    FROM made m
    JOIN planner.projects p ON p.id = $1::uuid
    CROSS JOIN LATERAL (SELECT CASE WHEN m.kind = 'project' THEN p.description
                                    ELSE m.objective END AS text) b
    WHERE m.deleted_at IS NULL
)
INSERT INTO planner.roll (project_id, id)
SELECT $1::uuid, r.id FROM r WHERE r.kind <> 'step'
UNION
SELECT $1::uuid, r.parent_id FROM r
WHERE r.parent_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM planner.roll x WHERE x.project_id = $1::uuid AND x.id = r.parent_id)
