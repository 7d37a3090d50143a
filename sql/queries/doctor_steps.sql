-- What items repeat of their steps (the status of the content, the score, an open dispute), and what
-- a step's numbers point to.
-- class: upkeep
WITH last AS (
    SELECT n.project_id, n.step_id, max(n.number) AS number FROM planner.iterations n
    GROUP BY n.project_id, n.step_id
), pending AS (
    SELECT d.project_id, d.step_id FROM planner.disputes d WHERE d.status = 'pending'
), t AS (
    SELECT i.project_id, i.number, CASE
        WHEN s.id IS NULL THEN 'has no row in steps'
        WHEN coalesce(i.content_status, 'pending') <> s.status
        THEN format('is told as %s; its content is %s', coalesce(i.content_status, 'pending'),
                    s.status)
        WHEN i.promote_score IS DISTINCT FROM
             CASE WHEN s.assessed_promote THEN 1 ELSE s.complexity_score END
        THEN format('has the score %s; it is %s', i.promote_score,
                    CASE WHEN s.assessed_promote THEN 1 ELSE s.complexity_score END)
        WHEN i.disputed AND d.step_id IS NULL THEN 'is marked as disputed; no dispute is open'
        WHEN d.step_id IS NOT NULL AND NOT i.disputed THEN 'has an open dispute and is not marked'
        WHEN s.last_number < l.number
        THEN format('would number its next version %s; there is a number %s', s.last_number + 1,
                    l.number) END AS what
    FROM planner.items i
    LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
    LEFT JOIN last l ON l.project_id = i.project_id AND l.step_id = i.id
    LEFT JOIN pending d ON d.project_id = i.project_id AND d.step_id = i.id
    WHERE i.kind = 'step'
)
SELECT json_build_object('checked', count(*), 'wrong', count(t.what),
    'examples', to_json((array_agg(format('%s-%s %s', p.slug, t.number, t.what)
                                   ORDER BY p.slug, t.number)
                         FILTER (WHERE t.what IS NOT NULL))[1:5]))
FROM t JOIN planner.projects p ON p.id = t.project_id
