#!/usr/bin/env python3
"""What backup, restore and drill take, beside pg_dump and pg_restore alone, in one run.

    backup.py BINARY [--items 100000] [--server CONNINFO]

A store by store.sql; each is done --rounds times in turn and the median told. See docs/BACKUP.md.
"""
import json
import os
import statistics
import subprocess
import time

from stores import run_alone


def timed(*words):
    began = time.monotonic()
    done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{words[:3]}: {done.stdout}{done.stderr}")
    return time.monotonic() - began, done.stdout


def run(server, items, rounds, directory):
    program, dump, plain = server.binary, f"{directory}/ours.dump", f"{directory}/plain.dump"
    server.build("source", "BENCH", 1, items, 1000)
    source, target = server.dsn("source"), server.dsn("target")
    took = {}

    def note(what, seconds):
        took.setdefault(what, []).append(seconds)

    for _ in range(rounds):
        note("pg_dump", timed("pg_dump", "-Fc", "-n", "planner", "-f", plain, source)[0])
        seconds, told = timed(program, "backup", dump, "--force", "--json", "--dsn", source)
        note("backup", seconds)
        server.create("target")
        note("pg_restore", timed("pg_restore", "-1", "-d", target, plain)[0])
        server.create("target")
        note("restore", timed(program, "restore", dump, "--dsn", target)[0])
        note("restore --replace", timed(program, "restore", dump, "--replace", "--yes", "--dsn", target)[0])
        seconds, drill = timed(program, "restore", dump, "--drill", "--json")
        note("restore --drill", seconds)
        print("drill", json.loads(drill)["milliseconds"], flush=True)
    told = json.loads(told)
    size = int(server.psql("source", "SELECT pg_database_size(current_database())"))
    print(f"{items} items, {told['rows']} rows, {size / 1e6:.0f} MB on the server, "
          f"{told['bytes'] / 1e6:.1f} MB backup, {os.path.getsize(plain) / 1e6:.1f} MB pg_dump")
    for what, seconds in took.items():
        print(f"{what:18} {statistics.median(seconds):6.2f} s")


if __name__ == "__main__":
    run_alone(run)
