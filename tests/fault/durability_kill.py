"""kill -9 after an acknowledged write: it is there, nothing is half-done, the next call works."""
import random
import time

from durability import FULL, Wrong, check_fates, main, need, slay

ROUNDS = 100 if FULL else 16
AT_ONCE = ["server", "keeper", "postmaster", "all"]


def victims(place, server, target):
    found = {"server": [server.process.pid], "keeper": place.keepers(),
             "postmaster": place.postmasters()}
    need(len(found["keeper"]) == 1 and len(found["postmaster"]) == 1, f"who runs: {found}")
    return sum(found.values(), []) if target == "all" else found[target]


def newcomer(place):
    """A database that lost its keeper serves who is connected; a newcomer brings both back."""
    server = place.serve()
    server.good("list_projects")
    need(len(place.keepers()) == 1 and len(place.postmasters()) == 1, "not one of each")
    place.end(server)


def one_round(place, server, target, name, calls):
    """Returns a server that works. calls gets (title, Answer) of what was answered."""
    acknowledged = server.good("create_task", parent="KILL", title=f"{name} acknowledged")
    calls.append((f"{name} acknowledged", acknowledged))
    pids = victims(place, server, target)
    flying = [(f"{name} in flight {n}", server.call("create_task", parent="KILL",
                                                    title=f"{name} in flight {n}"))
              for n in range(3)]
    server.flush()
    time.sleep(random.uniform(0, 0.01))
    slay(pids)
    if target in ("server", "all"):
        try:
            while not server.ended:
                server.turn(5)
        finally:
            place.servers.remove(server)
            server.process.wait()
        calls += [(title, server.answers[n]) for title, n in flying if n in server.answers]
        server = place.serve()
    else:
        calls += [(title, server.wait(n)) for title, n in flying]
    after = server.good("create_task", parent="KILL", title=f"{name} after")
    calls.append((f"{name} after", after))
    return server


def kill_after_an_acknowledged_create(place):
    server = place.serve()
    server.good("create_project", name="Kill", description="Nothing is lost", slug="KILL")
    calls, slowest = [], 0
    for n in range(ROUNDS):
        target = AT_ONCE[n % len(AT_ONCE)]
        start = time.monotonic()
        try:
            server = one_round(place, server, target, f"{n} {target}", calls)
            newcomer(place)
            check_fates(calls, place.titles("KILL"))
            place.check_store("KILL")
        except Wrong as wrong:
            raise Wrong(f"round {n}, {target}: {wrong}") from None
        slowest = max(slowest, time.monotonic() - start)
    tally = check_fates(calls, place.titles("KILL"))
    place.end(server)
    place.note(f"{ROUNDS} kills, {dict(tally)}, slowest round {slowest:.1f} s")


main(kill_after_an_acknowledged_create)
