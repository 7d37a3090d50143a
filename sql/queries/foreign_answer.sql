-- What an import has made of a project, and its number in the history.
-- $1 uuid  project
-- class: simple
SELECT json_build_object('slug', p.slug, 'change', currval('planner.change_number'),
    'last_number', c.last_number)
FROM planner.projects p JOIN planner.counters c ON c.project_id = p.id
WHERE p.id = $1
