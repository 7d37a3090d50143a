-- Where items came from that were made by another program: its own record of each, kept verbatim.
-- oldest program: 0.1.0
-- depends on: 0001
-- phase: expand
-- locks: nobody; references to items wait for a transaction that changes the table itself
-- lock timeout: 10s
-- statement timeout: 10min

-- One record of the source: the item that it became, or the item (or project) that it belongs to where
-- it became none of its own. What the planner has no place for is here and nowhere else, so nothing of
-- the source is lost; and the next import of the same source knows by it what is there already.
CREATE TABLE planner.origins (
    project_id uuid NOT NULL,
    item_id uuid NOT NULL,
    program text COLLATE "C" NOT NULL, -- as the importer calls it: taskmaster, backlog, ...
    source_id text COLLATE "C" NOT NULL, -- in the words of that program, unique in the source
    kind text NOT NULL, -- in the words of that program: task, subtask, label, ...
    record text NOT NULL, -- as it stood in the source: JSON, or the text of a file
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, program, source_id),
    FOREIGN KEY (project_id, item_id) REFERENCES planner.items (project_id, id),
    CONSTRAINT origins_program_size CHECK (char_length(program) BETWEEN 1 AND 40),
    CONSTRAINT origins_source_id_size CHECK (octet_length(source_id) BETWEEN 1 AND 1000),
    CONSTRAINT origins_kind_size CHECK (char_length(kind) BETWEEN 1 AND 40),
    CONSTRAINT origins_record_size CHECK (octet_length(record) <= 1048576)
);
CREATE INDEX origins_of_item ON planner.origins (project_id, item_id);

-- Make edges, one after the other: each but those that would close a circle, which are told by their
-- places (from 1). Counters are the caller's. Under the exclusive topology lock.
CREATE FUNCTION planner.link_many(p_project uuid, p_items uuid[], p_needs uuid[])
RETURNS integer[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    refused integer[] := '{}';
BEGIN
    FOR n IN 1 .. cardinality(p_items) LOOP
        IF p_needs[n] = ANY (planner.with_ancestors(p_project, ARRAY[p_items[n]]))
           OR p_items[n] = ANY (planner.with_ancestors(p_project, ARRAY[p_needs[n]]))
           OR planner.circle(p_project, ARRAY[p_needs[n]], p_items[n], false) IS NOT NULL THEN
            refused := refused || n;
        ELSE
            INSERT INTO planner.deps (project_id, item_id, blocked_by)
            VALUES (p_project, p_items[n], p_needs[n]) ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
    RETURN refused;
END
$$;
