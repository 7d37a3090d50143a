"""How a server ends, and what it outlives: signals, the end of its input, lines that are too long."""
import random
import signal
import time

from durability import FULL, check_fates, main, need

CAP = 4 * 1024 * 1024


def end_of_input_answers_everything_that_was_read(place):
    server = place.serve()
    server.good("create_project", name="Eof", description="Ends", slug="EOF")
    numbers = [server.call("create_task", parent="EOF", title=f"t{n}") for n in range(200)]

    place.end(server)

    failed = [server.answers[n].text for n in numbers if server.answers[n].failed]
    need(not failed, f"{len(failed)} failed, first: {failed[:1]}")
    beside = place.serve()
    beside.good("list_projects")
    need(len(place.titles("EOF")) == 200, "not all are stored")
    place.check_store("EOF")


def a_signal_ends_it_within_a_second_and_leaves_nothing_half_done(place):
    beside = place.serve()
    beside.good("create_project", name="Sig", description="Ends", slug="SIG")
    calls, slowest = [], 0
    for n in range(60 if FULL else 12):
        server = place.serve()
        server.good("list_projects")
        flying = [(f"{n} {c}", server.call("create_task", parent="SIG", title=f"{n} {c}"))
                  for c in range(50)]
        server.flush()
        time.sleep(random.uniform(0, 0.1))
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM if n % 2 else signal.SIGINT)
        while not server.ended:
            need(time.monotonic() < start + 5, "it does not end")
            server.turn(1)
        code = server.process.wait()
        slowest = max(slowest, time.monotonic() - start)
        need(code == 0, f"it ended with {code}")
        need(not server.input, "the last line is cut")
        place.servers.remove(server)
        calls += [(title, server.answers[k]) for title, k in flying if k in server.answers]
    need(slowest < 1, f"the slowest took {slowest:.2f} s to end")
    tally = check_fates(calls, place.titles("SIG"))
    place.check_store("SIG")
    place.note(f"{dict(tally)}, slowest end {slowest:.3f} s")


def a_line_that_is_too_long_is_refused_and_the_next_one_works(place):
    server = place.serve()
    server.good("create_project", name="Long", description="Lines", slug="LONG")
    for size in (CAP + 1, 3 * CAP, 20 * 1024 * 1024):
        before = len(server.answers)
        server.write(b'{"jsonrpc":"2.0","method":"x","params":"' + b"a" * size
                     + b'","id":"%d"}' % size)
        server.flush()
        answer = server.wait(str(size), 30)
        need(answer.frame.get("error", {}).get("code") == -32600, f"{answer.frame}")
        server.good("create_task", parent="LONG", title=f"after {size}")
        need(len(server.answers) <= before + 2, "more was said")


def closed_output_ends_it(place):
    """A host that has gone: nobody reads, nothing hangs."""
    server = place.serve()
    server.good("create_project", name="Gone", description="Host", slug="GONE")
    for n in range(20):
        server.call("create_task", parent="GONE", title=f"t{n}")
    server.process.stdout.close()
    try:
        while server.output:
            server.output = server.output[server.process.stdin.write(server.output):]
        server.process.stdin.close()
    except BrokenPipeError:
        pass
    place.servers.remove(server)
    need(server.process.wait(timeout=20) is not None, "it stays")
    beside = place.serve()
    beside.good("list_projects")
    place.check_store("GONE")


main(end_of_input_answers_everything_that_was_read,
     a_signal_ends_it_within_a_second_and_leaves_nothing_half_done,
     a_line_that_is_too_long_is_refused_and_the_next_one_works, closed_output_ends_it)
