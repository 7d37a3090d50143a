-- Undo 0002: nothing is found by its words any more.
-- loses: nothing that up does not make again
-- locks: reads and writes of projects, items and steps, until it is done; below a second
-- lock timeout: 10s
-- statement timeout: 10min
DROP TRIGGER projects_search_changed ON planner.projects;
DROP TRIGGER steps_search_changed ON planner.steps;
DROP TRIGGER steps_search_added ON planner.steps;
DROP TRIGGER items_search_removed ON planner.items;
DROP TRIGGER items_search_changed ON planner.items;
DROP TRIGGER items_search_added ON planner.items;
DROP FUNCTION planner.search_snippet(text, text[]);
DROP FUNCTION planner.search_hits(uuid, text[], tsquery, tsquery[], tsquery, integer);
DROP FUNCTION planner.search_exceeds(tsquery, integer);
DROP FUNCTION planner.search_newest(text, integer, integer);
DROP FUNCTION planner.search_key(uuid, text);
DROP FUNCTION planner.search_plan(uuid, text);
DROP FUNCTION planner.search_similar(uuid, text);
DROP FUNCTION planner.search_project_changed();
DROP FUNCTION planner.search_step_changed();
DROP FUNCTION planner.search_steps_added();
DROP FUNCTION planner.search_item_removed();
DROP FUNCTION planner.search_item_changed();
DROP FUNCTION planner.search_items_added();
DROP FUNCTION planner.search_refresh(uuid, uuid[]);
DROP FUNCTION planner.search_trigrams(text);
DROP FUNCTION planner.search_plain(text);
DROP TABLE planner.search_grams;
DROP TABLE planner.search_words;
DROP TABLE planner.search_texts;
DROP TEXT SEARCH CONFIGURATION planner.search;
DROP TEXT SEARCH DICTIONARY planner.search_stem;
