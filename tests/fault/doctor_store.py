"""doctor on a healthy private store, and on one whose tables were damaged in every way it looks for:
each damage is told by its check, with what it means and what to do, and is gone after repair."""
import json
import os
import pathlib
import subprocess

from doctor_lib import BAD, bad_of, expect, fill, look, on_a_terminal
from durability import main, need

ITEM = "(SELECT i.id FROM planner.items i JOIN planner.projects p ON p.id = i.project_id" \
       " WHERE p.slug = 'DOC' AND i.number = {})"

# Each: the check that tells it, words of what is seen, the damage, the repair. Without triggers and
# foreign keys, as a careless restore or script would write.
DAMAGES = [
    ("counters", "DOC-1 counts", "UPDATE planner.roll SET n_children = n_children + 1 WHERE id = {1}",
     "UPDATE planner.roll SET n_children = n_children - 1 WHERE id = {1}"),
    ("counters", "sums its children's progress",
     "UPDATE planner.roll SET sum = sum + 0.5 WHERE id = {1}",
     "UPDATE planner.roll SET sum = sum - 0.5 WHERE id = {1}"),
    ("counters", "has no counters",
     "CREATE TABLE public.kept AS SELECT * FROM planner.roll WHERE id = {6};"
     "DELETE FROM planner.roll WHERE id = {6}",
     "INSERT INTO planner.roll SELECT * FROM public.kept; DROP TABLE public.kept"),
    ("counters", "is complete with",
     "UPDATE planner.items SET status = 'complete', completed_at = now() WHERE id = {1}",
     "UPDATE planner.items SET status = 'open', completed_at = NULL WHERE id = {1}"),
    ("blockers", "DOC-4 counts 5; there are 0",
     "UPDATE planner.items SET n_blockers = 5 WHERE id = {4}",
     "UPDATE planner.items SET n_blockers = 0 WHERE id = {4}"),
    ("steps", "DOC-5 is told as agreed; its content is pending",
     "UPDATE planner.items SET content_status = 'agreed' WHERE id = {5}",
     "UPDATE planner.items SET content_status = 'pending' WHERE id = {5}"),
    ("steps", "DOC-5 is marked as disputed; no dispute is open",
     "UPDATE planner.items SET disputed = true WHERE id = {5}",
     "UPDATE planner.items SET disputed = false WHERE id = {5}"),
    ("steps", "DOC-8 would number its next version",
     "UPDATE planner.steps SET last_number = 0 WHERE id = {8}",
     "UPDATE planner.steps SET last_number = 1 WHERE id = {8}"),
    ("steps", "has the score", "UPDATE planner.items SET promote_score = 0.123 WHERE id = {8}",
     "UPDATE planner.items SET promote_score = (SELECT complexity_score FROM planner.steps"
     " WHERE id = {8}) WHERE id = {8}"),
    ("tree", "DOC-5 hangs from nothing",
     "UPDATE planner.items SET parent_id = '00000000-0000-7000-8000-000000000001' WHERE id = {5}",
     "UPDATE planner.items SET parent_id = {1} WHERE id = {5}"),
    ("tree", "DOC-5 is at depth 9", "UPDATE planner.items SET depth = 9 WHERE id = {5}",
     "UPDATE planner.items SET depth = 2 WHERE id = {5}"),
    ("tree", "DOC-5 hangs from a step, 4", "UPDATE planner.items SET parent_id = {4} WHERE id = {5}",
     "UPDATE planner.items SET parent_id = {1} WHERE id = {5}"),
    ("tree", "evidence of", "INSERT INTO planner.evidence (project_id, item_id, kind, reference, agent)"
     " SELECT id, '00000000-0000-7000-8000-000000000001', 'note', 'x', 'x' FROM planner.projects",
     "DELETE FROM planner.evidence WHERE item_id = '00000000-0000-7000-8000-000000000001'"),
    ("order", "shares its place with 1 more",
     "ALTER TABLE planner.items DROP CONSTRAINT items_place_key;"
     "CREATE TABLE public.kept AS SELECT sort_key FROM planner.items WHERE id = {5};"
     "UPDATE planner.items SET sort_key = (SELECT sort_key FROM planner.items WHERE id = {4})"
     " WHERE id = {5}",
     "UPDATE planner.items SET sort_key = (SELECT sort_key FROM public.kept) WHERE id = {5};"
     "DROP TABLE public.kept; ALTER TABLE planner.items ADD CONSTRAINT items_place_key"
     " UNIQUE (project_id, parent_id, sort_key) DEFERRABLE INITIALLY IMMEDIATE"),
    ("order", "the counter would give it out again",
     "CREATE TABLE public.kept AS SELECT last_number FROM planner.counters;"
     "UPDATE planner.counters SET last_number = 1",
     "UPDATE planner.counters SET last_number = (SELECT last_number FROM public.kept);"
     "DROP TABLE public.kept"),
    ("circles", "DOC-5, DOC-4",
     "INSERT INTO planner.deps SELECT id, {4}, {5} FROM planner.projects;"
     "INSERT INTO planner.deps SELECT id, {5}, {4} FROM planner.projects",
     "DELETE FROM planner.deps WHERE item_id IN ({4}, {5})"),
    ("circles", "DOC-1, DOC-5", "INSERT INTO planner.deps SELECT id, {5}, {1} FROM planner.projects",
     "DELETE FROM planner.deps WHERE item_id = {5}"),
    # In sequence, the first of three waits for the last.
    ("circles", "DOC-8", "INSERT INTO planner.deps SELECT id, {8}, {10} FROM planner.projects",
     "DELETE FROM planner.deps WHERE item_id = {8}"),
    ("audit", "DOC-5 was never told as created",
     "CREATE TABLE public.kept AS SELECT * FROM planner.audit WHERE entity_id = {5};"
     "DELETE FROM planner.audit WHERE entity_id = {5}",
     "INSERT INTO planner.audit OVERRIDING SYSTEM VALUE SELECT * FROM public.kept;"
     "DROP TABLE public.kept"),
    ("audit", "is told of and does not exist",
     "UPDATE planner.audit SET entity_id = '00000000-0000-7000-8000-000000000001'"
     " WHERE entity_id = {5}",
     "UPDATE planner.audit SET entity_id = {5}"
     " WHERE entity_id = '00000000-0000-7000-8000-000000000001'"),
    ("audit", "is of the future",
     "CREATE TABLE public.kept AS SELECT id, at FROM planner.audit WHERE entity_id = {5};"
     "UPDATE planner.audit SET at = now() + interval '1 day' WHERE entity_id = {5}",
     "UPDATE planner.audit a SET at = k.at FROM public.kept k WHERE k.id = a.id;"
     "DROP TABLE public.kept"),
    ("sequences", "change_number is at 1;",
     "CREATE SEQUENCE public.kept; SELECT setval('public.kept', (SELECT last_value"
     " FROM planner.change_number)); SELECT setval('planner.change_number', 1)",
     "SELECT setval('planner.change_number', (SELECT last_value FROM public.kept));"
     "DROP SEQUENCE public.kept"),
    ("search", "DOC-5 is not found", "DELETE FROM planner.search_texts WHERE item_id = {5}",
     "SELECT planner.search_refresh(id, ARRAY[{5}]) FROM planner.projects"),
    ("search", "DOC-5 is not found by the words",
     "UPDATE planner.items SET title = 'zygomorphic' WHERE id = {5}",
     "UPDATE planner.items SET title = 'one 3' WHERE id = {5}"),
    ("search", "a row of search is found and does not exist",
     "INSERT INTO planner.search_texts SELECT project_id,"
     " '00000000-0000-7000-8000-000000000001', 1, NULL, tsv FROM planner.search_texts LIMIT 1",
     "DELETE FROM planner.search_texts WHERE item_id = '00000000-0000-7000-8000-000000000001'"),
    ("search", "is deleted and found",
     "INSERT INTO planner.search_texts SELECT project_id, id, number, NULL, '' FROM planner.items"
     " WHERE deleted_at IS NOT NULL LIMIT 1", "DELETE FROM planner.search_texts WHERE tsv = ''"),
    ("guards", "trigger items_outside of items is off",
     "ALTER TABLE planner.items DISABLE TRIGGER items_outside",
     "ALTER TABLE planner.items ENABLE TRIGGER items_outside"),
    ("guards", "foreign keys of deps are off", "ALTER TABLE planner.deps DISABLE TRIGGER ALL",
     "ALTER TABLE planner.deps ENABLE TRIGGER ALL"),
    ("guards", "constraint deps_trial was never checked",
     "ALTER TABLE planner.deps ADD CONSTRAINT deps_trial CHECK (item_id IS NOT NULL) NOT VALID",
     "ALTER TABLE planner.deps DROP CONSTRAINT deps_trial"),
    ("guards", "is not valid", "UPDATE pg_index SET indisvalid = false"
     " WHERE indexrelid = 'planner.deps_blocked_by'::regclass", "REINDEX INDEX planner.deps_blocked_by"),
    ("search_path", "function lower",
     "CREATE FUNCTION planner.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
     "DROP FUNCTION planner.lower(text)"),
    ("search_path", "everybody may create", "GRANT CREATE ON SCHEMA planner TO PUBLIC",
     "REVOKE CREATE ON SCHEMA planner FROM PUBLIC"),
    ("upkeep", "100001 of them older than two days",
     "INSERT INTO planner.outbox (change, project_id, at, xid) SELECT -n, id,"
     " now() - interval '3 days', '3' FROM planner.projects, generate_series(1, 100001) n",
     "DELETE FROM planner.outbox WHERE change < 0"),
    ("upkeep", "100001 older than eight",
     "INSERT INTO planner.requests (id, fingerprint, answer, at) SELECT 'old' || n, '', '{}',"
     " now() - interval '9 days' FROM generate_series(1, 100001) n",
     "DELETE FROM planner.requests WHERE id LIKE 'old%'"),
    ("bloat", "autovacuum is off for audit",
     "ALTER TABLE planner.audit SET (autovacuum_enabled = false)",
     "ALTER TABLE planner.audit RESET (autovacuum_enabled)"),
    ("schema", "was applied to the database with another text",
     "UPDATE planner.schema_migrations SET up_sha256 = reverse(up_sha256) WHERE version = 1",
     "UPDATE planner.schema_migrations SET up_sha256 = reverse(up_sha256) WHERE version = 1"),
    ("session", "sessions begin read-only",
     "ALTER DATABASE planner SET default_transaction_read_only = on",
     "ALTER DATABASE planner RESET default_transaction_read_only"),
    ("session", "triggers and foreign keys do not run",
     "ALTER ROLE planner SET session_replication_role = replica",
     "ALTER ROLE planner RESET session_replication_role"),
]


def with_ids(statement):
    for n in range(1, 12):
        statement = statement.replace(f"{{{n}}}", ITEM.format(n))
    return f"SET session_replication_role = replica; {statement}"


def a_healthy_store_is_told_as_such(place):
    nothing_is_made_by_looking(place)
    server = place.serve()
    disputed = fill(server)

    findings, report = look(place, code=0)
    quick, _ = look(place, None, "--quick", code=0)
    one, _ = look(place, None, "--only", "circles", code=0)

    need(report["counts"]["skipped"] == 0, f"not looked at: {findings}")
    expect(findings, "disputes", "info", "1 waiting for a person")
    expect(findings, "disk", "ok", "are used")
    expect(findings, "checksums", "ok", "on, no page failed")
    need("counters" in findings and "counters" not in quick, f"--quick: {quick.keys()}")
    need(list(one) == ["connection", "circles"], f"--only: {one.keys()}")
    need(disputed == "DOC-13", f"the plan is another one than the damages name: {disputed}")
    done = place.command("doctor", "--only", "nothing", "--data-dir", place.data)
    need(done.returncode == 2 and "--list" in done.stderr, f"--only nothing: {done}")
    listed = json.loads(place.command("doctor", "--list", "--json").stdout)["checks"]
    need([c["check"] for c in listed] == list(findings)[1:], f"--list: {listed}")
    told = json.loads(place.command("doctor", "--list", "--json", "--only", "disk").stdout)["checks"]
    need([c["check"] for c in told] == ["disk"], f"--list --only: {told}")
    told = place.command("doctor", "--list", "--only", "disk").stdout
    need(told.startswith("### disk\n") and told.count("### ") == 1, f"--list --only: {told}")
    for words in (["--list", "--only", "nothing"], ["--list", "--fix"]):
        done = place.command("doctor", *words)
        need(done.returncode == 2 and done.stdout == "", f"{words}: {done}")
    need(all(c["means"] and c["todo"] and c["worst"] for c in listed), f"--list: {listed}")
    refused = place.command("doctor", "--json", "--only", "nothing", "--data-dir", place.data)
    need(json.loads(refused.stdout)["exit_code"] == 2, f"--json --only nothing: {refused}")
    colours_and_progress_are_for_terminals(place)
    each_damage_is_told_by_its_check_until_it_is_repaired(place)
    counters_are_computed_afresh(place, server)


def nothing_is_made_by_looking(place):
    findings, _ = look(place, code=0)
    expect(findings, "connection", "info", "has not been made yet")
    need(not os.path.exists(place.data), "doctor made a database")
    other = f"{place.directory}/photographs"
    os.mkdir(other)
    pathlib.Path(f"{other}/holiday.jpg").touch()
    done = place.command("doctor", "--json", "--data-dir", other)
    findings = {f["check"]: f for f in json.loads(done.stdout)["checks"]}
    expect(findings, "connection", "error", "holds other files")
    need(done.returncode == 3 and "'data-dir'" in findings["connection"]["todo"], f"{done}")
    for arguments, words in ((["--data-dir", other], "holds other files"),
                             (["--data-dir", place.data, "--pg-bindir", "/nowhere"], "initdb")):
        server = place.serve(*arguments)
        health = server.wait(server.post("resources/read", {"uri": "planner://health"}))
        need(words in str(health.frame), f"health of {arguments}: {health.frame}")
        place.end(server)
    done = place.command("doctor", "--data-dir", place.data, "--pg-bindir", "/nowhere")
    need(done.returncode == 3 and "no directory with initdb" in done.stdout, f"without PostgreSQL: {done}")
    need(os.listdir(other) == ["holiday.jpg"], f"doctor wrote there: {os.listdir(other)}")


def paste(statements, connection):
    """As a person does it: as it was written, into psql."""
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", connection], input=f"{statements};\n",
                          text=True, check=False, capture_output=True)
    need(done.returncode == 0, f"{statements}: {done.stderr}")


def each_damage_is_told_by_its_check_until_it_is_repaired(place):
    connection = f"{place.connection()} options='-c default_transaction_read_only=off'"
    place.sql("ALTER SYSTEM SET autovacuum_naptime = '1h'", connection)  # or it would repair, too
    place.sql("SELECT pg_reload_conf()", connection)
    missed, pasted = [], []
    for check, words, damage, repair in DAMAGES:
        place.sql(with_ids(damage), connection)
        found = look(place, None, "--only", check)[0][check]
        if found["severity"] not in BAD or words not in found["seen"]:
            missed.append(f"{check}, '{words}': {found}")
        elif found["todo"].startswith("run ") and "mcp-planner" not in found["todo"]:
            paste(found["todo"].removeprefix("run "), connection)
            after = look(place, None, "--only", check)[0][check]
            pasted.append(found["todo"])
            if words in after["seen"]:
                missed.append(f"{found['todo']}: {after}")
        place.sql(with_ids(repair), connection)
    need(not missed, "\n  ".join(["not told:", *missed]))
    need(any("VACUUM planner.outbox" in todo for todo in pasted), f"dead rows were not told: {pasted}")
    findings, _ = look(place, code=0)
    need(not bad_of(findings), f"after all repairs: {bad_of(findings)}")
    need(len(pasted) >= 9, f"{pasted}: too few findings brought statements that could be pasted")
    place.note(f"{len(DAMAGES)} damages, {len(pasted)} mended by the statement of the finding, {len({d[0] for d in DAMAGES})} checks")


HARM = """
UPDATE planner.roll SET n_children = n_children + 3, sum = sum + 0.25;
UPDATE planner.roll SET n_open = 0, n_avail = 0 WHERE id = {6};
UPDATE planner.items SET n_blockers = 7 WHERE number % 2 = 0;
UPDATE planner.items SET has_children = NOT has_children, has_avail = NOT has_avail WHERE kind = 'task';
UPDATE planner.items SET status = 'complete', completed_at = now() WHERE id = {6};
DELETE FROM planner.roll WHERE id = {7}"""


def counters_are_computed_afresh(place, server):
    """All that --fix repairs, at once; then the program goes on working on it."""
    look_fix = ["doctor", "--fix", "--json", "--data-dir", place.data]
    nothing = place.command(*look_fix)
    need(nothing.returncode == 0 and "0 wrong rows computed afresh in 0 projects" in nothing.stderr,
         f"--fix without trouble: {nothing.stderr}")
    before = place.rows("SELECT id, status, avail, n_blockers, has_children FROM planner.items"
                        " ORDER BY id") + place.rows("SELECT * FROM planner.roll ORDER BY id")
    place.sql(with_ids(HARM))
    findings, _ = look(place, code=3)
    need({"counters", "blockers"} <= set(bad_of(findings)), f"{bad_of(findings)}")

    done = place.command(*look_fix)

    need(done.returncode == 0 and " in 1 projects" in done.stderr, f"--fix: {done}")
    after = place.rows("SELECT id, status, avail, n_blockers, has_children FROM planner.items"
                       " ORDER BY id") + place.rows("SELECT * FROM planner.roll ORDER BY id")
    need(before == after, f"not as before: {[p for p in zip(before, after) if p[0] != p[1]]}")
    newest = server.good("history", item="DOC", limit=1).data["items"][0]
    need(newest["agent"] == "mcp-planner doctor" and newest["action"] == "updated", f"{newest}")
    server.good("complete_step", item="DOC-5")
    server.good("outline", item="DOC", as_of=newest["at"])
    answer = server.wait(server.call("undo", change=newest["change"]))
    place.note(f"undo of it: {answer.text}")
    findings, _ = look(place, code=0)


def colours_and_progress_are_for_terminals(place):
    command = [place.binary, "doctor", "--data-dir", place.data]

    seen = on_a_terminal(command)
    plain = on_a_terminal(command, {"NO_COLOR": "1"})
    piped = subprocess.run(command, capture_output=True, text=True, check=False,
                           stdin=subprocess.DEVNULL)

    need("\033[32mok" in seen and "of 42: round_trip" in seen, f"no colour: {seen[:300]}")
    need("\033[32m" not in plain and "ok" in plain, "coloured in spite of NO_COLOR")
    need("\033" not in piped.stdout and piped.stderr == "", f"piped: {piped.stderr}")


main(a_healthy_store_is_told_as_such)
