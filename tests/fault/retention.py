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


def put_back(place, stack):
    store = Store(place, stack)
    store.fill()
    before = store.sql(DIGEST)
    report = store.run(*POLICIES, "--run", "--archive", str(store.archives), batch=1000)
    need(store.sql(DIGEST) != before, "nothing was removed")
    need(report["removed"] > CHANGES, f"too little was removed: {report}")
    # Cut off, a run of putting back goes on with the next one.
    process = subprocess.Popen(store.command("restore", report["archive"], batch=200),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    process.kill()
    process.wait()
    store.run("restore", report["archive"])
    need(store.sql(DIGEST) == before, "what was put back is not what was there")
    need(store.run("restore", report["archive"])["restored"] == 0, "putting back twice put more")
    store.check_right()


def a_project_goes_into_another_store(place, stack):
    store = Store(place, stack)
    store.fill()
    server = store.serve("archiver")
    server.good("update_project", project="OLD", status="archived")
    place.end(server)
    whole = DIGEST.replace("planner.items i", "planner.items i WHERE project_id <> '$other'").replace(
        "planner.audit a", "planner.audit a WHERE project_id <> '$other'").replace(
        "planner.roll r", "planner.roll r WHERE project_id <> '$other'").replace(
        "$other", store.sql("SELECT id FROM planner.projects WHERE slug = 'BUSY'"))
    store.sql("UPDATE planner.items SET updated_at = now() - interval '200 days' WHERE parent_id IS NULL")
    before = store.sql(whole)
    report = store.run("--retention-archived", "100d", "--run", "--archive", str(store.archives), batch=1000)
    need([c["kind"] for c in report["cuts"]] == ["project"], f"not the project: {report}")
    need(store.sql("SELECT string_agg(slug, ' ') FROM planner.projects") == "BUSY", "it is still there")
    store.check_right()
    store.sql("CREATE DATABASE other")
    store.dsn = f"{store.postgres.plain} dbname=other"
    place.command("migrate", "up", "--dsn", store.dsn, "--yes", check=True)
    store.run("restore", report["archive"], batch=1000)
    need(store.sql(whole) == before, "what is in the other store is not what it was")
    server = store.serve("reader")
    server.good("update_project", project="OLD", status="active")
    server.good("create_task", parent="OLD", title="it goes on here")
    place.end(server)
    store.check_right()


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
    need(done.returncode == 1 and "cannot be written" in done.stdout, f"{done.stdout}{done.stderr}")
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
    line = re.search("^ExecStart=/usr/bin/mcp-planner (.*)$", unit, re.M).group(1).split()
    line[line.index("--archive") + 1] = str(store.archives)
    done = place.command(*line, "--dsn", store.dsn)
    need(done.returncode == 0 and "were removed" in done.stdout, done.stdout + done.stderr)
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
        (units / "mcp-planner-retention.service").write_text(unit.replace("/usr/bin/mcp-planner", place.binary))
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
