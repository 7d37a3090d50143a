"""Behind a real pgBouncer in transaction mode, two server connections for all processes.

With FULL set every transcript is played through it, else a few, the storm is longer, and the server
behind it restarts. PGBOUNCER names another pgBouncer than that of the PATH; with one from 1.21 on
everything is run twice, the second time with max_prepared_statements.
"""
import collections
import glob
import os
import pathlib
import subprocess
import sys
import time

from durability import FULL, check_fates, main, need, turn_all, wait_all
from proxy import Link, Proxy
from servers import Bouncer, with_stack

HERE = pathlib.Path(__file__).resolve().parent
TRANSCRIPTS = HERE.parent / "transcripts"
# Each is about several processes, about waiting, or about a call that takes several transactions.
SOME = ["claim_item", "create_step", "next_claim", "optimize_project", "resolve_dispute", "search",
        "undo", "wait_for_change"]
KEPT = 20  # fewer than the statements in use, so that the pooler drops and makes them again
PROCESSES, CALLS = (12, 100) if FULL else (6, 25)

# What a client may leave on a server connection that others get next.
LEFT = ["search_path = pg_catalog", "statement_timeout = '40ms'", "lock_timeout = '1ms'",
        "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on",
        "default_transaction_deferrable = on", "TimeZone = 'Asia/Kolkata'", "DateStyle = 'SQL, DMY'",
        "IntervalStyle = 'iso_8601'", "bytea_output = 'escape'", "extra_float_digits = -10",
        "standard_conforming_strings = off", "transform_null_equals = on", "enable_nestloop = off",
        "enable_indexscan = off", "enable_seqscan = on", "gin_fuzzy_search_limit = 1",
        "synchronous_commit = off", "session_replication_role = replica",
        "idle_in_transaction_session_timeout = '1ms'", "client_min_messages = debug5",
        "row_security = off", "ROLE nobody_at_all"]
WORST = [*LEFT[:5], LEFT[-1]]


def migrated(place, dsn, *arguments):
    done = place.command("migrate", "up", "--dsn", dsn, *arguments)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")


@with_stack
def whatever_says_that_there_is_a_pooler_works(place, stack):
    postgres = stack.postgres()
    usual = stack.bouncer(postgres, name="usual", port=6543, listen_addr="")
    other = stack.bouncer(postgres, name="other")
    migrated(place, usual.dsn)
    place.end(place.serve("--dsn", usual.dsn))
    for n, arguments in enumerate([
            [usual.dsn], [f"postgresql://planner@/postgres?host={usual.home}&port=6543"],
            [other.url("?pgbouncer=true")], [other.url("?pgbouncer=true&connect_timeout=3")],
            [other.url("?connection_limit=1&pgbouncer=true")], [other.url(), "--pooled"]]):
        server = place.serve("--dsn", *arguments)
        server.good("create_project", name=f"P{n}", description="Through the pooler")
        server.good("list_projects")
        place.end(server)


def leave(bouncer, statements):
    """Another client's session settings, on each of the server connections: it gets them in turn."""
    script = "; ".join(["BEGIN", *(f"SET {s}" for s in statements), "COMMIT"])
    done = subprocess.run(["psql", "-XAtq", *(["-c", script] * 4), bouncer.dsn], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    need(done.returncode == 0, f"psql: {done.stderr}")


def undone(statement):
    return f"{statement.split('=')[0]} TO DEFAULT" if "=" in statement else "ROLE NONE"


@with_stack
def what_another_client_left_on_a_connection_does_not_matter(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres)
    place.sql("CREATE ROLE nobody_at_all", postgres.dsn)
    migrated(place, bouncer.url("?pgbouncer=true"))
    server = place.serve("--dsn", bouncer.url("?pgbouncer=true"))
    server.good("create_project", name="Left", description="Overs", slug="LEFT")
    first = server.good("create_step", task=server.good(
        "create_task", parent="LEFT", title="t").data["key"], title="s", content="a \\ b 'c'")
    for left in [*([s] for s in (LEFT if FULL else WORST)), LEFT[:-1]]:
        what = ", ".join(left)
        leave(bouncer, left)
        for n in range(3):
            for tool, arguments in [
                    ("create_task", {"parent": "LEFT", "title": f"{n} of {what}"[:200]}),
                    ("outline", {"item": "LEFT"}), ("search", {"project": "LEFT", "query": "overs"}),
                    ("get_item", {"item": first.data["key"]}),
                    ("history", {"item": "LEFT", "limit": 2})]:
                answer = server.wait(server.call(tool, **arguments))
                need(not answer.failed, f"{tool} after SET {what}: {answer.text}")
        leave(bouncer, [undone(statement) for statement in left])
    place.check_store("LEFT", postgres.dsn)


@with_stack
def what_we_did_is_not_left_to_others(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres, pool_size=1)
    migrated(place, bouncer.url("?pgbouncer=true"))
    look = ("SELECT name, setting FROM pg_settings WHERE source = 'session' OR name LIKE 'planner.%'"
            " ORDER BY 1")
    before = place.rows(look, bouncer.dsn)
    server = place.serve("--dsn", bouncer.url("?pgbouncer=true"))
    server.good("create_project", name="Left", description="Overs", slug="LEFT")
    cursor = server.good("wait_for_change", project="LEFT").data["cursor"]
    number = server.call("wait_for_change", project="LEFT", cursor=cursor, timeout_seconds=1)
    server.wait(number)

    after = [row for row in place.rows(look, bouncer.dsn) if row != ["planner.writer", ""]]
    need(after == before, f"left behind: {after}, there were {before}")
    for what in ("pg_prepared_statements WHERE name NOT LIKE 'PGBOUNCER%'", "pg_listening_channels()", "pg_cursors",
                 "pg_locks WHERE locktype = 'advisory'"):
        need(place.sql(f"SELECT count(*) FROM {what}", bouncer.dsn) == "0", f"left: {what}")


@with_stack
def a_storm_of_processes_loses_nothing(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres)
    url = bouncer.url("?pgbouncer=true")
    migrated(place, url)
    servers = [place.serve("--dsn", url, "--agent", f"a{n}") for n in range(PROCESSES)]
    servers[0].good("create_project", name="Storm", description="Wind", slug="STORM")
    waiter = place.serve("--dsn", url)
    cursor = waiter.good("wait_for_change", project="STORM").data["cursor"]
    start = time.monotonic()
    calls = [(s, s.call("create_task", parent="STORM", title=f"{n} {c}"), f"{n} {c}")
             for c in range(CALLS) for n, s in enumerate(servers)]
    wait_all(servers)
    seconds = time.monotonic() - start
    told = follow(waiter, cursor)

    titles = place.titles("STORM", postgres.dsn)
    tally = check_fates([(title, s.answers[n]) for s, n, title in calls], titles)
    need(tally == {"stored": len(calls)}, f"fates: {tally}")
    need(told == set(titles), f"wait_for_change did not tell: {sorted(set(titles) - told)[:5]}")
    used = int(place.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'planner' AND"
                         " client_port IS NOT NULL AND pid <> pg_backend_pid()", postgres.dsn))
    need(used <= 2, f"{used} server connections for {PROCESSES + 1} processes")
    place.check_store("STORM", postgres.dsn)
    place.note(f"{len(calls)} writes of {PROCESSES} processes over {used} connections"
               f" in {seconds:.1f} s")


def follow(waiter, cursor):
    """Keys of all that wait_for_change tells, until nothing comes for a second."""
    told = set()
    while True:
        answer = waiter.good("wait_for_change", project="STORM", cursor=cursor, timeout_seconds=1)
        told |= {row["entity"] for row in answer.data["items"] if "entity" in row}
        cursor = answer.data["cursor"]
        if not answer.data["changed"]:
            return told


@with_stack
def a_parked_wait_and_a_subscription_hear_of_it_in_seconds(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres)
    url = bouncer.url("?pgbouncer=true")
    migrated(place, url)
    one, two = place.serve("--dsn", url), place.serve("--dsn", url)
    one.good("create_project", name="Storm", description="Wind", slug="STORM")
    cursor = one.good("wait_for_change", project="STORM").data["cursor"]
    one.post("resources/subscribe", {"uri": "planner://projects/STORM/outline"})
    parked = one.call("wait_for_change", project="STORM", cursor=cursor, timeout_seconds=20)
    one.flush()
    time.sleep(0.5)
    start = time.monotonic()
    two.good("create_task", parent="STORM", title="heard")
    answer = one.wait(parked, 15)
    need(answer.data["changed"], answer.text)
    waited = time.monotonic() - start
    deadline = start + 10
    while not any(n["method"] == "notifications/resources/updated" for n in one.notes):
        need(time.monotonic() < deadline, "the subscription is not told")
        turn_all([one], 0.2)
    need(waited < 5, f"told after {waited:.1f} s")
    place.note(f"told after {waited:.1f} s")


@with_stack
def a_server_that_restarts_behind_it_is_survived(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres)
    url = bouncer.url("?pgbouncer=true")
    migrated(place, url)
    servers = [place.serve("--dsn", url, "--agent", f"a{n}") for n in range(3)]
    servers[0].good("create_project", name="Storm", description="Wind", slug="STORM")
    for server in servers:
        server.good("list_projects")
    calls, tally = [], collections.Counter()
    for way in ("stop", "kill"):
        calls += [(s, s.call("create_task", parent="STORM", title=f"{way} {n} {c}"),
                   f"{way} {n} {c}") for c in range(20) for n, s in enumerate(servers)]
        for server in servers:
            server.flush()
        servers[0].wait(calls[-30][1])
        getattr(postgres, way)()
        postgres.start()
        wait_all(servers)
    tally = check_fates([(title, s.answers[n]) for s, n, title in calls],
                        place.titles("STORM", postgres.dsn))
    for server in servers:
        server.good("list_projects")
    place.check_store("STORM", postgres.dsn)
    place.note(", ".join(f"{n} {what}" for what, n in sorted(tally.items())))


@with_stack
def transcripts_pass_through_it(place, stack):
    bouncer = stack.bouncer(stack.postgres())
    url = bouncer.url("?pgbouncer=true")
    migrated(place, url)
    files = (sorted(glob.glob(f"{TRANSCRIPTS}/**/*.txt", recursive=True)) if FULL
             else [f"{TRANSCRIPTS}/{name}.txt" for name in SOME])
    done = subprocess.run([sys.executable, "-B", f"{TRANSCRIPTS}/run.py", "--dsn", url,
                           place.binary, *files],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "PLANNER_DATA_DIR": f"{place.directory}/never"})
    need(done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:])
    need(not os.path.exists(f"{place.directory}/never"), "a private database was made, too")
    place.note(f"{len(files)} files: {done.stdout.strip().splitlines()[-1]}")


class KeepingLink(Link):
    """A connection of one that keeps prepared statements: under names of its own, of the same length."""

    def split(self, side, data):
        for piece, trap in super().split(side, data):
            yield (self.renamed(piece) if side == "client" else piece), trap

    def renamed(self, piece):
        out = b""
        while piece[:1].isalpha() and self.started:
            size = self.size_of("client", piece)
            message, piece = piece[:size], piece[size:]
            name = {b"P": 5, b"B": 6}.get(message[:1])
            if name and message.startswith(b"planner.", name) and not self.is_lost(message[name:]):
                message = message[:name] + b"kept_by." + message[name + 8:]
            out += message
        return out + piece

    def is_lost(self, name):
        return self.proxy.loses is not None and name.startswith(b"planner." + self.proxy.loses)


class KeepingProxy(Proxy):
    """In place of a pooler that keeps prepared statements, until it is told to lose some."""

    link, loses = KeepingLink, None  # how the names of those begin


@with_stack
def a_pooler_that_loses_prepared_statements_is_noticed(place, stack):
    postgres = stack.postgres()
    migrated(place, postgres.dsn)
    proxy = KeepingProxy("127.0.0.1:0", f"127.0.0.1:{postgres.port}")
    server = place.serve("--dsn", f"postgresql://planner@127.0.0.1:{proxy.port}/postgres?pgbouncer=1")
    server.good("create_project", name="Kept", description="Statements", slug="KEPT")

    def parsed():
        before = proxy.counts["client"]["P"]
        server.good("create_task", parent="KEPT", title="t")
        server.good("outline", item="KEPT")
        return proxy.counts["client"]["P"] - before

    server.good("create_task", parent="KEPT", title="t")
    server.good("outline", item="KEPT")
    need(parsed() == 0, "statements are parsed again although they are kept")
    proxy.loses = b""
    need(parsed() > 10, "statements that were lost are not parsed again")
    need(parsed() > 10, "statements go by name after some were lost")
    need(len(proxy.links) == 1, f"{len(proxy.links)} connections")
    place.check_store("KEPT", postgres.dsn)
    proxy.close()


@with_stack
def what_is_lost_behind_the_commit_fails_no_write(place, stack):
    postgres = stack.postgres()
    migrated(place, postgres.dsn)
    place.sql("INSERT INTO planner.listeners VALUES (0, now() + interval '1 hour')", postgres.dsn)
    proxy = KeepingProxy("127.0.0.1:0", f"127.0.0.1:{postgres.port}")
    server = place.serve("--dsn", f"postgresql://planner@127.0.0.1:{proxy.port}/postgres?pgbouncer=1")
    server.good("create_project", name="Kept", description="Statements", slug="KEPT")
    proxy.loses = b"feed_wake."
    server.good("create_project", name="Lost", description="Told to nobody")
    before = proxy.counts["client"]["P"]
    server.good("create_project", name="Next", description="Told again")
    need(proxy.counts["client"]["P"] - before > 10, "statements go by name after one was lost")
    need(place.sql("SELECT count(*) FROM planner.projects", postgres.dsn) == "3", "not done once")
    proxy.close()


@with_stack
def what_the_pooler_keeps_goes_by_name(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres, kept=200, pool_size=1)
    migrated(place, bouncer.url("?pgbouncer=true"))
    kept = "SELECT count(*) FROM pg_prepared_statements"
    for query, least, most in [("&statement_cache_size=0", 0, 0), ("", 10, 60)]:
        server = place.serve("--dsn", bouncer.url(f"?pgbouncer=true{query}"))
        server.good("create_project", name="Kept", description="Statements")
        count = int(place.sql(kept, bouncer.dsn))
        need(least <= count <= most, f"{count} prepared statements with {query}")
        place.end(server)


@with_stack
def what_happens_to_kept_statements_reaches_no_caller(place, stack):
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres, kept=200)
    url = bouncer.url("?pgbouncer=true")
    console = f"host={bouncer.home} port={bouncer.port} user=planner dbname=pgbouncer"
    migrated(place, url)
    first = place.serve("--dsn", url)
    first.good("create_project", name="Kept", description="Statements", slug="KEPT")
    for n, (happens, dsn) in enumerate([
            ("DISCARD ALL", bouncer.dsn), ("DEALLOCATE ALL", bouncer.dsn), ("RECONNECT", console),
            ("SET max_prepared_statements = 0", console),
            ("SET max_prepared_statements = 7", console)]):
        servers = [place.serve("--dsn", url, "--agent", f"a{i}") for i in range(2)]
        calls = []
        for moment in range(3):
            calls += [(s, s.call(tool, **arguments)) for s in servers for tool, arguments in [
                ("create_task", {"parent": "KEPT", "title": f"{n} {moment}"}),
                ("outline", {"item": "KEPT"}), ("get_item", {"item": "KEPT-99"}),
                ("search", {"project": "KEPT", "query": "statements"})]]
            if moment == 0:
                wait_all(servers)
            for server in servers:
                server.flush()
            if moment == 1:
                for _ in range(4):  # each of the server connections
                    place.rows(happens, dsn)
        wait_all(servers)
        for server, number in calls:
            answer = server.answers[number]
            need(not answer.failed or "KEPT-99" in answer.text, f"{happens}: {answer.text}")
        for server in servers:
            place.end(server)
    place.check_store("KEPT", postgres.dsn)


def keeping(scenario):
    """The same with a pooler that keeps prepared statements."""
    def run(place):
        Bouncer.kept = KEPT
        try:
            scenario(place)
        finally:
            Bouncer.kept = 0
    run.__name__ = f"kept__{scenario.__name__}"
    return run


if __name__ == "__main__":
    SCENARIOS = [
        whatever_says_that_there_is_a_pooler_works,
        what_another_client_left_on_a_connection_does_not_matter, what_we_did_is_not_left_to_others,
        a_storm_of_processes_loses_nothing, a_parked_wait_and_a_subscription_hear_of_it_in_seconds,
        transcripts_pass_through_it, *([a_server_that_restarts_behind_it_is_survived] if FULL else [])]
    KEEPING = [what_the_pooler_keeps_goes_by_name, what_happens_to_kept_statements_reaches_no_caller,
               *map(keeping, SCENARIOS)]
    print(f"pgBouncer {Bouncer.version()}", flush=True)
    main(*SCENARIOS, a_pooler_that_loses_prepared_statements_is_noticed,
         what_is_lost_behind_the_commit_fails_no_write, *(KEEPING if Bouncer.can_keep() else []))
