-- What stands here of records that have changed in their source since an import: what was kept of each,
-- what its item says now, and whether anybody has changed that since. A claim is no change; where the
-- past was archived, every version but the first is one. The records of an item are found by the item:
-- without statistics the index by program looks as good, and has all of the project's.
-- $1 uuid    project
-- $2 text    program
-- $3 text[]  ids in the source
-- class: bulk
SELECT json_build_object('rows', coalesce(json_agg(json_strip_nulls(json_build_object( -- by their places, from 1
    'place', w.place, 'record', o.record,
    'key', p.slug || CASE WHEN i.kind = 'project' THEN '' ELSE '-' || i.number END,
    'title', i.title, 'text', coalesce(i.objective, t.content),
    'priority', i.priority, 'assignee', i.assignee,
    'completed_at', (extract(epoch FROM i.completed_at) * 1000)::bigint,
    'parent', (SELECT substr(x.source_id, 6) FROM planner.origins x
               WHERE x.project_id = i.project_id AND x.item_id = i.parent_id AND x.program || '' = $2
                 AND starts_with(x.source_id, 'item:') LIMIT 1),
    'parent_status', u.status,
    'needs', (SELECT json_agg(d.blocked_by) FROM planner.deps d
              WHERE d.project_id = i.project_id AND d.item_id = i.id),
    'need_names', (SELECT json_agg(coalesce((
                SELECT substr(x.source_id, 6) FROM planner.origins x
                WHERE x.project_id = b.project_id AND x.item_id = b.id AND x.program || '' = $2
                  AND starts_with(x.source_id, 'item:') LIMIT 1), p.slug || '-' || b.number))
              FROM planner.deps d JOIN planner.items b ON b.project_id = d.project_id AND b.id = d.blocked_by
              WHERE d.project_id = i.project_id AND d.item_id = i.id),
    'content_status', s.status, 'last_number', s.last_number, 'server_number', s.server_number,
    'turn_number', s.turn_number, 'server_ready', s.server_ready,
    'complexity_score', s.complexity_score, 'complexity_basis', s.complexity_basis,
    'claimed', (SELECT c.agent FROM planner.claims c
                WHERE c.project_id = i.project_id AND c.item_id = i.id AND c.expires_at > now()),
    'changed', EXISTS (SELECT FROM planner.audit a
                       WHERE a.project_id = i.project_id AND a.entity_id = i.id AND a.at > o.at
                         AND a.action NOT IN ('claimed', 'released'))
            OR (i.version > 1 AND EXISTS (SELECT FROM planner.cuts_made c
                       WHERE c.project_id = i.project_id AND c.kind = 'audit' AND c.until >= o.at)))))
    , '[]'))
FROM unnest($3::text[]) WITH ORDINALITY AS w (source_id, place)
CROSS JOIN LATERAL ( -- one by one, whatever the statistics say of them
    SELECT x.* FROM planner.origins x
    WHERE x.project_id = $1::uuid AND x.program = $2 AND x.source_id = w.source_id OFFSET 0) o
JOIN planner.items i ON i.project_id = o.project_id AND i.id = o.item_id
JOIN planner.projects p ON p.id = i.project_id
LEFT JOIN planner.items u ON u.project_id = i.project_id AND u.id = i.parent_id
LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id
LEFT JOIN planner.iterations t ON t.project_id = s.project_id AND t.step_id = s.id
    AND t.number = coalesce(s.final_number, s.server_number)
