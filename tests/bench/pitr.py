#!/usr/bin/env python3
"""How much is lost and how long it takes to come back: pitr.py BINARY [--items N] [MODE...]; see README.md.

A store of N items with a writer at work; then the postmaster is killed with -9 and the data directory is
gone. What comes back from the repository is held against what was acknowledged.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
from durability import Place, slay  # pylint: disable=wrong-import-position

PITR = HERE.parents[1] / "examples/point-in-time/pitr.py"
# name: (archive_timeout, writes per second or 0 for as many as it can, pg_receivewal, commits wait for it, seconds)
MODES = {
    "a timeout of 60 s, 1 change/s": (60, 1, False, False, 55),
    "a timeout of 60 s, busy": (60, 0, False, False, 55),
    "whole segments only, 1 change/s": (0, 1, False, False, 55),
    "whole segments only, busy": (0, 0, False, False, 20),
    "pg_receivewal, busy": (60, 0, True, False, 20),
    "pg_receivewal that commits wait for, busy": (60, 0, True, True, 20),
}


def pitr(place, *words):
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-B", PITR, "--program", place.binary, "--data-dir", place.data,
                           *map(str, words)], check=False, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True)
    if done.returncode != 0:
        sys.exit(f"pitr.py {words}: {done.stdout}{done.stderr}")
    return time.monotonic() - began, done.stdout


def seconds(what, took):
    print(f"{what:50} {took:6.1f} s", flush=True)


def size_of(directory):
    return sum(path.stat().st_size for path in pathlib.Path(directory).rglob("*") if path.is_file()) / 1e6


def fill(place, items):
    server = place.serve("--data-dir", place.data)
    server.good("create_project", name="Big", slug="BIG", description="a hundred thousand items")
    began = time.monotonic()
    for block in range(items // 10000):
        tasks = [{"title": f"task {block} {n}", "objective": "what this is for and how it is known to be done",
                  "steps": [{"title": f"step {n} {m}", "content": "Do this and look at that. " * 8}
                            for m in range(99)]} for n in range(100)]
        server.good("define_tasks", parent="BIG", tasks=tasks)
    seconds(f"defining {items} items", time.monotonic() - began)
    place.end(server)


class Writer:
    """Creates a task at a time, and knows when each was acknowledged."""

    def __init__(self, place, per_second):
        self.server = place.serve("--data-dir", place.data, "--agent", "writer")
        self.per_second, self.acknowledged = per_second, []

    def write(self, seconds_long):
        end = time.monotonic() + seconds_long
        while time.monotonic() < end:
            due = time.monotonic() + (1 / self.per_second if self.per_second else 0)
            answer = self.server.good("create_task", parent="BIG", title="a change", objective="why " * 20)
            self.acknowledged.append((answer.data["change"], time.monotonic()))
            time.sleep(max(0, due - time.monotonic()))


def receive(place, directory):
    """pg_receivewal beside the database, and whether it is there."""
    os.mkdir(directory)
    base = ["pg_receivewal", "-D", directory, "--slot", "planner", "-d", place.connection()]
    tools = pathlib.Path(subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True,
                                        text=True).stdout.strip())
    base[0] = str(tools / base[0])
    subprocess.run([*base, "--create-slot", "--if-not-exists"], check=True)
    process = subprocess.Popen([*base, "--synchronous"], stderr=subprocess.DEVNULL)
    while place.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") != "1":
        time.sleep(0.05)
    return process


def lose(place, repo, name):
    timeout, per_second, streams, waits, long = MODES[name]
    writer = Writer(place, per_second)
    writer.server.good("list_projects")
    place.sql(f"ALTER SYSTEM SET archive_timeout = {timeout}")
    place.sql("SELECT pg_reload_conf()")
    receiver = receive(place, f"{place.directory}/received") if streams else None
    if waits:
        place.sql("ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'")
        place.sql("SELECT pg_reload_conf()")
    place.sql("SELECT pg_current_xact_id()")
    place.sql("SELECT pg_switch_wal()")
    place.sql("SELECT pg_stat_reset_shared('wal')")
    writer.write(long)
    wal = int(place.sql("SELECT wal_bytes FROM pg_stat_wal")) / max(1, len(writer.acknowledged))
    slay(place.keepers())
    slay(place.postmasters())
    killed = time.monotonic()
    writer.server.kill()
    place.servers.clear()
    time.sleep(1)
    if receiver:
        receiver.kill()
        receiver.wait()
    shutil.rmtree(place.data)
    took, out = pitr(place, "restore", "--end", "--repo", repo, "--json",
                     *(["--wal", f"{place.directory}/received"] if streams else []))
    newest = json.loads(out)["newest_change"]
    lost = [when for change, when in writer.acknowledged if change > newest]
    age = killed - min(lost) if lost else 0.0
    print(f"{name:44} {len(writer.acknowledged):6} acknowledged, {len(lost):6} lost, the oldest {age:5.1f} s old;"
          f" {wal / 1000:.1f} kB of log a change; back in {took:.1f} s", flush=True)
    if streams:
        shutil.rmtree(f"{place.directory}/received")


def back_up_and_restore(place, repo):
    for kind in ("diff", "incr"):
        seconds(f"backup --type {kind}, after few changes", pitr(place, "backup", "--type", kind)[0])
    seconds("backup --type full", pitr(place, "backup", "--type", "full")[0])
    print(f"{'data directory':50} {size_of(place.data + '/pg'):6.0f} MB, repository {size_of(repo):.0f} MB")
    seconds("verify", pitr(place, "verify")[0])
    took, out = pitr(place, "restore", "--end", "--json")
    seconds("restore, database beside it", took)
    seconds("  of that away", json.loads(out)["away"])
    pitr(place, "backup", "--type", "full")


def files(place):
    """pgBackRest alone, into an empty directory and over one that is nearly the same."""
    words = ["pgbackrest", f"--config={place.data}/pitr/pgbackrest.conf", "--stanza=planner",
             "--log-level-console=error", f"--pg1-path={place.data}/pg.files", "restore"]
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    os.mkdir(f"{place.data}/pg.files", 0o700)
    if account:
        shutil.chown(f"{place.data}/pg.files", "postgres", "postgres")
    for what in ("into an empty directory", "--delta over the same"):
        began = time.monotonic()
        subprocess.run(words[:-1] + (["--delta"] if "delta" in what else []) + words[-1:], check=True, cwd="/",
                       **account)
        seconds(f"pgbackrest restore {what}", time.monotonic() - began)
    shutil.rmtree(f"{place.data}/pg.files")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("modes", nargs="*", metavar="MODE", help="parts of their names; all")
    parser.add_argument("--items", type=int, default=100000)
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="planner-bench.")
    os.chmod(directory, 0o711)
    place, repo = Place(args.binary, directory), f"{directory}/repo"
    try:
        fill(place, args.items)
        seconds("enable, with the first full backup", pitr(place, "enable", "--repo", repo)[0])
        back_up_and_restore(place, repo)
        files(place)
        for name in MODES:
            if not args.modes or any(part in name for part in args.modes):
                lose(place, repo, name)
                pitr(place, "backup")
    finally:
        place.clean_up()


if __name__ == "__main__":
    main()
