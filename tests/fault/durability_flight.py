"""The postmaster is killed while calls are in flight: every answer comes, and every answer is true."""
import random
import time

from durability import FULL, check_fates, main, need, slay, turn_all, wait_all

ROUNDS = 25 if FULL else 5
SERVERS = 3
CALLS = 60


def answered(servers):
    return sum(len(s.answers) for s in servers)


def postmaster_killed_under_calls_in_flight(place):
    servers = [place.serve() for _ in range(SERVERS)]
    servers[0].good("create_project", name="Fly", description="In flight", slug="FLY")
    every = []
    for round_ in range(ROUNDS):
        for server in servers:
            server.good("list_projects")
        calls = [(f"{round_} {s} {n}", server, server.call(
                     "create_task", parent="FLY", title=f"{round_} {s} {n}"))
                 for n in range(CALLS) for s, server in enumerate(servers)]
        start = answered(servers)
        kill_at = start + random.randrange(SERVERS * CALLS // 2)
        deadline = time.monotonic() + 30
        while answered(servers) < kill_at:
            need(time.monotonic() < deadline, "no answers")
            turn_all(servers, 0.5)
        slay(place.postmasters())
        wait_all(servers)
        for server in servers:
            server.good("list_projects")  # works again
        every += [(title, server.answers[number]) for title, server, number in calls]
        tally = check_fates(every, place.titles("FLY"))
        place.check_store("FLY")
    for server in list(servers):
        place.end(server)
    place.note(f"{ROUNDS} kills under {SERVERS} x {CALLS} calls: {dict(tally)}")


def backends_killed_under_calls_in_flight(place):
    """A terminated backend breaks connections while the database stays."""
    servers = [place.serve() for _ in range(SERVERS)]
    servers[0].good("create_project", name="Back", description="Ends", slug="BACK")
    connection = place.connection()
    calls = []
    for round_ in range(4 * ROUNDS):
        calls += [(f"{round_} {s} {n}", server, server.call(
                      "create_task", parent="BACK", title=f"{round_} {s} {n}"))
                  for n in range(10) for s, server in enumerate(servers)]
        turn_all(servers, 0.2)
        time.sleep(random.uniform(0, 0.02))
        place.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                  " WHERE datname = current_database() AND pid <> pg_backend_pid()", connection)
    wait_all(servers)
    tally = check_fates([(title, server.answers[number]) for title, server, number in calls],
                        place.titles("BACK"))
    place.check_store("BACK")
    for server in servers:
        server.good("list_projects")
    place.note(f"{4 * ROUNDS} rounds: {dict(tally)}")


main(postmaster_killed_under_calls_in_flight, backends_killed_under_calls_in_flight)
