-- The figures of a project (docs/STATS.md), each table read once along its keys. No row when there is
-- no such project. What is left out is in arrays because the planner takes an array for short: a list
-- by itself it may take for one too long to be hashed, and then walk it for every row.
-- $1 uuid  project id, or null
-- $2 text  slug, or null
-- $3 text  directory, for the project that is bound to it when nothing is named
-- class: complex
WITH RECURSIVE project AS MATERIALIZED (
    SELECT planner.find_project($1::uuid, $2, $3) AS id
), gone (id) AS ( -- tops are marked; below them whatever is not a top itself
    SELECT i.id FROM planner.items i
    WHERE i.project_id = (SELECT p.id FROM project p) AND i.deleted_at IS NOT NULL
    UNION ALL
    SELECT c.id FROM gone g CROSS JOIN LATERAL (
        SELECT i.id FROM planner.items i
        WHERE i.project_id = (SELECT p.id FROM project p) AND i.parent_id = g.id
          AND i.deleted_at IS NULL) c
), dead AS MATERIALIZED (
    SELECT array_agg(g.id) AS ids FROM gone g
), sorts AS MATERIALIZED ( -- a few dozen, whatever the project's size
    SELECT i.kind, i.status, i.has_children, coalesce(i.content_status, 'pending') AS content,
        count(*) AS n,
        count(*) FILTER (WHERE i.completed_at > now() - interval '7 days') AS done_7,
        count(*) FILTER (WHERE i.completed_at > now() - interval '30 days') AS done_30,
        array_agg(i.id) FILTER (WHERE i.status = 'cancelled') AS cancelled
    FROM planner.items i
    WHERE i.project_id = (SELECT p.id FROM project p) AND i.kind <> 'project'
      AND i.id NOT IN (SELECT unnest(d.ids) FROM dead d)
    GROUP BY i.kind, i.status, i.has_children, i.content_status
), counted AS (
    SELECT coalesce(sum(n) FILTER (WHERE kind = 'task'), 0) AS tasks,
        coalesce(sum(n) FILTER (WHERE kind = 'task' AND status = 'open'), 0) AS tasks_open,
        coalesce(sum(n) FILTER (WHERE kind = 'task' AND status = 'complete'), 0) AS tasks_complete,
        coalesce(sum(n) FILTER (WHERE kind = 'task' AND status = 'cancelled'), 0) AS tasks_cancelled,
        coalesce(sum(n) FILTER (WHERE kind = 'step'), 0) AS steps,
        coalesce(sum(n) FILTER (WHERE kind = 'step' AND status = 'open'), 0) AS steps_open,
        coalesce(sum(n) FILTER (WHERE kind = 'step' AND status = 'complete'), 0) AS steps_complete,
        coalesce(sum(n) FILTER (WHERE kind = 'step' AND status = 'cancelled'), 0) AS steps_cancelled,
        coalesce(sum(n) FILTER (WHERE NOT has_children AND status = 'open'), 0) AS remaining,
        coalesce(sum(done_7) FILTER (WHERE NOT has_children), 0) AS done_7,
        coalesce(sum(done_30) FILTER (WHERE NOT has_children), 0) AS done_30
    FROM sorts
), content AS (
    SELECT jsonb_object_agg(k.status, coalesce((
        SELECT sum(s.n) FROM sorts s
        WHERE s.kind = 'step' AND s.status <> 'cancelled' AND s.content = k.status), 0)) AS n
    FROM unnest(ARRAY['pending', 'server_draft', 'client_review', 'agreed', 'disputed',
                      'user_resolution']) k (status)
), unscored AS MATERIALIZED ( -- whose complexity does not count
    SELECT ARRAY(SELECT unnest(d.ids) FROM dead d
                 UNION ALL SELECT unnest(o.cancelled) FROM sorts o) AS ids
), complexity AS (
    SELECT count(*) FILTER (WHERE s.complexity_score < 0.3) AS low,
        count(*) FILTER (WHERE s.complexity_score BETWEEN 0.3 AND 0.7) AS medium,
        count(*) FILTER (WHERE s.complexity_score > 0.7) AS high,
        count(*) FILTER (WHERE s.complexity_score IS NULL) AS unknown
    FROM planner.steps s
    WHERE s.project_id = (SELECT p.id FROM project p)
      AND s.id NOT IN (SELECT unnest(u.ids) FROM unscored u)
), move AS ( -- each submission, review or resolution, with what was before it: settlements, moves
    SELECT t.step_id, t.number, t.action, t.at,
        count(*) FILTER (WHERE t.action IN ('approve', 'accept', 'resolve')) OVER before AS settled,
        count(*) FILTER (WHERE t.action <> 'resolve') OVER before AS moves
    FROM planner.iterations t
    WHERE t.project_id = (SELECT p.id FROM project p) AND t.action <> 'assess'
      AND t.step_id NOT IN (SELECT unnest(d.ids) FROM dead d)
    WINDOW before AS (PARTITION BY t.step_id ORDER BY t.number
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), run AS ( -- from a first submission to what settled it, if anything did
    SELECT m.settled,
        max(m.moves + 1) FILTER (WHERE m.action <> 'resolve') AS most,
        count(*) FILTER (WHERE m.action <> 'resolve') AS moves,
        m.settled > 0 AND min(m.number) = min(m.number) FILTER (WHERE m.action = 'submit') AS reopened,
        max(m.action) FILTER (WHERE m.action IN ('approve', 'accept', 'resolve')) AS settled_by,
        date_part('epoch', max(m.at) FILTER (WHERE m.action IN ('approve', 'accept', 'resolve'))
                           - min(m.at) FILTER (WHERE m.action = 'submit')) AS took
    FROM move m GROUP BY m.step_id, m.settled
), agreement AS (
    SELECT count(*) FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS agreed,
        count(*) FILTER (WHERE r.settled_by = 'resolve') AS resolved,
        count(*) FILTER (WHERE r.reopened) AS reopened,
        avg(r.took) FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS mean,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY r.took)
            FILTER (WHERE r.settled_by IN ('approve', 'accept')) AS median,
        sum(r.moves)::float8 / nullif(count(*) FILTER (WHERE r.settled = 0), 0) AS moves,
        max(r.most) AS most
    FROM run r
), dispute AS (
    SELECT count(*) FILTER (WHERE d.status = 'pending') AS pending,
        count(*) FILTER (WHERE d.status = 'resolved') AS resolved,
        avg(date_part('epoch', d.resolved_at - d.created_at)) AS mean,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY date_part('epoch', d.resolved_at - d.created_at)) AS median
    FROM planner.disputes d
    WHERE d.project_id = (SELECT p.id FROM project p)
      AND d.step_id NOT IN (SELECT unnest(o.ids) FROM dead o)
), rate AS (
    SELECT CASE WHEN c.done_7 > 0 THEN c.done_7 / 7.0 ELSE c.done_30 / 30.0 END AS per_day
    FROM counted c
)
SELECT jsonb_strip_nulls(jsonb_build_object(
    'project', p.slug, 'name', i.title, 'status', p.status,
    'progress', planner.shown(r.n_children, r.n_open, r.sum, i.status),
    'tasks', jsonb_build_object('total', c.tasks, 'open', c.tasks_open,
        'complete', c.tasks_complete, 'cancelled', c.tasks_cancelled),
    'steps', jsonb_build_object('total', c.steps, 'open', c.steps_open,
        'complete', c.steps_complete, 'cancelled', c.steps_cancelled),
    'contents', content.n,
    'disputes', jsonb_build_object('pending', d.pending, 'resolved', d.resolved),
    'agreed', a.agreed, 'resolved', a.resolved,
    'agreement_rate', a.agreed::float8 / nullif(a.agreed + a.resolved, 0),
    'iterations_per_step', a.moves, 'most_iterations', a.most,
    'revisions_after_agreement', a.reopened,
    'time_to_agreement', CASE WHEN a.agreed > 0 THEN jsonb_build_object(
        'mean', a.mean, 'median', a.median) END,
    'time_to_resolution', CASE WHEN d.resolved > 0 THEN jsonb_build_object(
        'mean', d.mean, 'median', d.median) END,
    'complexity', jsonb_build_object('low', x.low, 'medium', x.medium, 'high', x.high,
        'unknown', x.unknown),
    'throughput', jsonb_build_object('last_7_days', c.done_7::float8 / 7,
        'last_30_days', c.done_30::float8 / 30),
    'remaining', c.remaining,
    'estimate', CASE WHEN v.per_day > 0 AND c.remaining > 0 AND c.remaining / v.per_day < 36500
        THEN jsonb_build_object('days', (c.remaining / v.per_day)::float8,
            'at', planner.iso(now() + (c.remaining / v.per_day)::float8 * interval '1 day')) END))
FROM planner.projects p
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
CROSS JOIN counted c CROSS JOIN content CROSS JOIN complexity x CROSS JOIN agreement a
CROSS JOIN dispute d CROSS JOIN rate v
WHERE p.id = (SELECT o.id FROM project o)
