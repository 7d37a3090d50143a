-- What shows that an item is done.
-- $1 uuid    project
-- $2 uuid    item
-- $3 text[]  kinds
-- $4 text[]  references
-- $5 text[]  summaries, or nulls
-- $6 text    agent
-- class: simple
INSERT INTO planner.evidence (project_id, item_id, kind, reference, summary, agent)
SELECT $1, $2, e.kind, e.reference, e.summary, $6
FROM unnest($3::text[], $4::text[], $5::text[]) AS e (kind, reference, summary)
