"""Shared by durability_*.py: servers driven in a pipeline, what keeps their database, and checks.

A scenario is a function that takes a Place and raises Wrong; main() runs the given ones, each in a
directory of its own, and prints the closing line.
"""
import collections
import functools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import shapes

FULL = os.environ.get("FULL", "0") not in ("", "0")
ANSWER_SECONDS = 90


class Wrong(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Wrong(what)


class Answer:
    """The answer to one call."""

    def __init__(self, frame):
        self.frame = frame
        result = frame.get("result", {})
        self.failed = "error" in frame or result.get("isError") is True
        self.text = (result["content"][0]["text"] if result.get("content")
                     else frame.get("error", {}).get("message", ""))
        self.data = result.get("structuredContent", {})


@functools.cache
def schemas_of(binary):
    return shapes.learn(binary)


class Server:
    """One process of the program. Calls are numbered; answers are kept by number."""

    def __init__(self, binary, arguments):
        self.process = subprocess.Popen([binary, "serve", "--log-level", "error", *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(self.process.stdin.fileno(), False)
        self.input, self.output = b"", b""
        self.answers, self.last, self.ended = {}, 0, False
        self.notes = []  # notifications
        self.listener = shapes.Listener(schemas_of(binary))
        self.post("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                 "clientInfo": {"name": "durable", "version": "1"}})
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.output += data + b"\n"
        self.listener.sent(data)

    def post(self, method, params):
        self.last += 1
        self.write({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        return self.last

    def call(self, tool, **arguments):
        return self.post("tools/call", {"name": tool, "arguments": arguments})

    def flush(self):
        """Everything is in the pipe."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.output:
            need(time.monotonic() < deadline, "the server does not read")
            self.turn(1)

    def turn(self, seconds):
        """Write and read what can be, once."""
        out = [self.process.stdin] if self.output else []
        readable, writable, _ = select.select([self.process.stdout], out, [], seconds)
        if writable:
            try:
                self.output = self.output[os.write(self.process.stdin.fileno(), self.output):]
            except BrokenPipeError:
                self.output, self.ended = b"", True
        if readable:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            self.ended = self.ended or not data
            *lines, self.input = (self.input + data).split(b"\n")
            for line in lines:
                frame = json.loads(line)
                if "method" in frame:
                    self.notes.append(frame)
                    continue
                need(frame.get("id") not in self.answers, f"answered twice: {line[:200]}")
                self.hold(frame)
                self.answers[frame.get("id")] = Answer(frame)

    def hold(self, frame):
        """Every answer has the shape that the tool promises."""
        try:
            self.listener.heard(frame)
        except shapes.Failure as failure:
            raise Wrong(str(failure)) from None

    def wait(self, number, seconds=ANSWER_SECONDS):
        deadline = time.monotonic() + seconds
        while number not in self.answers:
            left = deadline - time.monotonic()
            need(left > 0, f"call {number} is not answered within {seconds} s")
            need(not self.ended, f"the server ended ({self.process.poll()}) without answer {number}")
            self.turn(left)
        return self.answers[number]

    def good(self, tool, **arguments):
        answer = self.wait(self.call(tool, **arguments))
        need(not answer.failed, f"{tool}: {answer.text}")
        return answer

    def close(self):
        """The end of its input: it answers what it read and ends with 0."""
        self.flush()
        self.process.stdin.close()
        self.output = b""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self.ended:
            need(time.monotonic() < deadline, "the server does not end")
            self.turn(1)
        need(self.process.wait() == 0, f"the server ended with {self.process.returncode}")

    def kill(self):
        self.process.kill()
        self.process.wait()


def turn_all(servers, seconds):
    """Write to and read from all of them, once."""
    wanted = [s for s in servers if not s.ended]
    select.select([s.process.stdout for s in wanted],
                  [s.process.stdin for s in wanted if s.output], [], seconds)
    for server in wanted:
        server.turn(0)


def wait_all(servers, seconds=ANSWER_SECONDS):
    """Every call of every server is answered."""
    deadline = time.monotonic() + seconds
    while any(len(s.answers) < s.last for s in servers):
        need(time.monotonic() < deadline,
             f"unanswered after {seconds} s: {[s.last - len(s.answers) for s in servers]}")
        for s in servers:
            need(not s.ended or len(s.answers) == s.last, "a server ended without answering")
        turn_all(servers, 1)


# ------------------------------------------------------------------ processes


def is_gone(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] == "Z"


def slay(pids):
    """kill -9, and wait until they are gone."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    deadline = time.monotonic() + 10
    while not all(is_gone(pid) for pid in pids):
        need(time.monotonic() < deadline, "a killed process stays")
        time.sleep(0.01)


def find_processes(text):
    """Living processes whose command line holds the text (arguments separated by blanks)."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and not is_gone(entry.name):
            found.append(int(entry.name))
    return found


# ------------------------------------------------------------------ places


class Place:
    """A directory, the servers on its private database, and what can be asked beside them."""

    def __init__(self, binary, directory):
        self.binary, self.directory = binary, directory
        self.data = f"{directory}/data"
        self.servers, self.notes = [], []

    def command(self, *arguments, check=False):
        return subprocess.run([self.binary, *arguments], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=check, timeout=120)

    def serve(self, *arguments):
        server = Server(self.binary, arguments or ["--data-dir", self.data])
        self.servers.append(server)
        return server

    def end(self, server):
        server.close()
        self.servers.remove(server)

    def keepers(self):
        return find_processes(f" keeper {self.data} ")

    def postmasters(self):
        return find_processes(f"/postgres -D {self.data}/pg ")

    def connection(self):
        status = self.command("status", "--json", "--data-dir", self.data)
        return json.loads(status.stdout)["connection"]

    def sql(self, statement, connection=None):
        done = subprocess.run(["psql", "-XAtqc", statement, connection or self.connection()],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        need(done.returncode == 0, f"psql: {done.stderr}")
        return done.stdout.strip()

    def rows(self, statement, connection=None):
        text = self.sql(statement, connection)
        return [line.split("|") for line in text.split("\n")] if text else []

    def check_store(self, slug, connection=None):
        """Nothing is half-done: numbers, roll-ups and the audit agree with the items."""
        def none(what, statement):
            found = self.rows(statement.replace("$slug", f"'{slug}'"), connection)
            need(not found, f"{what}: {found[:5]}")

        none("roll-ups differ", "SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c"
             " WHERE p.slug = $slug")
        none("items without a 'created' row", "SELECT i.id, i.title FROM planner.items i"
             " JOIN planner.projects p ON p.id = i.project_id WHERE p.slug = $slug"
             " AND NOT EXISTS (SELECT FROM planner.audit a WHERE a.project_id = i.project_id"
             " AND a.entity_id = i.id AND a.action = 'created')")
        none("'created' rows without an item", "SELECT a.entity_id FROM planner.audit a"
             " JOIN planner.projects p ON p.id = a.project_id WHERE p.slug = $slug"
             " AND a.action = 'created' AND NOT EXISTS (SELECT FROM planner.items i"
             " WHERE i.project_id = a.project_id AND i.id = a.entity_id)")
        none("numbers with a gap or double", "SELECT n, number FROM (SELECT i.number,"
             " row_number() OVER (ORDER BY i.number) AS n FROM planner.items i"
             " JOIN planner.projects p ON p.id = i.project_id WHERE p.slug = $slug"
             " AND i.kind <> 'project') x WHERE n <> number")

    def titles(self, slug, connection=None):
        """Title by key of everything stored in a project."""
        return dict(self.rows(
            "SELECT p.slug || '-' || i.number, i.title FROM planner.items i"
            " JOIN planner.projects p ON p.id = i.project_id"
            f" WHERE p.slug = '{slug}' AND i.kind <> 'project'", connection))

    def note(self, text):
        self.notes.append(text)

    def clean_up(self):
        for server in self.servers:
            server.kill()
        if os.path.exists(self.data):
            self.command("stop", "--data-dir", self.data)
        shutil.rmtree(self.directory, ignore_errors=True)


# ------------------------------------------------------------------ the fate of a call

UNCHANGED = re.compile(r"nothing was changed")
STORED = re.compile(r"it was stored: read it again")
UNKNOWN = re.compile(r"tells whether it was stored|same request_id: it is done once")


def fate(answer):
    """stored, unchanged or unknown: what the answer says about its write."""
    if not answer.failed or STORED.search(answer.text):
        return "stored"
    if UNKNOWN.search(answer.text):
        return "unknown"
    need(UNCHANGED.search(answer.text), f"the answer tells no fate: {answer.text}")
    return "unchanged"


def check_fates(calls, titles):
    """calls: (title, Answer). What the answers said is what the store holds."""
    stored = collections.Counter(titles.values())
    tally = collections.Counter()
    for title, answer in calls:
        said = fate(answer)
        tally[said] += 1
        if said == "stored":
            need(stored[title] == 1, f"acknowledged but {stored[title]} times there: {title}")
        if said == "unchanged":
            need(stored[title] == 0, f"said to be unchanged, but there: {title}")
        need(stored[title] <= 1, f"stored twice: {title}")
        if not answer.failed:
            need(titles.get(answer.data["key"]) == title, f"{answer.data['key']} is not {title}")
    return tally


# ------------------------------------------------------------------ the run


def play(scenario, binary):
    directory = tempfile.mkdtemp(prefix="planner-durable.")
    os.chmod(directory, 0o711)  # the account that runs PostgreSQL has to get through
    place = Place(binary, directory)
    start = time.monotonic()
    try:
        scenario(place)
        return True
    except Wrong as wrong:
        where = traceback.extract_tb(wrong.__traceback__)
        line = next((f.lineno for f in reversed(where) if f.name == scenario.__name__), where[-1].lineno)
        print(f"FAILED {scenario.__name__}, line {line}: {wrong}")
        return False
    finally:
        place.clean_up()
        print(f"{scenario.__name__}: {'; '.join([*place.notes, ''])}"
              f"{time.monotonic() - start:.1f} s", flush=True)


def main(*scenarios):
    binary = os.path.abspath(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a time limit cleans up as well
    for name in list(os.environ):
        if re.match(r"(PLANNER_|PG|DATABASE_|SUPABASE_)", name) and name != "PLANNER_PG_BINDIR":
            del os.environ[name]
    results = [play(scenario, binary) for scenario in scenarios]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)
