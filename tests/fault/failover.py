"""A primary dies under load and its standby takes over: what was acknowledged is there.

The connection string names both hosts, the standby first, and nothing else: whom to write to is found
out. The time from the kill to the first write that is acknowledged by the new primary is printed, beside
that of the promotion itself.
"""
import socket
import time

from durability import FULL, check_fates, main, need, turn_all
from servers import until, with_stack

PROCESSES, SECONDS_BEFORE, SECONDS_AFTER = (12, 5, 5) if FULL else (5, 1, 1)
LIMIT_SECONDS = 40


class Writer:
    """One process that always has one write under way."""

    def __init__(self, place, dsn, name):
        self.name, self.server = name, place.serve("--dsn", dsn, "--agent", name)
        self.sent, self.number, self.calls = 0, None, []  # (title, Answer, when)

    def step(self, goes_on):
        if self.number is not None and self.number in self.server.answers:
            self.calls.append((f"{self.name} {self.sent}", self.server.answers[self.number],
                               time.monotonic()))
            self.number = None
        need(not self.server.ended, f"{self.name} ended")
        if self.number is None and goes_on:
            self.sent += 1
            self.number = self.server.call("create_task", parent="FAIL",
                                           title=f"{self.name} {self.sent}")


def write(writers, seconds, done=lambda: False, goes_on=True):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():
        for writer in writers:
            writer.step(goes_on)
        turn_all([w.server for w in writers], 0.02)


def acknowledged_after(writers, moment):
    """The times since then at which a write was acknowledged."""
    return sorted(when - moment for w in writers for _, answer, when in w.calls
                  if when > moment and not answer.failed)


def hosts(*servers):
    ports = ",".join(str(server.port) for server in servers)
    names = ",".join(server.home for server in servers)
    return f"host={names} port={ports} user=planner dbname=postgres"


def replicated(place, stack, synchronous):
    """A primary and a standby that streams from it."""
    primary = stack.postgres()
    done = place.command("migrate", "up", "--dsn", primary.dsn)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")
    standby = stack.standby(primary)
    if synchronous:
        place.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'", primary.dsn)
        place.sql("SELECT pg_reload_conf()", primary.dsn)
    state = "sync" if synchronous else "async"
    until("replication", lambda: place.sql("SELECT sync_state FROM pg_stat_replication",
                                           primary.dsn) == state)
    return primary, standby


def settle(writers):
    """The last calls are answered."""
    write(writers, LIMIT_SECONDS, goes_on=False,
          done=lambda: all(w.number is None for w in writers))
    need(all(w.number is None for w in writers), "calls are not answered")


def tell(place, writers, titles, killed, promoted):
    calls = [(title, answer) for w in writers for title, answer, _ in w.calls]
    tally = check_fates(calls, titles)
    after = acknowledged_after(writers, killed)
    slowest = max(min(acknowledged_after([w], killed)) for w in writers)
    fates = ", ".join(f"{n} {what}" for what, n in sorted(tally.items()))
    place.note(f"kill to promotion {promoted - killed:.2f} s, to the first acknowledged write"
               f" {after[0]:.2f} s, to that of the last process {slowest:.2f} s; {len(writers)}"
               f" processes, {len(calls)} writes: {fates}, 0 lost")


@with_stack
def the_standby_takes_over_and_nothing_acknowledged_is_lost(place, stack):
    primary, standby = replicated(place, stack, synchronous=True)
    dsn = hosts(standby, primary)
    writers = [Writer(place, dsn, f"w{n}") for n in range(PROCESSES)]
    writers[0].server.good("create_project", name="Fail", description="Over", slug="FAIL")
    write(writers, SECONDS_BEFORE)
    killed = time.monotonic()
    primary.kill()
    standby.promote()
    promoted = time.monotonic()
    write(writers, LIMIT_SECONDS, done=lambda: all(acknowledged_after([w], killed) for w in writers))
    write(writers, SECONDS_AFTER)
    the_old_primary_comes_back(place, primary, writers)
    settle(writers)

    tell(place, writers, place.titles("FAIL", standby.dsn), killed, promoted)
    place.check_store("FAIL", standby.dsn)


def the_old_primary_comes_back(place, primary, writers):
    """As it was, without being told that it is none any more: nobody here writes to it."""
    primary.start(synchronous_standby_names="")
    count = "SELECT count(*) FROM planner.audit"
    before = place.sql(count, primary.dsn)
    n = len(acknowledged_after(writers, 0))
    write(writers, 1)
    need(len(acknowledged_after(writers, 0)) > n, "nothing was written meanwhile")
    need(place.sql(count, primary.dsn) == before, "the old primary was written to")
    need(place.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mcp-planner%'",
                   primary.dsn) == "0", "somebody is connected to the old primary")


@with_stack
def a_primary_that_restarts_is_waited_for(place, stack):
    """Both hosts are named, nothing is promoted: nobody writes to the standby, and work goes on."""
    primary, standby = replicated(place, stack, synchronous=True)
    writers = [Writer(place, hosts(standby, primary), f"w{n}") for n in range(2)]
    writers[0].server.good("create_project", name="Fail", description="Over", slug="FAIL")
    write(writers, 0.5)
    primary.kill()
    began = time.monotonic()
    write(writers, 1)
    primary.start()
    started = time.monotonic()
    write(writers, LIMIT_SECONDS, done=lambda: all(acknowledged_after([w], started) for w in writers))
    settle(writers)
    calls = [(title, answer) for w in writers for title, answer, _ in w.calls]
    tally = check_fates(calls, place.titles("FAIL", primary.dsn))
    need(set(tally) <= {"stored", "unchanged", "unknown"}, tally)
    place.check_store("FAIL", primary.dsn)
    place.note(f"up again after {started - began:.2f} s, first acknowledged write"
               f" {acknowledged_after(writers, started)[0]:.2f} s later")


@with_stack
def without_synchronous_replication_the_end_is_lost_and_nothing_else(place, stack):
    """The standby has lost its primary when that dies: docs/SERVERS.md says what that means."""
    primary, standby = replicated(place, stack, synchronous=False)
    writer = Writer(place, hosts(standby, primary), "w")
    writer.server.good("create_project", name="Fail", description="Over", slug="FAIL")
    write([writer], 1)
    place.sql("ALTER SYSTEM SET primary_conninfo = ''", standby.dsn)
    place.sql("SELECT pg_reload_conf()", standby.dsn)
    until("the end of streaming", lambda: place.sql("SELECT count(*) FROM pg_stat_wal_receiver",
                                                    standby.dsn) == "0")
    write([writer], 0.5)
    primary.kill()
    standby.promote()
    promoted, last = time.monotonic(), writer.sent
    write([writer], LIMIT_SECONDS, done=lambda: len(acknowledged_after([writer], promoted)) > 1)
    write([writer], 0.5)
    settle([writer])

    titles = set(place.titles("FAIL", standby.dsn).values())
    told = [title for title, answer, _ in writer.calls if not answer.failed]
    lost = [i for i, title in enumerate(told) if title not in titles]
    need(lost, "nothing was lost: the test has missed its case")
    need(lost == list(range(lost[0], lost[-1] + 1)), f"lost in between: {lost}")
    # The last one that was sent before may have been acknowledged by either.
    need(lost[-1] + 1 in (last - 1, last), f"lost up to {told[lost[-1]]}, sent up to {last}")
    place.check_store("FAIL", standby.dsn)
    place.note(f"of {len(told)} acknowledged writes the {len(lost)} before the kill are lost")


@with_stack
def a_host_that_says_nothing_is_asked_last(place, stack):
    """As one that the network has swallowed: it takes the connection and never answers."""
    primary = stack.postgres()
    need(place.command("migrate", "up", "--dsn", primary.dsn).returncode == 0, "migrate up")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        dsn = (f"postgresql://planner@127.0.0.1:{silent.getsockname()[1]},127.0.0.1:{primary.port}"
               "/postgres")
        server = place.serve("--dsn", dsn)
        times = []
        for n in range(2):
            start = time.monotonic()
            server.good("create_project", name=f"P{n}", description="d")
            times.append(time.monotonic() - start)
            place.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                      " application_name = 'mcp-planner'", primary.dsn)
            time.sleep(0.1)
    need(times[0] < 6 and times[1] < 1, f"calls took {times} s")
    place.note(f"the first call waits {times[0]:.1f} s for it, the next connection"
               f" {times[1] * 1000:.0f} ms")


if __name__ == "__main__":
    main(the_standby_takes_over_and_nothing_acknowledged_is_lost,
         a_host_that_says_nothing_is_asked_last,
         *([a_primary_that_restarts_is_waited_for,
            without_synchronous_replication_the_end_is_lost_and_nothing_else] if FULL else []))
