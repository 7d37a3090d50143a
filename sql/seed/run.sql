-- Behind store.sql, in its session: one store, as the setting planner.seed says.
SELECT pg_temp.store_build(s.x ->> 'slug', (s.x ->> 'projects')::integer, (s.x ->> 'items')::integer,
                           (s.x ->> 'wide')::integer, (s.x ->> 'number')::bigint)
FROM (SELECT current_setting('planner.seed')::jsonb AS x) s;
ANALYZE planner.projects, planner.counters, planner.items, planner.roll, planner.steps,
    planner.iterations, planner.disputes, planner.deps, planner.claims, planner.evidence,
    planner.audit, planner.requests, planner.search_texts, planner.search_words, planner.search_grams;
