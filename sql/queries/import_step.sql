-- What is known of the contents of a project's steps, from lines of an export. The words of the
-- content that counts join those of the item (import_item.sql).
-- $1 uuid  project
-- $2 json  rows, as export_step.sql tells them
-- class: upkeep
WITH made AS (
    INSERT INTO planner.steps (project_id, id, status, last_number, iteration_count,
        max_iterations_reached, server_ready, client_approved, turn_number, server_number,
        client_number, final_number, server_assessment_number, client_assessment_number,
        server_complexity, client_complexity, agreed_complexity, complexity_score,
        complexity_basis, assessed_promote)
    SELECT $1::uuid, r.id, r.status, r.last_number, r.iteration_count, r.max_iterations_reached,
        r.server_ready, r.client_approved, r.turn_number, r.server_number, r.client_number,
        r.final_number, r.server_assessment_number, r.client_assessment_number,
        r.server_complexity, r.client_complexity, r.agreed_complexity, r.complexity_score,
        r.complexity_basis, r.assessed_promote
    FROM json_populate_recordset(NULL::planner.steps, $2::json) r
    RETURNING id, coalesce(final_number, server_number) AS number
)
UPDATE planner.search_texts x SET content_number = t.number,
    tsv = x.tsv || CASE WHEN t.content IS NULL THEN '' ELSE to_tsvector('planner.search',
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(left(t.content, 65536), '-', ' '), '_', ' '), '.', ' '), '/', ' '),
        ':', ' '), E'\\', ' '), '@', ' '), '#', ' '), '<', ' '), '>', ' '), '&', ' '), '+', ' '),
        '~', ' '), '%', ' ')) END
FROM made m
CROSS JOIN LATERAL (
    SELECT n.number, n.content FROM planner.iterations n
    WHERE n.project_id = $1::uuid AND n.step_id = m.id AND n.number = m.number OFFSET 0) t
WHERE x.project_id = $1::uuid AND x.item_id = m.id
