#!/usr/bin/env python3
"""Play transcripts against the program: run.py [--dsn DSN] BINARY [FILE...], or run.py --self-test

With --dsn they are played on that database. A transcript is a conversation with one server process (more when it asks for them), whose data
directory is PLANNER_DATA_DIR, or a fresh one for the run. Lines:

    # text           a comment; the first one of a paragraph names it. A paragraph is one test
    > JSON           sent, as written but for bound names
    >x HEX           sent as these bytes (and a newline)
    >pad N           sent as a line of N bytes
    >- TEXT          sent without a newline
    >many N JSON     sent N times, without waiting for room; $i is 0 to N-1
    >batch N JSON    sent as one batch of N
    < JSON           expected as the next line of the answer, compared as JSON
    <many N JSON     expected N times
    <batch N JSON    expected as one batch of N
    <id JSON         expected as the id of a result, byte for byte
    <* JSON          expected among the next lines: answers to calls that overtake each other
    ! close          close the input; what is expected may follow
    ! eof            close the input; the server has to end with 0 and without another word
    ! deaf           close the output: nobody reads any more
    ! pause MS       nothing is read for that long
    ! ended          the server has to have ended with 0 by itself, within 5 seconds
    ! quiet MS       nothing is answered for that long
    ! signal NAME    send TERM or INT; the server has to end with 0 within a second, saying no more
    ! stop NAME      the same, whatever it still says
    ! options ARGS   start the server with these arguments (again, when it runs)
    ! server NAME ARGS   start another one; its lines begin with NAME, as in "bob> {...}"

In what is expected, the string "$_" matches anything; "$name" binds on first sight and has to be
equal from then on; within a longer string, $name and $_ match a part of it ($$ is a dollar).
{"...": true} lets an object have more members, and "..." at the end of an array more elements.
In what is sent, "$name" stands for what was bound, $padN for N letters, $digitsN for N digits,
$openN and $closeN for N brackets of lists, $membersN and $zerosN for N members and elements.

Every answer to tools/call is also held against the tool's outputSchema and the 40 KB limit.
"""
import collections
import glob
import json
import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from shapes import Failure, Listener, learn, validate

ANSWER_SECONDS = 60  # the first call may have to initialise the database
LINE = re.compile(r"(\w*)(>x|>pad|>-|>many|>batch|>|<\*|<many|<batch|<id|<|!)(?: (.*))?$")
NAME = re.compile(r"\$\$|\$(\w+)")
FILL = re.compile(r"(pad|digits|open|close|zeros|members)(\d+)$")
FILLERS = {
    "pad": lambda n: "a" * n, "digits": lambda n: "7" * n, "open": lambda n: "[" * n,
    "close": lambda n: "]" * n, "zeros": lambda n: ",".join(["0"] * n),
    "members": lambda n: ",".join(f'"m{i}":{i}' for i in range(n)),
}


# ------------------------------------------------------------------ comparing


def string_pattern(expected, bound):
    """The expected string as a pattern, and the names that it binds, in order."""
    pattern, names, at = "", [], 0
    for match in NAME.finditer(expected):
        pattern += re.escape(expected[at:match.start()])
        at, name = match.end(), match.group(1)
        if name is None:
            pattern += re.escape("$")
        elif name == "_":
            pattern += ".*?"
        elif name in bound:
            pattern += re.escape(str(bound[name]))
        elif name in names:
            pattern += f"(?P={name})"
        else:
            names.append(name)
            pattern += f"(?P<{name}>.+?)"
    return pattern + re.escape(expected[at:]), names


def match_string(expected, actual, bound, where):
    whole = NAME.fullmatch(expected)
    name = whole.group(1) if whole else None
    if name == "_":
        return
    if name is not None and name not in bound:
        bound[name] = actual
        return
    if name is not None:
        if type(bound[name]) is not type(actual) or bound[name] != actual:
            raise Failure(f"{where}: ${name} is {bound[name]!r}, got {actual!r}")
        return
    if not isinstance(actual, str):
        raise Failure(f"{where}: expected {expected!r}, got {actual!r}")
    pattern, names = string_pattern(expected, bound)
    match = re.fullmatch(pattern, actual, re.DOTALL)
    if match is None:
        raise Failure(f"{where}: expected {expected!r}, got {actual!r}")
    for name in names:
        bound[name] = match.group(name)


def match_object(expected, actual, bound, where):
    if not isinstance(actual, dict):
        raise Failure(f"{where}: expected an object, got {actual!r}")
    wanted = [name for name in expected if name != "..."]
    missing = [name for name in wanted if name not in actual]
    more = [name for name in actual if name not in expected]
    if missing:
        raise Failure(f"{where}: {missing} missing in {json.dumps(actual)}")
    if more and "..." not in expected:
        raise Failure(f"{where}: {more} not expected in {json.dumps(actual)}")
    for name in wanted:
        match(expected[name], actual[name], bound, f"{where}.{name}")


def match_array(expected, actual, bound, where):
    if not isinstance(actual, list):
        raise Failure(f"{where}: expected an array, got {actual!r}")
    is_open = bool(expected) and expected[-1] == "..."
    wanted = expected[:-1] if is_open else expected
    if len(actual) < len(wanted) or (len(actual) > len(wanted) and not is_open):
        raise Failure(f"{where}: expected {len(wanted)} elements, got {json.dumps(actual)}")
    for i, element in enumerate(wanted):
        match(element, actual[i], bound, f"{where}[{i}]")


def match(expected, actual, bound, where="answer"):
    if isinstance(expected, str):
        match_string(expected, actual, bound, where)
    elif isinstance(expected, dict):
        match_object(expected, actual, bound, where)
    elif isinstance(expected, list):
        match_array(expected, actual, bound, where)
    elif isinstance(expected, bool) != isinstance(actual, bool) or expected != actual:
        raise Failure(f"{where}: expected {expected!r}, got {actual!r}")


def substitute(text, bound):
    """Put bound names into a line that is sent; the rest of it stays byte for byte."""

    def whole(found):
        name = found.group(1)
        return json.dumps(bound[name]) if name in bound else found.group(0)

    def part(found):
        name = found.group(1)
        fill = FILL.match(name or "")
        if fill:
            return FILLERS[fill.group(1)](int(fill.group(2)))
        if name is None or name not in bound:
            return found.group(0)
        return json.dumps(str(bound[name]))[1:-1]

    return NAME.sub(part, re.sub(r'"\$(\w+)"', whole, text))


# ------------------------------------------------------------------ one server


class Server:
    def __init__(self, binary, arguments, schemas):
        self.process = subprocess.Popen(
            [binary, "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.listener = Listener(schemas)
        self.input = b""
        self.frames = collections.deque()
        self.writer = None  # the thread that sends many messages

    def send(self, data):
        try:
            self.process.stdin.write(data + b"\n")
        except BrokenPipeError:
            raise Failure("the server has gone") from None
        self.listener.sent(data)

    def send_many(self, count, text):
        """From a thread: the server reads no more than it can answer."""
        data = b"".join(text.replace("$i", str(i)).encode() + b"\n" for i in range(count))

        def write():
            try:
                sent = 0
                while sent < len(data):
                    sent += self.process.stdin.write(data[sent:])
            except BrokenPipeError:
                pass

        self.writer = threading.Thread(target=write, daemon=True)
        self.writer.start()

    def close_input(self):
        """Once everything is sent."""
        def close():
            if self.writer is not None:
                self.writer.join()
            self.process.stdin.close()

        threading.Thread(target=close, daemon=True).start()

    def read(self, seconds):
        """Move what arrives within that time to frames; False at the end of the output."""
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            return True
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        *lines, self.input = (self.input + data).split(b"\n")
        for line in lines:
            self.frames.append(line)
        return bool(data)

    def raw_frame(self, seconds=ANSWER_SECONDS):
        deadline = time.monotonic() + seconds
        while not self.frames:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f"no answer within {seconds} s")
            if not self.read(left) and not self.frames:
                raise Failure(f"the server has ended ({self.process.wait()}) without an answer")
        return self.frames.popleft()

    def frame(self):
        return self.checked(self.raw_frame())

    def checked(self, line):
        try:
            frame = json.loads(line.decode("utf-8"))
        except ValueError as error:
            raise Failure(f"the answer is no JSON ({error}): {line[:200]!r}") from None
        for message in frame if isinstance(frame, list) else [frame]:
            if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
                raise Failure(f"the answer is no message: {line[:200]!r}")
            if "id" in message and message["id"] is None:
                raise Failure("an answer must leave out an id that it does not know")
            self.check_result(message)
        return frame

    def check_result(self, message):
        if self.listener.heard(message):  # checked there, so no transcript has to
            message["result"]["structuredContent"].pop("says", None)

    def finish(self, seconds):
        """The server has to end with 0 by itself and say nothing more."""
        deadline = time.monotonic() + seconds
        while self.read(max(0, deadline - time.monotonic())):
            if time.monotonic() >= deadline:
                raise Failure(f"the server does not end within {seconds} s")
        code = self.process.wait()
        if self.frames or self.input:
            raise Failure(f"not expected: {[*self.frames, self.input][0][:300]!r}")
        if code != 0:
            raise Failure(f"the server ended with {code}")

    def close(self):
        self.close_input()
        self.finish(ANSWER_SECONDS)

    def ended(self, seconds):
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"the server does not end within {seconds} s") from None
        if code != 0:
            raise Failure(f"the server ended with {code}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# ------------------------------------------------------------------ one transcript


class Transcript:
    def __init__(self, binary, schemas, common):
        self.binary, self.schemas, self.common = binary, schemas, common
        self.servers, self.bound = {}, {}

    def server(self, name):
        if name not in self.servers:
            if name:
                raise Failure(f"no server {name}; start it with '! server {name}'")
            self.start("", [])
        return self.servers[name]

    def start(self, name, arguments):
        if name in self.servers:
            self.servers.pop(name).close()
        self.servers[name] = Server(self.binary, [*self.common, *arguments], self.schemas)

    def expect(self, server, text):
        match(json.loads(text), server.frame(), self.bound)

    def expect_among(self, server, text):
        """Leave the frames that are passed over where they are, for the lines that follow."""
        passed, expected, reasons = [], json.loads(text), []
        while True:
            try:
                frame = server.frame()
            except Failure as failure:
                raise Failure(f"{failure}; before: {'; '.join(reasons)}") from None
            bound = dict(self.bound)
            try:
                match(expected, frame, bound)
            except Failure as failure:
                reasons.append(str(failure))
                passed.append(json.dumps(frame).encode())
                continue
            self.bound.update(bound)
            server.frames.extendleft(reversed(passed))
            return

    def quiet(self, server, milliseconds):
        deadline = time.monotonic() + milliseconds / 1000
        while time.monotonic() < deadline and not server.frames:
            server.read(max(0, deadline - time.monotonic()))
        if server.frames:
            raise Failure(f"not expected: {server.frames[0][:300]!r}")

    def signal(self, server, name):
        server.process.send_signal(getattr(signal, "SIG" + name))
        server.finish(1)

    def directive(self, name, text):
        word, _, rest = text.partition(" ")
        if word == "options":
            self.start(name, shlex.split(rest))
        elif word == "server":
            other, *arguments = shlex.split(rest)
            self.start(other, arguments)
        elif word == "close":
            self.server(name).close_input()
        elif word == "deaf":
            self.server(name).process.stdout.close()
        elif word == "ended":
            self.servers.pop(name).ended(5)
        elif word == "eof":
            self.server(name).close()
            self.servers.pop(name)
        elif word == "quiet":
            self.quiet(self.server(name), int(rest))
        elif word == "pause":
            time.sleep(int(rest) / 1000)
        elif word == "stop":
            server = self.servers.pop(name)
            server.process.send_signal(getattr(signal, "SIG" + rest))
            server.ended(1)
        elif word == "signal":
            self.signal(self.servers.pop(name), rest)
        else:
            raise Failure(f"unknown directive: {word}")

    def line(self, text):
        parts = LINE.match(text)
        if parts is None:
            raise Failure(f"not understood: {text}")
        name, kind, rest = parts.group(1), parts.group(2), parts.group(3) or ""
        if kind == "!":
            self.directive(name, rest)
        elif kind == ">":
            self.server(name).send(substitute(rest, self.bound).encode())
        elif kind == ">x":
            self.server(name).send(bytes.fromhex(rest))
        elif kind == ">pad":
            self.server(name).send(b"a" * int(rest))
        elif kind == ">-":
            self.server(name).process.stdin.write(substitute(rest, self.bound).encode())
        elif kind == ">many":
            count, _, text = rest.partition(" ")
            self.server(name).send_many(int(count), substitute(text, self.bound))
        elif kind == "<many":
            count, _, text = rest.partition(" ")
            for i in range(int(count)):
                self.expect(self.server(name), text.replace("$i", str(i)))
        elif kind in (">batch", "<batch"):
            count, _, text = rest.partition(" ")
            batch = "[" + ",".join(text.replace("$i", str(i)) for i in range(int(count))) + "]"
            if kind == ">batch":
                self.server(name).send(batch.encode())
            else:
                self.expect(self.server(name), batch)
        elif kind == "<id":
            start = b'{"jsonrpc":"2.0","id":' + substitute(rest, self.bound).encode() + b',"result":'
            frame = self.server(name).raw_frame()
            if not frame.startswith(start):
                raise Failure(f"expected {start[:60]}..., got {frame[:300]}")
        elif kind == "<*":
            self.expect_among(self.server(name), rest)
        else:
            self.expect(self.server(name), rest)

    def drain(self):
        """After a failure: what else was answered belongs to the paragraph that failed."""
        for server in self.servers.values():
            if server.process.stdout.closed:
                continue
            while server.read(0.3) and (server.frames or server.input):
                server.frames.clear()

    def close(self):
        for name in list(self.servers):
            self.servers.pop(name).close()

    def kill(self):
        for server in self.servers.values():
            server.kill()


def paragraphs(path):
    """(name, [(number, line)]) of every paragraph that does something."""
    name, lines = None, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate([*file.read().split("\n"), ""], 1):
            if line.startswith("#"):
                name = name or line.lstrip("# ")
            elif line.strip():
                lines.append((number, line))
            else:
                if lines:
                    yield name or "unnamed", lines
                name, lines = None, []


def play_paragraph(transcript, path, name, lines):
    for number, line in lines:
        try:
            transcript.line(line)
        except (Failure, ValueError) as failure:
            print(f"FAILED {path}:{number}: {name}\n    {failure}")
            transcript.drain()
            return False
    return True


def play(path, binary, schemas, common):
    """(passed, failed) of one file."""
    transcript = Transcript(binary, schemas, common)
    results = []
    try:
        for name, lines in paragraphs(path):
            results.append(play_paragraph(transcript, path, name, lines))
        transcript.close()
    except Failure as failure:
        print(f"FAILED {path}: at its end\n    {failure}")
        results.append(False)
    finally:
        transcript.kill()
    return results.count(True), results.count(False)


# ------------------------------------------------------------------ the run


def clean_environment():
    """Only what a transcript needs: settings of whoever runs the tests do not count."""
    for name in list(os.environ):
        if re.match(r"(PLANNER_|PG|DATABASE_|SUPABASE_)", name) and name not in (
                "PLANNER_DATA_DIR", "PLANNER_PG_BINDIR"):
            del os.environ[name]


def run(binary, files, common):
    passed, failed = 0, 0
    try:
        schemas = learn(binary)
    except (OSError, subprocess.SubprocessError, ValueError) as failure:
        print(f"FAILED tools --json: {failure}")
        return 0, 1
    for path in files:
        good, bad = play(path, binary, schemas, common)
        passed, failed = passed + good, failed + bad
    return passed, failed


SHAPE = {"type": "object", "required": ["key"], "additionalProperties": False, "properties": {
    "key": {"type": "string"}, "n": {"type": "integer"}, "kind": {"enum": ["task", "step"]},
    "list": {"type": "array", "items": {"type": "number"}}}}

# (what is tried, whether it has to succeed)
SAMPLES = [
    (lambda: match({"a": 1}, {"a": 1}, {}), True),
    (lambda: match({"a": 1}, {"a": 1, "b": 2}, {}), False),
    (lambda: match({"a": 1, "...": True}, {"a": 1, "b": 2}, {}), True),
    (lambda: match({"a": 1, "b": 2}, {"a": 1}, {}), False),
    (lambda: match([1, "..."], [1, 2], {}), True),
    (lambda: match([1], [1, 2], {}), False),
    (lambda: match([1, 2, "..."], [1], {}), False),
    (lambda: match(["$x", "$x"], [1, 1], {}), True),
    (lambda: match(["$x", "$x"], [1, 2], {}), False),
    (lambda: match(["$x", "$x"], [1, True], {}), False),
    (lambda: match(["$_", "$_"], [1, {}], {}), True),
    (lambda: match(["AUTH-$n is done", "$n"], ["AUTH-3 is done", "3"], {}), True),
    (lambda: match(["AUTH-$n is done", "$n"], ["AUTH-3 is done", "4"], {}), False),
    (lambda: match("costs $$5", "costs $5", {}), True),
    (lambda: match("a.c", "abc", {}), False),
    (lambda: match(True, 1, {}), False),
    (lambda: match(1, True, {}), False),
    (lambda: match(9007199254740993, 9007199254740992, {}), False),
    (lambda: match("1", 1, {}), False),
    (lambda: match({}, None, {}), False),
    (lambda: match(substitute('["$n","a $n"]', {"n": 7}), '[7,"a 7"]', {}), True),
    (lambda: match(substitute('["$pad3"]', {}), '["aaa"]', {}), True),
    (lambda: match(substitute('$open3$digits2$close3', {}), '[[[77]]]', {}), True),
    (lambda: validate({"key": "A-1", "n": 1, "kind": "task", "list": [1, 2.5]}, SHAPE, ""), True),
    (lambda: validate({}, SHAPE, ""), False),
    (lambda: validate({"key": None}, SHAPE, ""), False),
    (lambda: validate({"key": "A-1", "more": 1}, SHAPE, ""), False),
    (lambda: validate({"key": "A-1", "n": True}, SHAPE, ""), False),
    (lambda: validate({"key": "A-1", "kind": "goal"}, SHAPE, ""), False),
    (lambda: validate({"key": "A-1", "list": ["x"]}, SHAPE, ""), False),
    (lambda: validate(None, SHAPE, ""), False),
]


def self_test():
    failed = 0
    for i, (sample, expected) in enumerate(SAMPLES, 1):
        try:
            sample()
            succeeded = True
        except Failure:
            succeeded = False
        if succeeded != expected:
            print(f"FAILED self-test {i}")
            failed += 1
    print(f"{len(SAMPLES) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--self-test":
        return self_test()
    common = sys.argv[1:3] if sys.argv[1] == "--dsn" else []
    arguments = sys.argv[1 + len(common):]
    here = pathlib.Path(__file__).parent
    binary = os.path.abspath(arguments[0])
    files = arguments[1:] or sorted(glob.glob(f"{here}/**/*.txt", recursive=True))
    clean_environment()
    own = None
    if "PLANNER_DATA_DIR" not in os.environ:
        own = tempfile.mkdtemp(prefix="planner-transcripts.")
        os.chmod(own, 0o711)
        os.environ["PLANNER_DATA_DIR"] = f"{own}/data"
    try:
        passed, failed = run(binary, files, common)
    finally:
        if own:
            subprocess.run([binary, "stop"], stdin=subprocess.DEVNULL, capture_output=True,
                           check=False, timeout=60)
            shutil.rmtree(own, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
