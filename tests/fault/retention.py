"""Retention that is killed: at moments all over a run, with agents at work beside it, every row is in an
archive, in the store, or in both; the next run goes on; and what is put back is what was there.
"""
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time

from durability import FULL, Server, main, need
from servers import with_stack

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "retention"
CHANGES = 60000 if FULL else 3000  # old rows of the audit
TASKS = 20  # deleted, with nine steps each
KILLS = 40 if FULL else 6

# A history that began a hundred days ago. What the program writes, written in bulk.
FILL = f"""
SET planner.writer = 'mcp-planner'; SET planner.purging = 'on';
INSERT INTO planner.audit (project_id, change, at, entity_type, entity_id, action, new_values, ai_agent)
SELECT p.id, nextval('planner.change_number'), now() - interval '100 days' + n * interval '1 minute',
    'project', p.id, 'updated', jsonb_build_object('complexity_threshold', n % 100 / 100.0), 'old'
FROM planner.projects p, generate_series(1, {CHANGES}) n WHERE p.slug = 'OLD' ORDER BY n;
UPDATE planner.audit SET at = at - interval '200 days' WHERE at > now() - interval '1 day';
UPDATE planner.items SET created_at = created_at - interval '200 days', updated_at = updated_at
    - interval '200 days', deleted_at = deleted_at - interval '90 days';
UPDATE planner.iterations SET at = at - interval '200 days';
"""
ROWS = """SELECT 'audit ' || id FROM planner.audit WHERE project_id = (
    SELECT id FROM planner.projects WHERE slug = 'OLD') AND at < now() - interval '30 days'
UNION ALL SELECT 'items ' || id FROM planner.items
    WHERE project_id = (SELECT id FROM planner.projects WHERE slug = 'OLD')
UNION ALL SELECT 'iterations ' || step_id || ' ' || number FROM planner.iterations WHERE cut IS NULL"""
# All that belongs to the plan, in an order-free sum.
DIGEST = """SELECT sum(hashtextextended(x.t, 0)) FROM (
    SELECT i::text AS t FROM planner.items i UNION ALL SELECT r::text FROM planner.roll r
    UNION ALL SELECT s::text FROM planner.steps s UNION ALL SELECT t::text FROM planner.iterations t
    UNION ALL SELECT a::text FROM planner.audit a UNION ALL SELECT d::text FROM planner.deps d) x"""
POLICIES = ["--retention-audit", "30d", "--retention-deleted", "30d", "--retention-iterations", "30d"]


class Store:
    def __init__(self, place, stack):
        self.place = place
        self.postgres = stack.postgres()
        self.dsn = self.postgres.dsn
        self.archives = pathlib.Path(place.directory) / "archives"
        self.archives.mkdir()
        done = place.command("migrate", "up", "--dsn", self.dsn, "--yes")
        need(done.returncode == 0, done.stderr)

    def serve(self, agent):
        return self.place.serve("--dsn", self.dsn, "--agent", agent)

    def fill(self):
        server = self.serve("filler")
        for slug in ("OLD", "BUSY"):
            server.good("create_project", name=slug, slug=slug, description="a plan")
        for _ in range(TASKS):
            server.good("define_tasks", parent="OLD", tasks=[{"title": "task", "steps": [
                {"title": f"step {n}", "content": "what is to be done"} for n in range(9)]}])
        task = server.good("create_task", parent="OLD", title="kept").data["key"]
        step = server.good("create_step", task=task, title="drafts", content="one").data["key"]
        for word in ("two", "three", "four"):
            server.good("submit_step", step=step, content=word)
        for n in range(1, TASKS * 10, 10):
            server.good("delete_item", item=f"OLD-{n}", subtree=True)
        self.place.end(server)
        self.sql(FILL)

    def sql(self, statement):
        return self.place.sql(statement, self.dsn)

    def rows(self):
        return set(self.sql(ROWS).split("\n"))

    def command(self, *arguments, batch=100):
        return [self.place.binary, "retention", "--dsn", self.dsn, "--json", "--batch", str(batch),
                *arguments]

    def run(self, *arguments, batch=100):
        done = subprocess.run(self.command(*arguments, batch=batch), capture_output=True, text=True,
                              check=False, timeout=120, stdin=subprocess.DEVNULL)
        need(done.returncode == 0, f"retention {arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def archived(self):
        """What whole archives hold; each is what its trailer says."""
        found = set()
        for path in self.archives.glob("*.jsonl"):
            data = path.read_bytes()
            body, _, last = data.rstrip(b"\n").rpartition(b"\n")
            trailer = json.loads(last)
            need(trailer["sha256"] == hashlib.sha256(body + b"\n").hexdigest(), f"{path}: the sum is wrong")
            for line in body.split(b"\n"):
                part, row = (entry := json.loads(line))["part"], entry.get("row")
                if part == "iterations":
                    found.add(f"iterations {row['step_id']} {row['number']}")
                elif row is not None and "id" in row:
                    found.add(f"{part} {row['id']}")
        return found

    def check_whole(self, all_rows):
        lost = all_rows - self.rows() - self.archived()
        need(not lost, f"{len(lost)} rows are nowhere: {sorted(lost)[:3]}")

    def check_right(self):
        for slug in ("OLD", "BUSY"):
            found = self.sql("SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c"
                             f" WHERE p.slug = '{slug}'")
            need(not found, f"roll-ups differ: {found}")
        done = subprocess.run([self.place.binary, "doctor", "--dsn", self.dsn, "--json"],
                              capture_output=True, text=True, check=False, timeout=60)
        for check in json.loads(done.stdout)["checks"]:
            need((check["severity"] != "error" or check["check"] == "crash_safety") and (check["check"] != "audit"
                 or check["severity"] == "ok"), f"doctor: {check}")


class Writers:
    """Agents that go on in both projects, and must not notice."""

    def __init__(self, store, count=3):
        self.servers = [store.serve(f"agent-{n}") for n in range(count)]
        self.calls, self.keys = [], []
        for n, server in enumerate(self.servers):
            slug = ("OLD", "BUSY")[n % 2]
            self.keys.append(server.good("create_task", parent=slug, title=f"work {n}").data["key"])

    def turn(self):
        for server, key in zip(self.servers, self.keys):
            slug = key.split("-")[0]
            number = server.call("create_step", task=key, title="a step", content="a text")
            self.calls.append((server, number))
            step = server.wait(number).data.get("key")
            for tool, arguments in (("complete_step", {"item": step}), ("history", {"item": slug}),
                                    ("update_item", {"item": key, "title": f"work {random.random()}"}),
                                    ("delete_item", {"item": step})):
                self.calls.append((server, server.call(tool, **arguments)))
            last = server.wait(self.calls[-1][1])
            if not last.failed:
                self.calls.append((server, server.call("undo", change=last.data["change"])))

    def go_on(self):
        while not self.stopped.is_set():
            self.turn()

    def start(self):
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.go_on)
        self.thread.start()

    def end(self):
        self.stopped.set()
        self.thread.join()
        for server, number in self.calls:
            answer = server.wait(number)
            need(not answer.failed, f"a caller was disturbed: {answer.text}")
        return len(self.calls)


def killed_at_any_moment(place, stack):
    store = Store(place, stack)
    store.fill()
    rows = store.rows()
    dry = store.run(*POLICIES)
    need(sum(c["rows"] for c in dry["cuts"]) == dry["rows"] == sum(
        n for c in dry["cuts"] for n in c["kinds"].values()), f"the rows of a dry run: {dry}")
    need(store.rows() == rows and not list(store.archives.iterdir()), "a dry run changed something")
    need({c["kind"] for c in dry["cuts"]} == {"audit", "deleted", "iterations"}, f"dry run: {dry}")
    writers = Writers(store)
    writers.start()
    began = time.monotonic()
    hit = 0
    try:
        for n in range(KILLS):
            process = subprocess.Popen(
                store.command(*POLICIES, "--run", "--archive", str(store.archives), batch=10),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.05 + n * 0.6 / KILLS)
            process.kill()
            hit += process.wait() != 0
            store.check_whole(rows)
        report = store.run(*POLICIES, "--run", "--archive", str(store.archives))
        store.check_whole(rows)
    finally:
        calls = writers.end()
    need(hit > 0, "the runs were over before they could be killed")
    for server in writers.servers:
        place.end(server)
    need(not [r for r in store.rows() & rows if r.startswith("audit ")], "old rows of the audit are left")
    need(store.sql("SELECT count(*) FROM planner.cuts WHERE state <> 'done'") == "0", "a cut is left open")
    need(store.run(*POLICIES, "--run", "--archive", str(store.archives))["cuts"] == [], "a second run found more")
    store.check_right()
    place.note(f"{hit} kills and {calls} calls in {time.monotonic() - began:.1f} s,"
               f" finished {len(report['finished'])}, then {report['removed']} rows")


def what_callers_are_told(store, archive):
    """The past that is gone is told with the command that brings it back; nothing else is promised."""
    server = store.serve("reader")
    back = f"'mcp-planner import {archive}'"
    last = server.good("history", item="OLD").text.splitlines()[-1]
    need(last.startswith("(changes of OLD up to ") and last.endswith(f"; {back} brings them back)"), last)
    told = server.good("get_item", item="OLD-202", include=["history", "iterations"]).text
    need(f"{back} brings them back)" in told and "told in part" not in told, told)
    need("(its texts were archived to a file: mcp-planner retention cuts)" in told, told)
    for tool, arguments, word in (
            ("undo", {"change": 3}, "brings them back"), ("get_item", {"item": "OLD-1"}, "puts it back"),
            ("outline", {"item": "OLD", "as_of": "2026-01-01T00:00:00Z"}, "brings it back; or give a later time")):
        answer = server.wait(server.call(tool, **arguments))
        need(answer.failed and f"; {back} {word}" in answer.text, f"{tool}: {answer.text}")
    store.place.end(server)


def put_back(place, stack):
    store = Store(place, stack)
    store.fill()
    before = store.sql(DIGEST)
    report = store.run(*POLICIES, "--run", "--archive", str(store.archives), batch=1000)
    need(store.sql(DIGEST) != before, "nothing was removed")
    what_callers_are_told(store, pathlib.Path(report["archive"]).name)
    need(report["removed"] == report["rows"] > CHANGES, f"not all was removed: {report}")
    # Cut off, a run of putting back goes on with the next one.
    process = subprocess.Popen(store.command("restore", report["archive"], batch=200),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    process.kill()
    process.wait()
    store.run("restore", report["archive"])
    need(store.sql(DIGEST) == before, "what was put back is not what was there")
    need(store.run("restore", report["archive"])["added"] == 0, "putting back twice put more")
    store.check_right()


def reconciled(report):
    for name, kind in report["kinds"].items():
        need(kind["file"] == kind["same"] + kind["added"] + kind["left_out"], f"{name}: {kind}")
    need(report["rows"] == report["same"] + report["added"] + report["left_out"] == sum(
        k["file"] for k in report["kinds"].values()), f"rows: {report}")
    return report


def archived_project(store):
    """OLD, whose changes of long ago are in one archive and what is left of it, whole, in another, which has
    also what was deleted in BUSY."""
    server = store.serve("archiver")
    server.good("create_task", parent="BUSY", title="deleted")
    server.good("delete_item", item="BUSY-1")
    place_of_undo = server.good("update_project", project="OLD", max_iterations=5).data["change"]
    server.good("undo", change=place_of_undo)
    store.place.end(server)
    before = store.sql(DIGEST_OF_OLD)
    parts = store.run(*POLICIES, "OLD", "--run", "--archive", str(store.archives), batch=1000)
    server = store.serve("archiver")
    server.good("update_project", project="OLD", status="archived")
    store.place.end(server)
    store.sql("SET planner.writer = 'mcp-planner';"
              "UPDATE planner.items SET updated_at = now() - interval '200 days' WHERE parent_id IS NULL;"
              "UPDATE planner.items SET deleted_at = now() - interval '200 days' WHERE title = 'deleted'")
    whole = store.run("--retention-archived", "100d", "--retention-deleted", "100d", "--run", "--archive",
                      str(store.archives), batch=1000)
    need({(c["project"], c["kind"]) for c in whole["cuts"]} == {("OLD", "project"), ("BUSY", "deleted")},
         f"not the project: {whole}")
    need(store.sql("SELECT string_agg(slug, ' ') FROM planner.projects") == "BUSY", "it is still there")
    store.check_right()
    return before, parts["archive"], whole["archive"]


# Of the plan alone, but for that it was put away, and without change numbers.
DIGEST_OF_OLD = """WITH p AS (SELECT id FROM planner.projects WHERE slug = 'OLD')
SELECT sum(hashtextextended(x.t, 0)) FROM (
    SELECT (to_jsonb(i) - '{version,updated_at}'::text[])::text AS t FROM planner.items i JOIN p ON i.project_id = p.id
    UNION ALL SELECT r::text FROM planner.roll r JOIN p ON r.project_id = p.id
    UNION ALL SELECT s::text FROM planner.steps s JOIN p ON s.project_id = p.id
    UNION ALL SELECT t::text FROM planner.iterations t JOIN p ON t.project_id = p.id
    UNION ALL SELECT (to_jsonb(a) - 'change')::text FROM planner.audit a JOIN p ON a.project_id = p.id
        WHERE a.new_values ->> 'status' IS DISTINCT FROM 'archived') x"""


def import_archive(store, path, *flags, code=0, stdin=subprocess.DEVNULL):
    done = subprocess.run([store.place.binary, "import", "--dsn", store.dsn, "--json", *flags, path], check=False,
                          capture_output=True, text=True, timeout=120, stdin=stdin)
    need(done.returncode == code, f"import {path} {flags}: {done.returncode} {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def another_store(store):
    """One with plans of its own, which has given the same change numbers to others."""
    store.sql("CREATE DATABASE other")
    store.dsn = f"{store.postgres.plain} dbname=other"
    store.place.command("migrate", "up", "--dsn", store.dsn, "--yes", check=True)
    server = store.serve("other")
    server.good("create_project", name="Mine", slug="MINE", description="a plan")
    for n in range(8):
        server.good("create_task", parent="MINE", title=f"task {n}")
    store.place.end(server)


def a_slug_that_was_given_again_is_told(store, whole):
    server = store.serve("other")
    server.good("create_project", name="Another", slug="OLD", description="another plan")
    store.place.end(server)
    told = import_archive(store, whole, code=1)["error"]
    need("OLD is another project here; put the archive back into another store" in told, told)
    need(import_archive(store, whole, "--project", "BUSY")["added"] == 1, "BUSY was not put back")
    need("is for an export" in import_archive(store, whole, "--as", "NEW", code=2)["error"], "--as was taken")


def a_project_goes_into_another_store(place, stack):
    store = Store(place, stack)
    store.fill()
    before, parts, whole = archived_project(store)
    another_store(store)
    told = import_archive(store, parts, code=1)["error"]
    need("of OLD, which is not in this store; name the store that it was archived from" in told
         and "nothing was stored" in told, told)
    told = import_archive(store, whole, code=1)["error"]
    need("deleted items of BUSY" in told and "--project SLUG" in told, told)
    need(store.sql("SELECT string_agg(slug, ' ') FROM planner.projects") == "MINE", "something was stored")
    dry = reconciled(import_archive(store, whole, "--project", "OLD", "--dry-run"))
    need(dry["left_out"] == 1 and dry["dry_run"] and not dry["stored"], f"dry run: {dry}")
    need(store.sql("SELECT string_agg(slug, ' ') FROM planner.projects") == "MINE", "a dry run stored something")
    watcher = store.serve("watcher")
    cursor = watcher.good("wait_for_change").data["cursor"]
    with open(whole, "rb") as file:
        pipe = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        report = reconciled(import_archive(store, "-", "--project", "OLD", stdin=pipe.stdout))
        pipe.wait()
    need(report["kinds"] == dry["kinds"] and report["stored"], f"{dry}\n{report}")
    told = watcher.good("wait_for_change", cursor=cursor, timeout_seconds=5).text
    need("OLD" in told, f"who follows the store was not told: {told}")
    place.end(watcher)
    need([c["change_shift"] > 0 for c in report["cuts"]] == [False, True], f"the change numbers of others were taken: {report}")
    need(reconciled(import_archive(store, whole, "--project", "OLD"))["added"] == 0, "again added more")
    report = reconciled(import_archive(store, parts))
    need(report["added"] == report["rows"] - report["same"] > CHANGES, f"{report}")
    need(reconciled(import_archive(store, parts))["added"] == 0, "again added more")
    need(store.sql(DIGEST_OF_OLD) == before, "what is in the other store is not what it was")
    server = store.serve("reader")
    server.good("update_project", project="OLD", status="active")
    task = server.good("create_task", parent="OLD", title="it goes on here").data
    server.good("undo", change=task["change"])
    step = server.good("create_step", task="OLD-201", title="last").data["key"]
    server.good("complete_step", item=step, evidence=[{"kind": "note", "reference": "done"}])
    place.end(server)
    store.check_right()
    store.dsn = store.postgres.dsn
    a_slug_that_was_given_again_is_told(store, whole)


def not_written(place, stack):
    """Nothing goes when the archive cannot be written."""
    store = Store(place, stack)
    store.fill()
    before = store.sql(DIGEST)
    full = store.archives / "full"
    full.mkdir()
    for target in ("/dev/full", str(store.archives / "missing" / "a.jsonl"), str(store.archives / "missing")):
        done = subprocess.run(store.command(*POLICIES, "--run", "--archive", target), capture_output=True,
                              text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
        need(done.returncode in (1, 2) and "'archive'" in done.stdout, f"{target}: {done.stdout}{done.stderr}")
    done = subprocess.run(["bash", "-c", 'ulimit -f 100; exec "$@"', "x",
                           *store.command(*POLICIES, "--run", "--archive", str(full))],
                          capture_output=True, text=True, check=False, timeout=60,
                          stdin=subprocess.DEVNULL, preexec_fn=ignore_size)
    told = json.loads(done.stdout)
    need(done.returncode == 1 and told["error"].endswith("File too large; nothing was removed") and "cuts" not in told,
         f"{done.stdout}{done.stderr}")
    need(not list(full.iterdir()), "half an archive was left")
    need(store.sql(DIGEST) == before, "something went without an archive")
    shutil.rmtree(full)


CRON = """CREATE SCHEMA cron; CREATE TABLE cron.job (name text, command text);
CREATE FUNCTION cron.schedule(text, text, text) RETURNS void LANGUAGE sql
    AS 'INSERT INTO cron.job VALUES ($1, $3)';"""


def the_examples_do_what_they_say(place, stack):
    store = Store(place, stack)
    store.fill()
    unit = (EXAMPLES / "mcp-planner-retention.service").read_text()
    line = re.search("^ExecStart=/usr/local/bin/mcp-planner (.*)$", unit, re.M).group(1).split()
    line[line.index("--archive") + 1] = str(store.archives)
    done = place.command(*line, "--dsn", store.dsn)
    need(done.returncode == 0 and ": removed" in done.stdout, done.stdout + done.stderr)
    need(len(list(store.archives.iterdir())) == 1, "the service wrote no archive")
    store.sql("UPDATE planner.cuts SET state = 'going', at = now() - interval '2 hours'")
    store.sql(CRON)
    store.sql((EXAMPLES / "pg_cron.sql").read_text())
    for n in range(int(store.sql("SELECT count(*) FROM cron.job"))):
        store.sql(store.sql(f"SELECT command FROM cron.job OFFSET {n} LIMIT 1"))
    need(store.sql("SELECT count(*) FROM planner.cuts WHERE state = 'going'") == "0", "pg_cron finishes nothing")
    if shutil.which("systemd-analyze"):
        units = pathlib.Path(place.directory) / "units"
        shutil.copytree(EXAMPLES, units)
        (units / "mcp-planner-retention.service").write_text(unit.replace("/usr/local/bin/mcp-planner", place.binary))
        done = subprocess.run(["systemd-analyze", "verify", str(units / "mcp-planner-retention.service"),
                               str(units / "mcp-planner-retention.timer")], capture_output=True, text=True,
                              check=False, timeout=60)
        need(done.returncode == 0 and not done.stderr, f"systemd-analyze: {done.stdout}{done.stderr}")
    else:
        place.note("no systemd-analyze here")


def ignore_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    main(*(with_stack(scenario) for scenario in (
        killed_at_any_moment, put_back, a_project_goes_into_another_store, not_written,
        the_examples_do_what_they_say)))
