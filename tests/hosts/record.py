#!/usr/bin/env python3
"""Stand between a host and the server and write down what passes:

    record.py [--stubborn] DIRECTORY COMMAND...

Each start makes one file in DIRECTORY, a JSON object per line: `ms` since the start, `what` (start,
in, out, err, eof, signal, alive, exit), and `text`. A file without its exit line: the recorder was
killed. The names of the environment are recorded, never its values. --stubborn keeps the end of
input and the signals from the server and tells fifty times a second that it is alive: that shows how
long a host waits, and what it does then; after 10 seconds it gives up.
"""
import json
import os
import selectors
import signal
import subprocess
import sys
import time


class Recorder:
    def __init__(self, directory, command, stubborn):
        self.stubborn, self.ending = stubborn, None
        self.began = time.monotonic()
        path = os.path.join(directory, f"{time.time_ns()}-{os.getpid()}.jsonl")
        self.file = open(path, "w", buffering=1)
        self.say("start", argv=command[1:], cwd=os.getcwd(), env=sorted(os.environ),
                 leader=os.getpgid(0) == os.getpid())
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, bufsize=0,
                                      start_new_session=stubborn)
        self.partial = {"in": b"", "out": b"", "err": b""}
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.pass_on)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def say(self, what, **more):
        ms = round((time.monotonic() - self.began) * 1000, 1)
        self.file.write(json.dumps({"ms": ms, "what": what, **more}) + "\n")

    def pass_on(self, number, _frame):
        self.say("signal", text=signal.Signals(number).name)
        self.ending = self.ending or time.monotonic()
        if not self.stubborn:
            self.child.send_signal(number)

    def lines(self, what, data):
        *whole, rest = (self.partial[what] + data).split(b"\n")
        for line in whole:
            self.say(what, text=line.decode("utf-8", "replace"))
        self.partial[what] = rest

    def carry(self, what, source, sink):
        """Pass on what is there; false at the end of the source."""
        data = os.read(source, 65536)
        if data:
            self.lines(what, data)
            try:
                self.write_all(sink, data)
            except BrokenPipeError:
                self.say("broken", text=what)
            return True
        self.say("eof", text=what)
        if what == "in":
            self.ending = self.ending or time.monotonic()
            if not self.stubborn:
                self.child.stdin.close()
        return False

    @staticmethod
    def write_all(sink, data):
        while data:
            data = data[os.write(sink, data):]

    def run(self):
        files = {"in": (0, self.child.stdin.fileno()), "out": (self.child.stdout.fileno(), 1),
                 "err": (self.child.stderr.fileno(), 2)}
        with selectors.DefaultSelector() as ready:
            for what, (source, _) in files.items():
                ready.register(source, selectors.EVENT_READ, what)
            waiting = {"out", "err"}
            while waiting:
                if self.ending and self.stubborn:
                    self.say("alive")
                    if time.monotonic() - self.ending > 10:
                        self.child.stdin.close()
                        self.stubborn = False
                for key, _ in ready.select(0.02 if self.stubborn else None):
                    if not self.carry(key.data, *files[key.data]):
                        ready.unregister(key.fd)
                        waiting.discard(key.data)
        code = self.child.wait()
        self.say("exit", text=str(code))
        return code if code >= 0 else 1


if __name__ == "__main__":
    stubborn_asked = sys.argv[1:2] == ["--stubborn"]
    given = sys.argv[1 + stubborn_asked:]
    if len(given) < 2:
        sys.exit("usage: record.py [--stubborn] DIRECTORY COMMAND...")
    sys.exit(Recorder(given[0], given[1:], stubborn_asked).run())
