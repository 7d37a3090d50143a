"""A proxy in front of PostgreSQL that breaks connections where it is told to.

    proxy.py LISTEN TARGET      each is a path (Unix socket) or HOST:PORT; port 0 takes a free one

Commands come on stdin, one per line; each is answered with "ok" and what it has to say, or "no" and
why. At the end of stdin it ends. In a test it is used as a module: Proxy(listen, target).

    pass                        everything goes through, what was held goes on
    refuse                      nobody listens; what is open stays open
    drop                        reset every connection, and each new one as soon as it is made
    cut                         reset every connection once; new ones pass
    blackhole                   accept, and pass no byte in either direction
    delay MS                    each piece of data arrives so much later
    trickle BYTES               so many bytes a second in each direction
    bytes client|server N       reset a connection after N more bytes from that side
    message client|server TYPE K [kill-|hold-]before|after
                                at the K-th message of that type (see below) from now on: reset the
                                connection with the message not passed on (before) or passed on, with
                                what it is answered thrown away (after); kill-: end the server's process
                                instead, as pg_terminate_backend does, then let everything go on;
                                hold-: from there on pass no byte of anything, as blackhole
    count                       messages so far: {"client": {"E": 12}, "server": {...}}
    address                     where it listens

TYPE is the byte of the protocol: P parse, B bind, D describe, E execute, S sync, Q query from the
client; 1, 2, D, C, Z, E from the server. "B:tx commit" counts only messages that hold that text.
"""
import collections
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

RESET = struct.pack("ii", 1, 0)
PIECE = 1 << 16


def address_of(text):
    if text.startswith("/"):
        return socket.AF_UNIX, text
    host, _, port = text.rpartition(":")
    return socket.AF_INET, (host, int(port))


class Trap:
    """What is waited for, once."""

    def __init__(self, side, kind, nth, how):
        self.side, self.left, self.how = side, nth, how
        self.kind, _, self.text = kind.partition(":")
        self.text = self.text.encode()
        self.sprung = threading.Event()
        self.act = None  # called instead of what `how` says

    def is_met(self, side, kind, message):
        if side != self.side or kind != self.kind or self.text not in message:
            return False
        self.left -= 1
        return self.left == 0


class Link:
    """One connection through the proxy: a thread for each direction."""

    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server, self.pid, self.deaf = None, None, False
        self.rest = {"client": b"", "server": b""}
        self.started = False  # the client's first message has no type
        self.lock = threading.Lock()
        self.bytes_left = {}

    def run(self):
        self.proxy.passing.wait()
        try:
            self.server = socket.socket(self.proxy.target[0])
            self.server.connect(self.proxy.target[1])
        except OSError:
            self.reset()
            return
        threads = [threading.Thread(target=self.pump, args=args, daemon=True)
                   for args in (("client", self.client, self.server), ("server", self.server, self.client))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.proxy.forget(self)
        for end in (self.client, self.server):
            end.close()

    def reset(self):
        """RST on TCP, an end in the middle of things on a Unix socket. Closing alone would leave a
        thread that sleeps in recv, and with it the connection."""
        for end in (self.client, self.server):
            if end is None:
                continue
            try:
                if end.family == socket.AF_INET:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            if self.server is None:
                end.close()

    def pump(self, side, source, sink):
        try:
            while True:
                data = source.recv(PIECE)
                if not data:
                    break
                self.proxy.passing.wait()
                if not self.forward(side, data, sink):
                    break
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
            if side == "server":
                source.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def forward(self, side, data, sink):
        """False when the connection was cut."""
        for piece, trap in self.split(side, data):
            if trap is not None and trap.how.endswith("before"):
                if not self.spring(trap):
                    return False
            if not self.send(side, piece, sink):
                return False
            if trap is not None and trap.how.endswith("after"):
                if not self.spring(trap):
                    return False
        return True

    def split(self, side, data):
        """The data in pieces, with the trap that its last message has met. Nothing is held back but a
        message that is not there as a whole while somebody waits for one."""
        trap, piece, rest = self.proxy.trap, b"", self.rest[side] + data
        while rest:
            size = self.size_of(side, rest)
            if size is None or len(rest) < size:
                if trap is None:  # counting needs whole messages; passing on does not
                    break
                break
            message, rest = rest[:size], rest[size:]
            kind = self.note(side, message)
            met = trap if trap and not trap.sprung.is_set() and trap.is_met(side, kind, message) else None
            if met:
                trap.sprung.set()
                if trap.how.endswith("before") and piece:
                    yield piece, None
                    piece = b""
                yield (piece + message, met) if trap.how.endswith("after") else (message, met)
                piece = b""
            else:
                piece += message
        self.rest[side] = rest
        if piece:
            yield piece, None

    def size_of(self, side, data):
        if side == "client" and not self.started:
            return struct.unpack("!I", data[:4])[0] if len(data) >= 4 else None
        if side == "server" and data[:1] in b"NS" and self.proxy.expects_ssl(self):
            return 1
        return 1 + struct.unpack("!I", data[1:5])[0] if len(data) >= 5 else None

    def note(self, side, message):
        if side == "client" and not self.started:
            code = struct.unpack("!I", message[4:8])[0]
            self.asked_ssl = code in (80877103, 80877104)
            self.started = not self.asked_ssl
            return "startup"
        kind = message[:1].decode("latin1")
        if side == "client" and kind == "B":
            self.bound = message[5:].split(b"\0")[1]
        if side == "client" and kind == "E" and self.bound in self.proxy.beside:
            return "beside"
        if side == "server" and kind == "K":
            self.pid = struct.unpack("!I", message[5:9])[0]
        self.proxy.counts[side][kind] += 1
        return kind

    asked_ssl, bound = False, b""

    def spring(self, trap):
        """What was waited for is here: break it. False when nothing goes on."""
        if trap.how == "after":
            self.deaf = True
            self.settle()
        if trap.act is not None:
            trap.act()
            return True
        if trap.how.startswith("hold"):
            self.proxy.do_blackhole()
            return True
        if trap.how.startswith("kill"):
            if trap.how == "kill-after":
                self.settle()
            os.kill(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while os.path.exists(f"/proc/{self.pid}") and time.monotonic() < deadline:
                time.sleep(0.002)
            return True
        self.reset()
        return False

    def settle(self):
        """Until the server has done what it was sent: it sleeps, and has said nothing for a moment."""
        time.sleep(0.003)
        for _ in range(200):
            try:
                with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                    if stat.read().rpartition(")")[2].split()[0] != "R":
                        break
            except (OSError, ValueError):
                break
            time.sleep(0.002)
        time.sleep(0.003)

    def send(self, side, data, sink):
        if side == "server" and self.deaf:
            return True
        limit = self.bytes_left.get(side, self.proxy.bytes_limit.get(side))
        if limit is not None:
            self.bytes_left[side] = limit - len(data)
            if limit <= len(data):
                sink.sendall(data[:limit])
                self.proxy.bytes_limit.pop(side, None)
                self.reset()
                return False
        self.proxy.passing.wait()
        if self.proxy.delay:
            time.sleep(self.proxy.delay)
        while data:
            rate = self.proxy.rate
            part = data[:max(1, rate // 20)] if rate else data
            self.proxy.passing.wait()
            sink.sendall(part)
            data = data[len(part):]
            if rate:
                time.sleep(len(part) / rate)
        return True


class Proxy:
    link = Link

    def __init__(self, listen, target):
        self.where, self.target = address_of(listen), address_of(target)
        self.passing = threading.Event()
        self.passing.set()
        self.links, self.listener, self.dropping = [], None, False
        self.delay, self.rate, self.bytes_limit, self.trap = 0, 0, {}, None
        self.counts = {"client": collections.Counter(), "server": collections.Counter()}
        self.accepted = 0
        self.beside = {b"metrics_add"}  # statements that are no part of a call: they do not count
        self.listen()

    def expects_ssl(self, link):
        return link.asked_ssl and not link.started

    # ---- where it listens

    def listen(self):
        if self.listener is not None:
            return
        self.listener = socket.socket(self.where[0])
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.where[0] == socket.AF_UNIX and os.path.exists(self.where[1]):
            os.unlink(self.where[1])
        self.listener.bind(self.where[1])
        if self.where[0] == socket.AF_INET:
            self.where = (self.where[0], self.listener.getsockname())
        else:
            os.chmod(self.where[1], 0o777)
        self.listener.listen(200)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    @property
    def port(self):
        return self.where[1][1]

    def accept(self, listener):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            link = self.link(self, client)
            self.accepted += 1
            if self.dropping:
                link.reset()
                continue
            self.links.append(link)
            threading.Thread(target=link.run, daemon=True).start()

    def forget(self, link):
        if link in self.links:
            self.links.remove(link)

    # ---- commands

    def calm(self):
        self.delay, self.rate, self.bytes_limit, self.trap, self.dropping = 0, 0, {}, None, False

    def do_pass(self):
        self.calm()
        self.listen()
        self.passing.set()

    def do_refuse(self):
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def do_drop(self):
        self.dropping = True
        self.do_cut()

    def do_cut(self):
        for link in list(self.links):
            link.reset()
            self.forget(link)

    def do_blackhole(self):
        self.passing.clear()

    def do_delay(self, ms):
        self.delay = float(ms) / 1000

    def do_trickle(self, rate):
        self.rate = int(rate)

    def do_bytes(self, side, n):
        self.bytes_limit[side] = int(n)

    def do_message(self, side, kind, nth, how):
        self.trap = Trap(side, kind, int(nth), how)
        return self.trap

    def do_count(self):
        return json.dumps({side: dict(counter) for side, counter in self.counts.items()})

    def do_address(self):
        return self.where[1] if self.where[0] == socket.AF_UNIX else f"{self.where[1][0]}:{self.port}"

    def close(self):
        self.do_refuse()
        self.passing.set()
        self.do_cut()


def main():
    proxy = Proxy(*sys.argv[1:3])
    for line in sys.stdin:
        name, *arguments = line.rstrip("\n").split(" ")
        if name == "message" and len(arguments) > 4:  # the text to look for may have blanks
            arguments = [arguments[0], " ".join(arguments[1:-2]), *arguments[-2:]]
        command = getattr(proxy, f"do_{name}", None)
        try:
            said = command(*arguments) if command else None
            print("ok" if command else f"no such command: {name}",
                  said if isinstance(said, str) else "", flush=True)
        except (TypeError, ValueError, OSError) as problem:
            print(f"no {problem}", flush=True)
    proxy.close()


if __name__ == "__main__":
    main()
