-- Items from before get their colour, in the order of their ids.
-- $1 jsonb  the place: {"after": id of the last item}, {} at first
-- $2 int    how many
WITH page AS MATERIALIZED (
    SELECT i.project_id, i.id FROM planner.items i
    WHERE i.id > coalesce(($1::jsonb ->> 'after')::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY i.id LIMIT $2::integer),
done AS (
    UPDATE planner.items i SET colour = 'grey' FROM page p
    WHERE i.project_id = p.project_id AND i.id = p.id AND i.colour IS NULL
    RETURNING i.id)
SELECT json_build_object(
    'place', json_strip_nulls(json_build_object(
        'after', (SELECT p.id FROM page p ORDER BY p.id DESC LIMIT 1))),
    'rows', (SELECT count(*) FROM done),
    'more', (SELECT count(*) FROM page) = $2::integer)
