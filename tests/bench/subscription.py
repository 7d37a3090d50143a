#!/usr/bin/env python3
"""How long a change in one process takes to reach a subscriber in another: subscription.py BINARY

Both talk to one private cluster in a directory of their own. Told are, in milliseconds: from
sending the change to its answer, from that answer to the notification, and from sending to the
notification; once with subscriptions/listen, once with resources/subscribe.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

CHANGES = 300
PAUSE = 0.02  # seconds: as agents do, one change after the other
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}}


class Server:
    def __init__(self, binary, data):
        self.process = subprocess.Popen([binary, "serve", "--data-dir", data],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.next = 0

    def send(self, method, params, asks=True):
        self.next += 1
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if asks:
            message["id"] = f"r{self.next}"
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        return json.loads(self.process.stdout.readline())

    def call(self, name, arguments):
        self.send("tools/call", {"name": name, "arguments": arguments, "_meta": META})
        answer = self.read()
        assert not answer["result"].get("isError"), answer
        return answer["result"]["structuredContent"]

    def close(self):
        self.process.stdin.close()
        while self.process.stdout.readline():
            pass
        self.process.wait()


def listen(server, uri):
    server.send("subscriptions/listen", {"notifications": {"resourceSubscriptions": [uri]},
                                         "_meta": META})
    assert server.read()["method"] == "notifications/subscriptions/acknowledged"


def subscribe(server, uri):
    server.send("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                               "clientInfo": {"name": "bench", "version": "1"}})
    server.read()
    server.send("resources/subscribe", {"uri": uri})
    assert server.read()["result"] == {}


def until_updated(server):
    while server.read().get("method") != "notifications/resources/updated":
        pass
    return time.perf_counter()


def warm(writer, reader, task):
    """The feed connects after the acknowledgement: wait until a change is heard."""
    writer.call("create_step", {"task": task, "title": "warm"})
    until_updated(reader)
    time.sleep(0.3)


def measure(writer, reader, task):
    times = {"answer": [], "heard after the answer": [], "heard": []}
    for i in range(CHANGES):
        sent = time.perf_counter()
        writer.call("create_step", {"task": task, "title": f"step {i}"})
        answered = time.perf_counter()
        heard = until_updated(reader)
        times["answer"].append(answered - sent)
        times["heard after the answer"].append(max(0.0, heard - answered))
        times["heard"].append(heard - sent)
        time.sleep(PAUSE)
    return times


def tell(title, times):
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=100)
        print(f"{title:22} {name:24} p50 {statistics.median(values) * 1e3:7.2f}"
              f"  p95 {cuts[94] * 1e3:7.2f}  max {max(values) * 1e3:7.2f} ms")


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o711)
        data = os.path.join(work, "data")
        writer = Server(binary, data)
        project = writer.call("create_project", {"name": "Bench", "description": "Measured."})
        slug = project["slug"]
        task = writer.call("create_task", {"parent": slug, "title": "All"})["key"]
        for title, begin in (("subscriptions/listen", listen), ("resources/subscribe", subscribe)):
            reader = Server(binary, data)
            begin(reader, f"planner://projects/{slug}/outline")
            warm(writer, reader, task)
            tell(title, measure(writer, reader, task))
            reader.close()
        writer.close()
        subprocess.run([binary, "stop", "--data-dir", data], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
