-- Keys of items that the replaced store gave out are not given out again: whoever has read of AUTH-35
-- shall not find something else there.
-- class: upkeep
UPDATE planner.counters c SET last_number = old.n
FROM (SELECT m[1]::uuid AS id, m[2]::integer AS n
      FROM regexp_matches(query_to_xml(
          'SELECT project_id AS p, last_number AS n FROM planner_being_replaced.counters', true, false,
          '')::text, '<p>([^<]*)</p>\s*<n>([^<]*)</n>', 'g') m) old
WHERE c.project_id = old.id AND old.n > c.last_number
