"""Behind a real pgBouncer in transaction mode, two server connections for all processes.

With FULL set every transcript is played through it, else a few, the storm is longer, and the server
behind it restarts.
"""
import collections
import glob
import os
import pathlib
import subprocess
import sys
import time

from durability import FULL, check_fates, main, need, turn_all, wait_all
from servers import with_stack

HERE = pathlib.Path(__file__).resolve().parent
TRANSCRIPTS = HERE.parent / "transcripts"
# Each is about several processes, about waiting, or about a call that takes several transactions.
SOME = ["claim_item", "create_step", "next_claim", "optimize_project", "resolve_dispute", "search",
        "undo", "wait_for_change"]
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
    for what in ("pg_prepared_statements", "pg_listening_channels()", "pg_cursors",
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


if __name__ == "__main__":
    main(whatever_says_that_there_is_a_pooler_works,
         what_another_client_left_on_a_connection_does_not_matter,
         what_we_did_is_not_left_to_others, a_storm_of_processes_loses_nothing,
         a_parked_wait_and_a_subscription_hear_of_it_in_seconds, transcripts_pass_through_it,
         *([a_server_that_restarts_behind_it_is_survived] if FULL else []))
