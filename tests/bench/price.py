"""What counting, logs, slow-statement and traces cost a call: ratios of medians, all in one run.

    price.py BINARY [CALLS [WITHOUT]]

One server for each way of running, side by side on one private cluster; each creates a step in turn, in
an order that changes every time, so that all of them meet the same machine. WITHOUT is another build to
compare with, such as one whose serve.c gives no meter to mcp_config. The first line is what the
others are divided by. Beside the time there is the processor time of the program and of its database
session, which means something on a busy machine, too.
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


class Way:
    def __init__(self, name, binary, directory, *more, meta=None):
        self.name, self.meta, self.times, self.last = name, meta, [], 0
        self.process = subprocess.Popen([binary, "serve", "--data-dir", directory,
                                         "--application-name", name, *more], bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.out = self.process.stdout
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                "clientInfo": {"name": "price", "version": "1"}})

    def ask(self, method, params):
        self.last += 1
        line = json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        began = time.perf_counter()
        self.process.stdin.write(line.encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += os.read(self.out.fileno(), 1 << 16)
        took = time.perf_counter() - began
        assert b'"result"' in answer and b"isError" not in answer, answer
        return took

    def cpu(self):
        """Microseconds of processor time so far: of the program, of its session."""
        found = []
        for pid in (self.process.pid, self.session):
            with open(f"/proc/{pid}/schedstat") as file:
                found.append(int(file.read().split()[0]) / 1000)
        return found

    def call(self, tool, **arguments):
        params = {"name": tool, "arguments": arguments}
        if self.meta:
            params["_meta"] = self.meta
        return self.ask("tools/call", params)


def main():
    binary = sys.argv[1]
    calls = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    directory = tempfile.mkdtemp(prefix="planner-price.")
    os.chmod(directory, 0o711)
    data = directory + "/data"
    ways = [Way("nothing beside", binary, data)]
    if len(sys.argv) > 3:
        ways.insert(0, Way("another build", sys.argv[3], data))
    ways += [Way("log-level info, json", binary, data, "--log-level", "info", "--log-format", "json"),
             Way("log-level debug, json", binary, data, "--log-level", "debug", "--log-format", "json"),
             Way("slow-statement 10min", binary, data, "--slow-statement", "10min"),
             Way("traceparent", binary, data, meta=TRACE)]
    for i, way in enumerate(ways):
        way.call("create_project", name=way.name, description="d", slug=f"WAY{i}")
        way.call("create_task", parent=f"WAY{i}", title="t")
        way.parent = f"WAY{i}-1"
    status = subprocess.run([binary, "status", "--json", "--data-dir", data], capture_output=True)
    sql = "SELECT application_name || '=' || pid FROM pg_stat_activity"
    sessions = dict(line.rsplit("=", 1) for line in subprocess.run(
        ["psql", "-XAt", json.loads(status.stdout)["connection"], "-c", sql],
        capture_output=True, text=True, check=True).stdout.splitlines() if "=" in line)
    for way in ways:
        way.session = sessions[way.name]
    for n in range(calls + 50):
        for way in random.sample(ways, len(ways)):
            took = way.call("create_step", task=way.parent, title=f"step {n}")
            if n == 49:  # warm
                way.before = way.cpu()
            if n >= 50:
                way.times.append(took)
    for way in ways:
        # Each call against the one of the first way in the same turn: what disturbs one, disturbs all.
        pairs = [a / b for a, b in zip(way.times, ways[0].times)]
        way.used = [(now - then) / calls for now, then in zip(way.cpu(), way.before)]
        print(f"{way.name:22} p50 {statistics.median(way.times) * 1e6:6.0f} us, ratio "
              f"{statistics.median(way.times) / statistics.median(ways[0].times):.3f}, in pairs "
              f"{statistics.median(pairs):.3f}   cpu {way.used[0]:5.0f} + {way.used[1]:5.0f} us, ratio "
              f"{sum(way.used) / sum(ways[0].used):.3f}")
    for way in ways:
        way.process.stdin.close()
        way.process.wait()
    subprocess.run([binary, "stop", "--data-dir", data], stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["rm", "-r", directory], check=True)


if __name__ == "__main__":
    main()
