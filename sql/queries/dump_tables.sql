-- The tables that hold data for good, by name.
-- class: upkeep
SELECT json_build_object('tables', coalesce(json_agg(json_build_object('name', c.relname::text)
    ORDER BY c.relname), '[]'::json))
FROM pg_class c
WHERE c.relnamespace = 'planner'::regnamespace AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
  AND NOT c.relispartition
