-- Of the active projects that changed last: how far each is, how much it has grown, what it disputes.
-- $1 int  at most as many projects
-- class: upkeep
SELECT json_build_object('samples', coalesce(json_agg(json_build_object(
    'name', v.name, 'a', p.slug, 'value', v.value) ORDER BY v.name, p.slug), '[]'))
FROM (SELECT x.id, x.slug FROM planner.projects x
      LEFT JOIN LATERAL (SELECT a.id FROM planner.audit a WHERE a.project_id = x.id
                         ORDER BY a.id DESC LIMIT 1) l ON true
      WHERE x.status = 'active' ORDER BY l.id DESC NULLS LAST LIMIT $1::integer) p
JOIN planner.roll r ON r.project_id = p.id AND r.id = p.id
JOIN planner.items i ON i.project_id = p.id AND i.id = p.id
JOIN planner.counters c ON c.project_id = p.id
CROSS JOIN LATERAL (VALUES
    ('project_progress_ratio', planner.shown(r.n_children, r.n_open, r.sum, i.status)),
    ('project_items_total', c.last_number::double precision),
    ('project_disputes_pending', (SELECT count(*) FROM planner.disputes d
                                  WHERE d.project_id = p.id AND d.status = 'pending'))) v (name, value)
