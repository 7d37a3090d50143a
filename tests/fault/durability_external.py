"""A PostgreSQL that the configuration names: migrations by hand, and a database that goes away."""
import os
import time

from durability import FULL, main, need, wait_all
from throwaway import Cluster

WAYS = ["INT", "KILL"] * 3 if FULL else ["KILL"]
CALLS = 30 if FULL else 8


def with_cluster(scenario):
    def run(place):
        cluster = Cluster(place.directory)
        try:
            cluster.start()
            scenario(place, cluster)
        finally:
            cluster.stop()
    run.__name__ = scenario.__name__
    return run


def refused(server, words, tool="list_projects", **arguments):
    answer = server.wait(server.call(tool, **arguments), 30)
    need(answer.failed and words in answer.text, f"{tool}: no '{words}' in: {answer.text}")
    need("planner.schema" not in answer.text and "SELECT" not in answer.text, answer.text)


@with_cluster
def not_migrated_says_migrate_up_and_then_works(place, cluster):
    server = place.serve("--dsn", cluster.dsn)
    refused(server, "mcp-planner migrate up")
    refused(server, "mcp-planner migrate up", "create_project", name="n", description="d")
    need(place.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'planner'", cluster.dsn) == [],
         "a tool call made a schema")
    done = place.command("migrate", "up", "--dsn", cluster.dsn)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")

    server.good("create_project", name="Ext", description="Elsewhere", slug="EXT")

    server.good("create_task", parent="EXT", title="t")
    place.check_store("EXT", cluster.dsn)
    need(not os.path.exists(place.data), "a private database was made, too")
    place.end(server)


def works_again(server):
    """Within 5 s of the server's return."""
    deadline = time.monotonic() + 5
    while server.wait(server.call("list_projects")).failed:
        need(time.monotonic() < deadline, "the database is back for 5 s, and not found")
        time.sleep(0.05)


@with_cluster
def a_database_that_stops_is_survived(place, cluster):
    done = place.command("migrate", "up", "--dsn", cluster.dsn)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")
    server = place.serve("--dsn", cluster.dsn)
    server.good("create_project", name="Ext", description="Elsewhere", slug="EXT")
    for n, how in enumerate(WAYS):
        server.good("create_task", parent="EXT", title=f"before {n}")
        cluster.stop(how)

        late = place.serve("--dsn", cluster.dsn)
        waiting = late.call("list_projects")
        late.flush()
        refused(server, "the database does not answer", "create_task", parent="EXT", title="lost")
        refused(server, "nothing was changed", "create_task", parent="EXT", title="lost")
        refused(server, "trying again since", "list_projects")
        answer = late.wait(waiting)
        need(answer.failed and "the database does not answer" in answer.text, answer.text)

        cluster.start()
        works_again(server)
        server.good("create_task", parent="EXT", title=f"after {n}")
        works_again(late)
        place.end(late)
    titles = sorted(place.titles("EXT", cluster.dsn).values())
    need(titles == sorted(f"{when} {n}" for when in ("before", "after") for n in range(len(WAYS))),
         f"stored: {titles}")
    place.check_store("EXT", cluster.dsn)


@with_cluster
def a_broken_history_is_refused_with_the_reason(place, cluster):
    place.command("migrate", "up", "--dsn", cluster.dsn, check=True)
    server = place.serve("--dsn", cluster.dsn)
    server.good("list_projects")
    place.sql("UPDATE planner.schema_migrations SET up_sha256 = repeat('0', 64)", cluster.dsn)

    late = place.serve("--dsn", cluster.dsn)

    refused(late, "migrat")
    done = place.command("migrate", "validate", "--dsn", cluster.dsn)
    need(done.returncode == 3, f"validate exits with {done.returncode}: {done.stdout}{done.stderr}")


@with_cluster
def stopped_under_calls_in_flight_every_call_is_answered(place, cluster):
    place.command("migrate", "up", "--dsn", cluster.dsn, check=True)
    servers = [place.serve("--dsn", cluster.dsn) for _ in range(3)]
    servers[0].good("create_project", name="Ext", description="Elsewhere", slug="EXT")
    for server in servers:
        server.good("list_projects")
    numbers = [(server, server.call("create_task", parent="EXT", title=f"{s} {n}"), f"{s} {n}")
               for n in range(CALLS) for s, server in enumerate(servers)]
    for server in servers:
        server.flush()
    servers[0].wait(numbers[0][1])
    cluster.stop()
    start = time.monotonic()
    wait_all(servers)
    waited = time.monotonic() - start
    need(waited < 15 + 3 * CALLS, f"the calls in the queue waited one after the other: {waited:.0f} s")
    cluster.start()

    titles = set(place.titles("EXT", cluster.dsn).values())
    for server, number, title in numbers:
        answer = server.answers[number]
        if not answer.failed:
            need(title in titles, f"acknowledged but gone: {title}")
        elif "nothing was changed" in answer.text:
            need(title not in titles, f"said to be unchanged, but there: {title}")
        else:
            need("was being stored" in answer.text, answer.text)
    for server in servers:
        works_again(server)
    place.check_store("EXT", cluster.dsn)
    place.note(f"{len(titles)} of {len(numbers)} stored, all answered after {waited:.0f} s")


main(not_migrated_says_migrate_up_and_then_works, a_database_that_stops_is_survived,
     a_broken_history_is_refused_with_the_reason,
     stopped_under_calls_in_flight_every_call_is_answered)
