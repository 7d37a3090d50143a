-- Flush one of a delete: how much is below, what speaks against it without force, and what outside
-- waits for something inside. No row when the item does not exist.
-- $1 uuid  id, or null
-- $2 text  slug, or null
-- $3 int   number, or null
-- $4 text  agent, whose own claims do not speak against it
-- $5 int   items counted
-- $6 int   disputes and claims told
-- class: complex
WITH top AS MATERIALIZED (
    SELECT i.project_id, i.id, p.slug
    FROM planner.find_item($1::uuid, $2, $3::integer) f
    JOIN planner.items i ON i.project_id = f.project_id AND i.id = f.id
    JOIN planner.projects p ON p.id = i.project_id
), disputed AS MATERIALIZED (
    SELECT i.number FROM top t
    JOIN planner.disputes d ON d.project_id = t.project_id AND d.status = 'pending'
    JOIN planner.items i ON i.project_id = d.project_id AND i.id = d.step_id
    WHERE planner.is_below(t.project_id, d.step_id, t.id) AND NOT planner.is_gone(t.project_id, d.step_id)
), claimed AS MATERIALIZED (
    SELECT i.number, c.agent FROM top t
    CROSS JOIN LATERAL planner.claims_below(t.project_id, t.id) c
    JOIN planner.items i ON i.project_id = c.project_id AND i.id = c.item_id
    WHERE c.expires_at > clock_timestamp() AND c.agent <> $4
), waiting AS MATERIALIZED (
    SELECT i.id, i.kind, i.number, json_agg(e.blocked_by ORDER BY e.blocked_by) AS needs,
           i.status = 'open' AND i.n_blockers > 0
           AND i.n_blockers = count(*) FILTER (WHERE b.status = 'open')
           AND NOT planner.is_gone(t.project_id, i.id) AS freed
    FROM top t CROSS JOIN LATERAL planner.edges_across(t.project_id, t.id) e
    JOIN planner.items i ON i.project_id = t.project_id AND i.id = e.item_id
    JOIN planner.items b ON b.project_id = t.project_id AND b.id = e.blocked_by
    WHERE e.inward
    GROUP BY t.project_id, i.id, i.kind, i.number, i.status, i.n_blockers
)
SELECT json_build_object(
    'below', (
        WITH RECURSIVE below (id) AS (
            SELECT t.id
            UNION ALL
            SELECT c.id FROM below o CROSS JOIN LATERAL (
                SELECT x.id FROM planner.items x
                WHERE x.project_id = t.project_id AND x.parent_id = o.id
                  AND x.deleted_at IS NULL) c
        )
        SELECT count(*) - 1 FROM (SELECT FROM below LIMIT $5::integer + 1) o),
    'disputes', (SELECT coalesce(json_agg(t.slug || '-' || d.number ORDER BY d.number), '[]')
                 FROM (SELECT * FROM disputed ORDER BY number LIMIT $6::integer) d),
    'n_disputes', (SELECT count(*) FROM disputed),
    'claims', (SELECT coalesce(json_agg(t.slug || '-' || c.number || ' by ' || c.agent
                                        ORDER BY c.number), '[]')
               FROM (SELECT * FROM claimed ORDER BY number LIMIT $6::integer) c),
    'n_claims', (SELECT count(*) FROM claimed),
    'waiting', (SELECT coalesce(json_agg(json_build_object('id', w.id, 'kind', w.kind,
        'key', t.slug || '-' || w.number, 'needs', w.needs, 'freed', w.freed)
        ORDER BY w.number), '[]') FROM waiting w))
FROM top t
