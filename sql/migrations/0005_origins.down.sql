-- Undo 0005: what other programs said of the items that came from them is gone; the items stay.
-- loses: the records of other programs, and by which items an import knows what is there already
-- locks: nobody
-- lock timeout: 10s
-- statement timeout: 10min
DROP FUNCTION planner.link_many(uuid, uuid[], uuid[]);
DROP TABLE planner.origins;
