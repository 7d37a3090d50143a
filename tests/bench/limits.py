#!/usr/bin/env python3
"""How many processes one PostgreSQL carries: limits.py BINARY; see README.md.

Real processes of the program, each with a step to add below a task of its own, on a server of their
own whose commits wait for the disk; on connections of their own, then through pgBouncer in
transaction mode, with --keeps through another pgBouncer that keeps prepared statements, too. Prints
changes per second while all are at it, the time of a call, and the memory that nobody else shares of a
process and of a backend.
"""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import selectors
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))

from servers import Bouncer, Postgres  # noqa: E402  (the servers of the tests)
from stores import Program  # noqa: E402

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {},
         "clientInfo": {"name": "bench", "version": "1"}}
POOL = 20  # server connections of the pooler


def private_kb(pid):
    """Memory of a process that no other has."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        rows = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(row.split()[1]) for row in rows if row.startswith("Private_"))
    return 0


class Client:
    """One process; asked without waiting for its answer."""

    def __init__(self, binary, dsn, number, task):
        self.task, self.count, self.sent = task, 0, 0.0
        self.process = subprocess.Popen(
            [binary, "serve", "--dsn", dsn, "--agent", f"agent-{number}", "--database-wait", "60s"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.write("initialize", HELLO)
        self.process.stdout.readline()
        self.process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def write(self, method, params):
        self.count += 1
        line = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        self.sent = time.perf_counter()

    def create(self):
        self.write("tools/call", {"name": "create_step", "arguments": {
            "task": self.task, "title": f"A step, number {self.count}"}})

    def read(self):
        """How long it took, and whether it was done."""
        line = self.process.stdout.readline()
        took = time.perf_counter() - self.sent
        return took, b'"isError":true' not in line and b'"result"' in line

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()


def run(clients, seconds):
    """Every client creates one step after the other. Times, refusals, seconds."""
    took, refused = [], 0
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.process.stdout, selectors.EVENT_READ, client)
            client.create()
        start, waiting = time.perf_counter(), len(clients)
        while waiting:
            for key, _ in selector.select():
                time_of_call, done = key.data.read()
                took.append(time_of_call)
                refused += not done
                waiting -= 1
                if time.perf_counter() - start < seconds:
                    key.data.create()
                    waiting += 1
        return took, refused, time.perf_counter() - start


def backends(server):
    out = subprocess.run(["psql", "-qXAt", "-d", server.dsn, "-c", "SELECT pid FROM pg_stat_activity "
                          "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"],
                         check=True, capture_output=True, text=True).stdout
    return [int(pid) for pid in out.split()]


def prepare(binary, server, clients):
    """A project with a task for each client."""
    subprocess.run([binary, "migrate", "up", "--dsn", server.dsn], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    program = Program(binary, server.dsn)
    keys = []
    for project in range((clients + 99) // 100):
        program.call("create_project", {"name": f"Limit {project}", "slug": f"L{project}",
                                        "description": "For a measurement"})
        made = program.call("define_tasks", {"parent": f"L{project}", "tasks": [
            {"title": f"Task {i}"} for i in range(100)]})
        keys += [item["key"] for item in made["items"]]
    program.close()
    return keys


def pooler(home, server, counts, **settings):
    return Bouncer(home, server, pool_size=POOL, max_client_conn=max(counts) + 50,
                   server_idle_timeout=3600, **settings).start()


def line(server, how, count, clients, seconds):
    run(clients, 0)  # connected, and plans are made
    took, refused, took_all = run(clients, seconds)
    pids = backends(server)
    took.sort()
    mine = [private_kb(client.process.pid) for client in clients[:50]]
    theirs = [private_kb(pid) for pid in pids[:50]]
    print(f"{how:9} {count:9} {len(pids):9} {len(took) / took_all:11.0f} "
          f"{statistics.median(took) * 1e3:9.1f} {took[int(len(took) * 0.99)] * 1e3:9.1f} "
          f"{refused:8} {statistics.median(mine):9.0f} {statistics.median(theirs or [0]):9.0f}",
          flush=True)
    return refused


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--clients", default="1,8,50,200,1000")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--keeps", metavar="PGBOUNCER", help="a pgBouncer, 1.21 or newer")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    counts = [int(n) for n in options.clients.split(",")]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 65536)), hard))
    place = tempfile.mkdtemp(prefix="planner-limits.")
    os.chmod(place, 0o755)
    server, refused, ways = Postgres(f"{place}/pg"), 0, []
    try:
        server.initialise().start(fsync="on", max_connections=max(counts) + 50, jit="off")
        keys = prepare(binary, server, max(counts))
        ways = [("direct", server), ("pgBouncer", pooler(f"{place}/bouncer", server, counts))]
        if options.keeps:
            ways.append(("keeps", pooler(f"{place}/keeps", server, counts, program=options.keeps,
                                         kept=200)))
        print(f"{'way':9} {'processes':>9} {'backends':>9} {'changes/s':>11} {'p50 ms':>9} "
              f"{'p99 ms':>9} {'refused':>8} {'kB each':>9} {'kB a bknd':>9}", flush=True)
        for count in counts:
            for how, through in ways:
                dsn = server.dsn if through is server else through.url("?pgbouncer=true")
                clients = []
                try:
                    for number in range(count):
                        clients.append(Client(binary, dsn, number, keys[number]))
                    refused += line(server, how, count, clients, options.seconds)
                finally:
                    for client in clients:
                        client.close()
    finally:
        for _, running in reversed(ways):
            running.stop()
        server.stop()
        server.stop()
        shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
