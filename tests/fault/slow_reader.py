"""A client that sends and does not read: memory stays bounded, and nothing is lost when it does.

The figures are the process's memory above what it had when idle, now and at most. The bounds are
those of the parts: 16 MiB of answers, 16 MiB of calls, a frame of 4 MiB in a buffer of up to twice
its size, the call that runs, and what malloc loses.
"""
import json
import os
import pathlib
import re
import select
import time

from durability import main, need

MIB = 1024 * 1024
REQUESTS = 100_000
OUTLET_CAP = 16 * MIB
CALLS_CAP = 16 * MIB
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}}


def memory(server):
    """(now, highest) of the process, in bytes: the memory that is its own, and all of it."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    values = dict(re.findall(r"^(\w+):\s+(\d+) kB", status, re.MULTILINE))
    return int(values["RssAnon"]) * 1024, int(values["VmHWM"]) * 1024


class Deaf:
    """A client that writes as much as is taken and reads when it is told to."""

    def __init__(self, place):
        self.server = place.serve()
        self.server.good("create_project", name="Deaf", description="A client that does not read")
        self.base, self.base_high = memory(self.server)
        self.lines, self.rest = 0, b""

    def flood(self, messages, silence):
        """Write until nothing was taken for that many seconds; how many bytes were left over."""
        self.left = memoryview(b"".join(json.dumps(m).encode() + b"\n" for m in messages))
        size, last = len(self.left), time.monotonic()
        while len(self.left) and time.monotonic() < last + silence:
            if self.write(0.1):
                last = time.monotonic()
        return size - len(self.left)

    def write(self, seconds):
        into = self.server.process.stdin.fileno()
        if len(self.left) == 0 or not select.select([], [into], [], seconds)[1]:
            return False
        self.left = self.left[os.write(into, self.left[:MIB]):]
        return True

    def frames(self, count):
        """That many answers, writing on meanwhile."""
        out = self.server.process.stdout.fileno()
        deadline = time.monotonic() + 300
        while count > 0:
            need(time.monotonic() < deadline, f"{count} answers are missing")
            self.write(0)
            if not select.select([out], [], [], 0.1)[0]:
                continue
            data = os.read(out, MIB)
            need(data, f"the server ended without {count} answers")
            *lines, self.rest = (self.rest + data).split(b"\n")
            for line in lines:
                count -= 1
                yield line

    def grown(self):
        """How much more memory it has than at the start: now, and at most since."""
        now, high = memory(self.server)
        return now - self.base, high - self.base_high

    def end(self, place):
        self.server.output = b""
        place.end(self.server)


def check_bounds(place, deaf, what, taken, bound):
    now, high = deaf.grown()
    place.note(f"{what}: {taken / MIB:.1f} MiB taken, memory +{now / MIB:.1f} MiB"
               f" (at most +{high / MIB:.1f})")
    need(high < bound, f"{what}: {high / MIB:.1f} MiB more than at the start")


def answers_that_nobody_reads_are_bounded(place):
    """100,000 pings whose answers have 100 MB together."""
    deaf = Deaf(place)
    pad = "x" * 1000
    taken = deaf.flood(({"jsonrpc": "2.0", "id": f"{n} {pad}", "method": "ping"}
                        for n in range(REQUESTS)), silence=2)
    check_bounds(place, deaf, "pings", taken, OUTLET_CAP + 8 * MIB)
    need(OUTLET_CAP * 0.9 < taken < OUTLET_CAP * 1.2, "it reads on")
    for n, line in enumerate(deaf.frames(REQUESTS)):
        need(line.startswith(b'{"jsonrpc":"2.0","id":"%d x' % n), f"answer {n} is {line[:60]!r}")
    time.sleep(0.2)
    need(deaf.grown()[0] < 4 * MIB, f"{deaf.grown()[0] / MIB:.1f} MiB are not given back")
    deaf.end(place)


def large_answers_that_nobody_reads_are_bounded(place):
    """100,000 lists of tools are several gigabytes."""
    deaf = Deaf(place)
    taken = deaf.flood(({"jsonrpc": "2.0", "id": n, "method": "tools/list"}
                        for n in range(REQUESTS)), silence=2)
    check_bounds(place, deaf, "lists", taken, OUTLET_CAP + 8 * MIB)
    for n, line in enumerate(deaf.frames(2000)):
        need(line.startswith(b'{"jsonrpc":"2.0","id":%d,' % n), f"answer {n} is {line[:60]!r}")
    check_bounds(place, deaf, "after 2000 of them", taken, OUTLET_CAP + 8 * MIB)
    deaf.server.kill()
    place.servers.remove(deaf.server)


def calls_that_nobody_reads_are_bounded(place):
    """They come faster than they run, and run until their answers are too many."""
    deaf = Deaf(place)
    calls = ({"jsonrpc": "2.0", "id": n, "method": "tools/call",
              "params": {"name": "list_projects", "arguments": {"query": f"nothing {n}"}}}
             for n in range(REQUESTS))
    taken = deaf.flood(calls, silence=2)
    check_bounds(place, deaf, "calls", taken, OUTLET_CAP + 2 * CALLS_CAP)
    deaf.server.kill()
    place.servers.remove(deaf.server)


def large_calls_that_nobody_reads_are_bounded(place):
    """15 MB of calls that talk while they run: what they say is dropped while nobody reads."""
    deaf = Deaf(place)
    tasks = [{"title": f"t{n}"} for n in range(2000)]
    calls = ({"jsonrpc": "2.0", "id": n, "method": "tools/call",
              "params": {"name": "define_tasks",
                         "_meta": {**META, "progressToken": n,
                                   "io.modelcontextprotocol/logLevel": "debug"},
                         "arguments": {"parent": "NONE" if n % 2 else "DEAF", "tasks": tasks}}}
             for n in range(400))
    taken = deaf.flood(calls, silence=3)
    check_bounds(place, deaf, "large calls", taken, OUTLET_CAP + 2 * CALLS_CAP)
    deaf.server.kill()
    place.servers.remove(deaf.server)


def changes_are_told_when_there_is_room_again(place):
    """A subscriber that is behind: another process's changes cost it nothing, and it hears of them."""
    deaf = Deaf(place)
    uri = "planner://projects/DEAF"
    deaf.server.post("subscriptions/listen",
                     {"notifications": {"resourceSubscriptions": [uri]}, "_meta": META})
    deadline = time.monotonic() + 20
    while not deaf.server.notes and time.monotonic() < deadline:
        deaf.server.turn(1)
    need(deaf.server.notes, "no acknowledgement")
    writer = place.serve()
    pad = "x" * 1000
    taken = deaf.flood(({"jsonrpc": "2.0", "id": f"{n} {pad}", "method": "ping"}
                        for n in range(30000)), silence=2)
    for n in range(300):
        writer.good("create_task", parent="DEAF", title=f"t{n}")
    check_bounds(place, deaf, "pings and 300 changes", taken, OUTLET_CAP + 8 * MIB)
    pongs, told = 0, 0
    for line in deaf.frames(10 ** 9):
        if line.startswith(b'{"jsonrpc":"2.0","id":"%d x' % pongs):
            pongs += 1
        else:
            frame = json.loads(line)
            need(frame.get("method") == "notifications/resources/updated", f"{line[:100]!r}")
            need(frame["params"]["uri"] == uri, f"{frame}")
            told += 1
        if pongs == 30000 and told > 0:
            break
    place.note(f"told {told} times")
    deaf.end(place)


def a_closed_output_loses_no_commit(place):
    """What was answered is stored, what was not is stored wholly or not at all; it ends with 0."""
    for attempt in range(5):
        server = place.serve()
        slug = f"GONE{attempt}"
        server.good("create_project", name="Gone", description="Host", slug=slug)
        flying = {server.call("create_task", parent=slug, title=f"t{n}"): f"t{n}"
                  for n in range(200)}
        server.flush()
        while len(server.answers) < 20:
            server.turn(1)
        server.process.stdout.close()
        need(server.process.wait(timeout=20) == 0, f"it ended with {server.process.returncode}")
        place.servers.remove(server)
        beside = place.serve()
        beside.good("list_projects")
        stored = set(place.titles(slug).values())
        lost = [title for n, title in flying.items() if n in server.answers and title not in stored]
        need(not lost, f"answered but not stored: {lost}")
        place.check_store(slug)
        place.end(beside)
        place.note(f"{len(stored)} stored")


if __name__ == "__main__":
    main(answers_that_nobody_reads_are_bounded, large_answers_that_nobody_reads_are_bounded,
         calls_that_nobody_reads_are_bounded, large_calls_that_nobody_reads_are_bounded,
         changes_are_told_when_there_is_room_again, a_closed_output_loses_no_commit)
