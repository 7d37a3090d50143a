#!/usr/bin/env python3
"""What export and import take, beside pg_dump and pg_restore of the same store, in one run.

    exchange.py BINARY [--items 100000] [--rounds 3] [--server CONNINFO]

A store by store.sql; each is done --rounds times in turn, and the best is told: others on the machine
only ever add. The processor's seconds are of the program and, on a server of our own, of its sessions.
See docs/EXPORT.md.
"""
import json
import os
import resource
import subprocess
import time

from stores import run_alone

TICK = os.sysconf("SC_CLK_TCK")


class Meter:
    """Seconds on the wall and of processors, the best of some rounds."""

    def __init__(self, server):
        found = server.psql("postgres", "SELECT pg_read_file('postmaster.pid', 0, 20)").split()[0]
        self.postmaster = int(found) if "host=/" in server.conninfo else None
        self.took = {}

    def sessions(self):
        """What ended sessions of the server have used."""
        if self.postmaster is None:
            return 0.0
        with open(f"/proc/{self.postmaster}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / TICK

    def used(self):
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime + self.sessions()

    def run(self, what, *words):
        before, began = self.used(), time.monotonic()
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        seconds = time.monotonic() - began
        if done.returncode != 0:
            raise RuntimeError(f"{words[:3]}: {done.stdout}{done.stderr}")
        time.sleep(0.3)  # the session ends a moment after its client
        cpu = self.used() - before
        wall_best, cpu_best = self.took.get(what, (seconds, cpu))
        self.took[what] = min(wall_best, seconds), min(cpu_best, cpu)
        print(f"{what:18} {seconds:7.2f} s, processors {cpu:6.2f} s", flush=True)
        return done.stdout

    def ratio(self, what, other):
        (wall, cpu), (wall_other, cpu_other) = self.took[what], self.took[other]
        return f"{what} / {other}: {wall / wall_other:.2f}, processors {cpu / cpu_other:.2f}"


def run(server, items, rounds, directory):
    program = server.binary
    server.psql("postgres", "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
    server.build("source", "BENCH", 1, items, 1000)
    server.create("empty")
    server.migrate("empty")
    source, target = server.dsn("source"), server.dsn("target")
    meter = Meter(server)
    for number in range(rounds):
        lines, dump = f"{directory}/{number}.jsonl", f"{directory}/{number}.dump"
        meter.run("export", program, "export", lines, "--dsn", source)
        meter.run("pg_dump", "pg_dump", "-Fc", "-n", "planner", "-f", dump, source)
        server.create("target", "empty")
        told = json.loads(meter.run("import", program, "import", lines, "--json", "--dsn", target))
        meter.run("import again", program, "import", lines, "--json", "--dsn", target)
        server.create("target")
        meter.run("pg_restore", "pg_restore", "-1", "-d", target, dump)
        size = os.path.getsize(lines)
        os.remove(lines)
        os.remove(dump)
    print(f"{items} items, {told['lines']} rows, {size / 1e6:.0f} MB")
    for what, (wall, cpu) in meter.took.items():
        print(f"{what:18} {wall:7.2f} s, processors {cpu:6.2f} s, {told['lines'] / wall:8.0f} rows/s")
    print(meter.ratio("export", "pg_dump"))
    print(meter.ratio("import", "pg_restore"))


if __name__ == "__main__":
    run_alone(run)
