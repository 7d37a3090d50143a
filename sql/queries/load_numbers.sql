-- Fencing tokens and numbers of changes only grow, also for those who remember some that are newer than
-- the backup: they go on above what the replaced store gave out, where there is one, and above what can
-- have been given out since the backup was taken, at a hundred a second.
-- $1 timestamptz  when the backup was taken
-- class: upkeep
SELECT json_build_object('numbers', json_agg(setval(s.new, s.last)))
FROM (SELECT n.new, greatest(
          coalesce(pg_sequence_last_value(n.new), 0)
              + greatest(ceil(extract(epoch FROM clock_timestamp() - $1::timestamptz))::bigint, 0) * 100,
          pg_sequence_last_value(n.old), 1) AS last
      FROM (SELECT to_regclass('planner.' || x.name) AS new,
                   to_regclass('planner_being_replaced.' || x.name) AS old
            FROM (VALUES ('claim_token'), ('change_number')) x (name)) n) s
