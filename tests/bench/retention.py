#!/usr/bin/env python3
"""What retention costs: a long audit is archived, removed and put back while an agent creates steps.
retention.py BINARY [ROWS]. Ratios are of one run; the rest is of this machine and what else it does."""
import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fault"))
from durability import main
from servers import with_stack

ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
FILL = f"""SET planner.writer = 'mcp-planner'; SET planner.purging = 'on';
INSERT INTO planner.audit (project_id, change, at, entity_type, entity_id, action, old_values, new_values,
                           ai_agent, client)
SELECT p.id, nextval('planner.change_number'), now() - interval '400 days' + n * interval '10 s', 'project',
    p.id, 'updated', jsonb_build_object('title', 'an older title of an item ' || n),
    jsonb_build_object('title', 'a younger title of it ' || n), 'agent-a', 'claude-code 2'
FROM planner.projects p, generate_series(1, {ROWS}) n ORDER BY n;
UPDATE planner.audit SET at = at - interval '500 days' WHERE at > now() - interval '1 hour';"""


class Writer:
    """Creates steps, and notes how long each took, by phase."""

    def __init__(self, server, task):
        self.server, self.task, self.phase, self.taken = server, task, "before", {}
        self.thread = threading.Thread(target=self.go_on)

    def go_on(self):
        while self.phase != "end":
            began = time.perf_counter()
            self.server.good("create_step", task=self.task, title="a step")
            self.taken.setdefault(self.phase, []).append(time.perf_counter() - began)
            time.sleep(0.01)

    def tell(self):
        for phase, taken in self.taken.items():
            print(f"create_step {phase}: {len(taken)} calls, p50 {statistics.median(taken) * 1e3:.1f} ms,"
                  f" {statistics.median(taken) / statistics.median(self.taken['before']):.2f} of before")


def measure(place, stack):
    dsn = stack.postgres(fsync="on").dsn
    place.command("migrate", "up", "--dsn", dsn, "--yes", check=True)
    server = place.serve("--dsn", dsn)
    server.good("create_project", name="OLD", slug="OLD", description="a plan")
    writer = Writer(server, server.good("create_task", parent="OLD", title="task").data["key"])
    place.sql(FILL, dsn)
    place.sql("VACUUM ANALYZE planner.audit", dsn)
    size = place.sql("SELECT pg_size_pretty(pg_total_relation_size('planner.audit'))", dsn)
    writer.thread.start()
    time.sleep(5)
    for phase, arguments in (("archived and removed", ["--retention-audit", "30d", "--run", "--archive",
                                                       place.directory]),
                             ("put back", None)):
        writer.phase, began = phase, time.monotonic()
        done = subprocess.run([place.binary, "retention", "--dsn", dsn, "--json",
                               *(arguments or ["restore", archive])], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        seconds = time.monotonic() - began
        report = json.loads(done.stdout)
        archive = report.get("archive")
        rows = report.get("removed", report["rows"])
        print(f"{rows} rows {phase} in {seconds:.1f} s, {rows / seconds:.0f} per second (table {size})")
    writer.phase = "end"
    writer.thread.join()
    writer.tell()


main(with_stack(measure))
