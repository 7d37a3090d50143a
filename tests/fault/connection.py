"""Everything that can happen on the way to the database, what the client saw of it, and for how long.

    connection.py BINARY        FULL=1: every failure and every statement of every write tool

Prints one table: each failure, the sentence that a call got, how long the first call and those after
it (their median) took, what nine of ten calls of methods that need no database
stayed below meanwhile, and how long after the return work went on. For each it is checked that "nothing was changed" is only said when a digest of every row
says so too, that work goes on within 5 s, also in a process that was idle, and that the call, sent
again under its request id, was done exactly once.
"""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

from durability import FULL, UNCHANGED, Wrong, main, need
from proxy import Proxy
from repetition import CASES, Plan
from round_trips import Server as Simple
from throwaway import DIGEST, Cluster, Psql

PATIENCE = 10
BACK_WITHIN = 5.0
AT_ONCE = 0.1  # of what needs no database
OPEN_WITHIN = 0.1  # a call while the breaker is open, on a loaded machine
MEMORY = ["tools/list", "ping", "resources/templates/list", "prompts/list", "initialize"]
DISCOVER = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                      "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
                      "io.modelcontextprotocol/clientCapabilities": {}}}
FOUND_OUT = re.compile(r"it was stored: read it again|tells whether it was stored|same request_id")
ROWS = {}


def row(name, saw, first="", next_="", memory="", back="", lost="nothing"):
    ROWS[name] = (name, saw, first, next_, memory, back, lost)


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def shown(text):
    return re.sub(r"since (\d\d\d\d-\d\d-\d\d )?\d\d:\d\d", "since HH:MM", text)


# ------------------------------------------------------------------ one store, one proxy, some servers


class Site:
    """A database behind a proxy, a server on it that works and one that is idle."""

    count = 0

    def __init__(self, place, cluster, tcp=True):
        Site.count += 1
        self.place, self.cluster = place, cluster
        self.name = f"site{Site.count}"
        direct = f"host={cluster.home} user=planner dbname="
        Psql(direct + "postgres")(f"CREATE DATABASE {self.name} TEMPLATE migrated")
        self.direct = direct + self.name
        self.psql = Psql(self.direct)
        if tcp:
            self.proxy = Proxy("127.0.0.1:0", cluster.socket)
            self.dsn = f"host=127.0.0.1 port={self.proxy.port} user=planner dbname={self.name} sslmode=disable"
        else:
            home = pathlib.Path(place.directory, self.name)
            home.mkdir(mode=0o755)
            self.proxy = Proxy(f"{home}/.s.PGSQL.5432", cluster.socket)
            self.dsn = f"host={home} user=planner dbname={self.name}"
        self.servers = []

    def server(self, dsn=None):
        server = self.place.serve("--dsn", dsn or self.dsn, "--agent", "tester")
        self.servers.append(server)
        return server

    def plan(self, server):
        server.good("create_project", name="Net", description="d", slug="NET")
        server.good("create_task", parent="NET", title="first")

    def digest(self):
        return self.psql(DIGEST)

    def titles(self):
        return self.psql("SELECT title FROM planner.items WHERE kind <> 'project'").split("\n")

    def close(self):
        for server in self.servers:
            self.place.end(server)
        self.proxy.close()
        self.psql.close()


def ask_memory(server, tally):
    """Each method that needs no database, once; how long goes into the tally."""
    for method in [*MEMORY, "server/discover"]:
        params = DISCOVER if method == "server/discover" else {}
        if method == "initialize":
            params = {"protocolVersion": "2025-06-18", "capabilities": {},
                      "clientInfo": {"name": "again", "version": "1"}}
        start = time.monotonic()
        answer = server.wait(server.post(method, params), 20)
        tally.append((time.monotonic() - start, method))
        need("result" in answer.frame, f"{method}: {answer.frame}")


def check_memory(name, tally):
    """On a machine that does other things as well, one of ten may be late by what those take; of few,
    half."""
    if not tally:
        return ""
    took, method = sorted(tally)[len(tally) * (9 if len(tally) >= 60 else 5) // 10]
    need(took < AT_ONCE, f"{name}: {method} took {took * 1000:.0f} ms, and one of ten longer")
    return seconds(took)


def timed(server, tool, **arguments):
    start = time.monotonic()
    answer = server.wait(server.call(tool, **arguments), 120)
    return answer, time.monotonic() - start


def memory_while(server, number, tally):
    """Ask for what needs no database until the call is answered."""
    while number not in server.answers:
        ask_memory(server, tally)
        server.turn(0.2)


def create(server, title, **more):
    """A task, and memory meanwhile: the answer, how long it took, what memory was."""
    tally = []
    number = server.call("create_task", parent="NET", title=title, **more)
    start = time.monotonic()
    memory_while(server, number, tally)
    return server.answers[number], time.monotonic() - start, tally


def works_again(server, start, limit=BACK_WITHIN):
    while True:
        answer, _ = timed(server, "list_projects")
        if not answer.failed:
            return time.monotonic() - start
        need(time.monotonic() - start < limit + 3, f"no work {limit} s after the return: {answer.text}")
        time.sleep(0.05)


def outage(site, name, begin, end, words, compare=True, flight=False):
    """The database goes away under a server that works, for longer than a call's patience."""
    server, idle, still = site.server(), site.server(), site.server()
    site.plan(server)
    idle.good("list_projects")
    still.good("list_projects")
    before = site.digest()
    tally = []
    begin()
    start = time.monotonic()
    number = server.call("create_task", parent="NET", title=name, request_id=name)
    blocked = idle.call("list_projects")  # its breaker opens as well; then it is idle
    idle.flush()
    memory_while(server, number, tally)
    first, took = server.answers[number], time.monotonic() - start
    idle.wait(blocked, 60)
    need(first.failed and words in first.text, f"{name}: '{words}' is not in: {first.text}")
    if not flight:
        need(UNCHANGED.search(first.text), f"{name}: {first.text}")
    nexts = []
    for _ in range(5):
        answer, one = timed(server, "create_task", parent="NET", title="never", request_id="never")
        need(answer.failed and UNCHANGED.search(answer.text), f"{name}: {answer.text}")
        nexts.append(one)
        ask_memory(server, tally)
    if compare:
        need(flight or site.digest() == before, f"{name}: something was changed")
    end()
    start = time.monotonic()
    back = works_again(server, start)
    need(back < BACK_WITHIN, f"{name}: back to work after {back:.1f} s only")
    time.sleep(max(0.0, start + BACK_WITHIN - time.monotonic()) if FULL else max(0.0, 2 - back))
    if FULL:
        answer, one = timed(idle, "list_projects")
        need(not answer.failed, f"{name}: the first call of an idle process 5 s later: {answer.text}")
    else:
        works_again(idle, start)
    works_again(still, time.monotonic())  # it never noticed anything
    if not flight:
        need(site.digest() == before, f"{name}: something was changed after all")
    again = server.good("create_task", parent="NET", title=name, request_id=name)
    need(site.titles().count(name) == 1, f"{name}: there {site.titles().count(name)} times")
    need("never" not in site.titles(), f"{name}: a refused call was done")
    need(sorted(nexts)[2] < OPEN_WITHIN, f"{name}: calls while it is open took {nexts}")
    row(name, shown(first.text), seconds(took), seconds(sorted(nexts)[2]), check_memory(name, tally), seconds(back),
        "nothing (done once, replayed)" if again.data.get("replayed") else "nothing (done once)")


def brief(site, name, begin, end, down):
    """Shorter than a call's patience: the call waits and is done."""
    server = site.server()
    site.plan(server)
    begin()
    number = server.call("create_task", parent="NET", title=name)
    start = time.monotonic()
    server.flush()
    time.sleep(down)
    end()
    returned = time.monotonic()
    tally = []
    memory_while(server, number, tally)
    answer = server.answers[number]
    need(not answer.failed, f"{name}: {answer.text}")
    need(site.titles().count(name) == 1, f"{name}: there {site.titles().count(name)} times")
    back = time.monotonic() - returned
    need(back < BACK_WITHIN, f"{name}: done {back:.1f} s after the return only")
    row(name, "no error: " + answer.text, seconds(time.monotonic() - start), "", check_memory(name, tally),
        seconds(back))


# ------------------------------------------------------------------ failures, each on a database of its own


def refused(site):
    outage(site, "connections refused", lambda: (site.proxy.do_refuse(), site.proxy.do_cut()),
           site.proxy.do_pass, "connection refused")


def dropped(site):
    outage(site, "every connection reset", site.proxy.do_drop, site.proxy.do_pass,
           "the database does not answer (")


def silent(site):
    outage(site, "network cut, no byte in either direction", site.proxy.do_blackhole,
           site.proxy.do_pass, "the database does not answer (no answer")


def idle_terminated(site):
    server = site.server()
    site.plan(server)
    site.psql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
              " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    answer, took = timed(server, "create_task", parent="NET", title="idle")
    need(not answer.failed, answer.text)
    row("backend terminated between two calls", "no error: " + answer.text, seconds(took))


def held_commit(site, how, name, slug):
    """The network is cut at COMMIT, for longer than anybody waits, and comes back."""
    server, beside = site.server(), site.server(site.direct)
    site.plan(beside)
    server.good("list_projects")
    before = site.digest()
    site.proxy.do_message("client", "E", 1, how)
    site.proxy.trap.kind, site.proxy.trap.text = "B", b"tx commit"
    if how == "hold-after":  # the COMMIT itself is the Execute behind its Bind: what is sent with it
        site.proxy.trap.kind, site.proxy.trap.text = "S", b""
        site.proxy.trap.left = 2
    answer, took, tally = create(server, name, request_id=slug)
    need(answer.failed and FOUND_OUT.search(answer.text), f"{name}: {answer.text}")
    site.proxy.do_pass()
    start = time.monotonic()
    back = works_again(server, start)
    changed = site.digest() != before  # as everybody sees it from now on: nothing comes later
    again = server.good("create_task", parent="NET", title=name, request_id=slug)
    need(site.titles().count(name) == 1, f"{name}: there {site.titles().count(name)} times")
    need(again.data.get("replayed", False) == changed, f"{name}: {again.text}")
    row(name, shown(answer.text), seconds(took), "", check_memory(name, tally), seconds(back),
        "nothing (was " + ("stored" if changed else "not stored") + ", done once)")


def commit_never_arrives(site):
    held_commit(site, "hold-before", "network cut before COMMIT arrives", "h1")


def commit_not_answered(site):
    held_commit(site, "hold-after", "network cut before COMMIT is answered", "h2")


def slow(site, name, begin, title):
    """Everything arrives, late: nobody may take that for an outage. What the row says of it."""
    server = site.server()
    site.plan(server)
    begin()
    answer, took, tally = create(server, title)
    need(not answer.failed, answer.text)
    return server, (name, "no error", seconds(took)), check_memory(name, tally)


def delayed(site):
    server, begun, memory = slow(site, "network delayed by 200 ms each way",
                                 lambda: site.proxy.do_delay(200), "delayed")
    site.proxy.do_cut()
    answer, anew = timed(server, "list_projects")
    need(not answer.failed, answer.text)
    site.proxy.do_pass()
    row(*begun, seconds(anew) + " anew", memory, "0 ms")


def trickling(site):
    server, begun, memory = slow(site, "network trickling, 20 kB/s",
                                 lambda: site.proxy.do_trickle(20000), "trickle")
    site.proxy.do_pass()
    need(site.titles().count("trickle") == 1, "not stored")
    row(*begun, "", memory, seconds(works_again(server, time.monotonic())))


def brief_refusal(site):
    brief(site, "connections refused for 2 s", lambda: (site.proxy.do_refuse(), site.proxy.do_cut()),
          site.proxy.do_pass, 2)


def brief_silence(site):
    brief(site, "network cut for 3 s", site.proxy.do_blackhole, site.proxy.do_pass, 3)


def dropped_database(site):
    admin = Psql(site.cluster.dsn)

    def begin():
        site.psql.close()
        admin(f"CREATE DATABASE {site.name}_copy TEMPLATE migrated")
        admin(f"ALTER DATABASE {site.name} ALLOW_CONNECTIONS false")
        admin("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
              f" WHERE datname = '{site.name}'")
        admin(f"ALTER DATABASE {site.name} RENAME TO {site.name}_old")

    def end():
        admin(f"ALTER DATABASE {site.name}_old RENAME TO {site.name}")
        admin(f"ALTER DATABASE {site.name} ALLOW_CONNECTIONS true")

    outage(site, "database gone (renamed away)", begin, end, "the database refuses the connection",
           compare=False)
    admin.close()


def lock_wait(site):
    server = site.server()
    site.plan(server)
    before = site.digest()
    holder = Psql(site.direct)
    holder("BEGIN; LOCK TABLE planner.audit IN ACCESS EXCLUSIVE MODE")
    answer, took, tally = create(server, "locked", request_id="locked")
    holder("ROLLBACK")
    start = time.monotonic()
    need(answer.failed and UNCHANGED.search(answer.text), answer.text)
    need(took < 45, f"a held lock was waited for {took:.0f} s")
    need(site.digest() == before, "something was changed")
    back = works_again(server, start)
    server.good("create_task", parent="NET", title="locked", request_id="locked")
    need(site.titles().count("locked") == 1, "not done once")
    holder.close()
    row("a lock held by somebody else", shown(answer.text), seconds(took), "", check_memory("a lock held by somebody else", tally),
        seconds(back))


def statement_timeout(site):
    server = site.server()
    site.plan(server)
    before = site.digest()
    site.psql("CREATE FUNCTION public.nap() RETURNS trigger LANGUAGE plpgsql AS"
              " $$ BEGIN PERFORM pg_sleep(40); RETURN NULL; END $$;"
              " CREATE TRIGGER nap AFTER INSERT ON planner.items FOR EACH ROW EXECUTE FUNCTION public.nap()")
    answer, took, tally = create(server, "slow", request_id="slow")
    need(answer.failed and "took longer than" in answer.text and UNCHANGED.search(answer.text), answer.text)
    need(site.digest() == before, "something was changed")
    site.psql("DROP TRIGGER nap ON planner.items")
    server.good("create_task", parent="NET", title="slow", request_id="slow")
    need(site.titles().count("slow") == 1, "not done once")
    row("a statement that takes too long", shown(answer.text), seconds(took), "", check_memory("a statement that takes too long", tally))


def listening(site, name, begin, end, down):
    """A call that waits for a change, and a subscription, across it."""
    waits, other = site.server(), site.server(site.direct)
    site.plan(other)
    cursor = waits.good("wait_for_change", project="NET").data["cursor"]
    waits.wait(waits.post("resources/subscribe", {"uri": "planner://projects/NET"}))
    number = waits.call("wait_for_change", project="NET", cursor=cursor, timeout_seconds=45)
    waits.flush()
    deadline = time.monotonic() + 5
    while site.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mcp-planner feed'"
                    " AND datname = current_database()") == "0":
        need(time.monotonic() < deadline, "nobody listens")
        time.sleep(0.05)
    begin()
    tally = []
    until = time.monotonic() + down
    other.good("create_task", parent="NET", title="news")  # while nobody can hear it
    while time.monotonic() < until:
        ask_memory(waits, tally)
        time.sleep(0.1)
    end()
    start = time.monotonic()
    answer = waits.wait(number, 30)
    back = time.monotonic() - start
    need(not answer.failed and "news" in answer.text, f"{name}: {answer.text}")
    need(back < BACK_WITHIN, f"{name}: heard {back:.1f} s after the return only")
    until = time.monotonic() + BACK_WITHIN
    while not any(note.get("method") == "notifications/resources/updated" for note in waits.notes):
        need(time.monotonic() < until, f"{name}: the subscription did not hear of it")
        waits.turn(0.1)
    row(name, "no error: the change made meanwhile is told", "", "", check_memory(name, tally), seconds(back),
        "no change missed")


def listening_refused(site):
    listening(site, "wait_for_change, connections refused for 4 s",
              lambda: (site.proxy.do_refuse(), site.proxy.do_cut()), site.proxy.do_pass, 4)


def listening_silent(site):
    listening(site, "wait_for_change, network cut for 4 s", site.proxy.do_blackhole,
              site.proxy.do_pass, 4)


def listening_terminated(site):
    listening(site, "wait_for_change, its backend terminated", lambda: site.psql(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE application_name = 'mcp-planner feed' AND datname = current_database()"),
        lambda: None, 0)


def ended_meanwhile(site):
    """A signal ends a server whose call waits, the end of its input one whose breaker is open."""
    waits, opened = site.server(), site.server()
    site.plan(waits)
    opened.good("list_projects")
    site.proxy.do_blackhole()
    number = opened.call("list_projects")
    waits.call("list_projects")
    waits.flush()
    opened.flush()
    time.sleep(6)  # the doubt has begun, and with it the probe's thread
    start = time.monotonic()
    waits.process.terminate()
    need(waits.process.wait(10) == 0, f"the signal ended it with {waits.process.returncode}")
    took = time.monotonic() - start
    need(took < 1.5, f"a signal took {took:.1f} s")
    need(opened.wait(number, 30).failed, "there was an answer")
    for _ in range(20):
        opened.call("list_projects")
    start = time.monotonic()
    site.place.end(opened)
    ended = time.monotonic() - start
    need(len(opened.answers) == opened.last and ended < 2, f"the end of its input took {ended:.1f} s")
    site.place.servers.remove(waits)
    site.servers.clear()
    site.proxy.do_pass()
    row("SIGTERM while a call waits; end of input with 20 calls while the breaker is open",
        "exit code 0, every call answered", seconds(took), seconds(ended))


SHORT = [refused, silent, ended_meanwhile, brief_refusal, idle_terminated, listening_refused, listening_terminated]
LONG = [commit_never_arrives, commit_not_answered, dropped, delayed, trickling, brief_silence, dropped_database, lock_wait, statement_timeout,
        listening_silent]


def run_on(place, cluster, scenario):
    site = Site(place, cluster)
    try:
        scenario(site)
        site.close()
        return None
    except (Wrong, AssertionError) as wrong:
        return f"{scenario.__name__}: {wrong}"


@contextlib.contextmanager
def migrated(place, name="other", **options):
    cluster = Cluster(place.directory, name, fsync="off", **options)
    cluster.start()
    try:
        psql = Psql(cluster.dsn)
        psql("CREATE DATABASE migrated")
        place.command("migrate", "up", "--dsn", f"host={cluster.home} user=planner dbname=migrated",
                      check=True)
        psql.close()
        yield cluster
    finally:
        cluster.stop()


def the_way_to_the_database_breaks(place):
    scenarios = SHORT + (LONG if FULL else [])
    with migrated(place) as cluster:
        with concurrent.futures.ThreadPoolExecutor(len(scenarios)) as pool:
            wrong = [w for w in pool.map(lambda s: run_on(place, cluster, s), scenarios) if w]
    need(not wrong, "; ".join(wrong))
    place.note(f"{len(scenarios)} failures")


# ------------------------------------------------------------------ the server itself


def stopping(place, how, what):
    with migrated(place, f"stop{how}") as cluster:
        site = Site(place, cluster)

        def begin():
            site.psql.close()
            cluster.stop(how)

        brief(site, f"{what}, back after 2 s", begin, cluster.start, 2)
        site.servers.clear()
        site = Site(place, cluster)
        outage(site, f"{what}, away for long", begin, cluster.start, "the database does not answer",
               compare=False)


def database_restarted_fast(place):
    stopping(place, "INT", "server stopped (fast)")


def database_restarted_immediately(place):
    stopping(place, "QUIT", "server stopped (immediate)")


def postmaster_killed(place):
    stopping(place, "KILL", "postmaster killed (-9)")


def free_port():
    proxy = Proxy("127.0.0.1:0", "127.0.0.1:1")
    port = proxy.port
    proxy.close()
    return port


def killed_at_commit(place, how, name):
    """The machine of the database dies at COMMIT and is away for long: nobody can say what came of it."""
    with migrated(place, f"commit{how}") as cluster:
        site = Site(place, cluster)
        server = site.server()
        site.plan(server)
        trap = site.proxy.do_message("client", "B:tx commit" if how == "before" else "S", 1, how)
        if how == "after":  # behind the flush that reads comes the one that commits
            trap.left = 2
        trap.act = lambda: (site.psql.close(), cluster.stop("KILL"))
        tally, start = [], time.monotonic()
        number = server.call("create_task", parent="NET", title=name, request_id=name)
        memory_while(server, number, tally)
        answer, took = server.answers[number], time.monotonic() - start
        need(trap.sprung.is_set(), f"{name}: there was no COMMIT")
        need(answer.failed and FOUND_OUT.search(answer.text), f"{name}: {answer.text}")
        site.proxy.calm()
        cluster.start()
        back = works_again(server, time.monotonic())
        stored = site.titles().count(name)
        again = server.good("create_task", parent="NET", title=name, request_id=name)
        need(site.titles().count(name) == 1, f"{name}: there {site.titles().count(name)} times")
        need(again.data.get("replayed", False) == (stored == 1), f"{name}: {again.text}")
        row(name, shown(answer.text), seconds(took), "", check_memory(name, tally), seconds(back),
            "nothing (was " + ("stored" if stored else "not stored") + ", done once)")
        site.close()


def server_killed_before_commit(place):
    killed_at_commit(place, "before", "server killed before COMMIT reached it, away for long")


def server_killed_after_commit(place):
    killed_at_commit(place, "after", "server killed after COMMIT, before its answer, away for long")


def app_site(place, cluster, port):
    site = Site(place, cluster)
    site.psql("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'secret'")
    site.proxy.target = socket.AF_INET, ("127.0.0.1", port)
    site.dsn = site.dsn.replace("user=planner", "user=app password=secret")
    return site


@contextlib.contextmanager
def app_cluster(place, name, port, **options):
    cluster = Cluster(place.directory, name, hba=["host all app 127.0.0.1/32 scram-sha-256"],
                      fsync="off", listen_addresses="127.0.0.1", port=port, **options)
    cluster.begin()
    deadline = time.monotonic() + 20
    while not os.path.exists(f"{cluster.home}/.s.PGSQL.{port}"):
        need(time.monotonic() < deadline, "the throwaway PostgreSQL does not start")
        time.sleep(0.05)
    os.symlink(f"{cluster.home}/.s.PGSQL.{port}", cluster.socket)
    try:
        deadline = time.monotonic() + 20
        while subprocess.run(["psql", "-XAtqc", "SELECT 1", cluster.dsn], capture_output=True,
                             check=False).returncode != 0:
            need(time.monotonic() < deadline, "the throwaway PostgreSQL does not answer")
            time.sleep(0.1)
        psql = Psql(cluster.dsn)
        psql("CREATE DATABASE migrated")
        place.command("migrate", "up", "--dsn", f"host={cluster.home} user=planner dbname=migrated",
                      check=True)
        psql.close()
        yield cluster
    finally:
        cluster.stop()


def password_changed(place):
    port = free_port()
    with app_cluster(place, "password", port) as cluster:
        site = app_site(place, cluster, port)

        def begin():
            site.psql("ALTER ROLE app PASSWORD 'other'")
            site.psql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                      " WHERE usename = 'app'")

        outage(site, "password changed", begin, lambda: site.psql("ALTER ROLE app PASSWORD 'secret'"),
               "the database refuses the connection (password authentication failed")


def no_connection_left(place):
    with migrated(place, "crowd", max_connections=12, superuser_reserved_connections=2,
                  max_wal_senders=0) as cluster:
        site = Site(place, cluster)
        site.psql("CREATE ROLE app LOGIN SUPERUSER; ALTER ROLE app NOSUPERUSER; GRANT ALL ON SCHEMA planner"
                  " TO app; GRANT ALL ON ALL TABLES IN SCHEMA planner TO app;"
                  " GRANT ALL ON ALL SEQUENCES IN SCHEMA planner TO app")
        site.dsn = site.dsn.replace("user=planner", "user=app")
        crowd = [Psql(site.direct.replace("user=planner", "user=app")) for _ in range(12)]

        def begin():
            site.psql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                      " WHERE usename = 'app'")
            for one in crowd:
                with contextlib.suppress(AssertionError, BrokenPipeError):
                    one("SELECT 1")

        def end():
            for one in crowd:
                with contextlib.suppress(BrokenPipeError):
                    one.close()

        outage(site, "no connection left (max_connections)", begin, end,
               "the database has no connection left for this")


def disk_full(place):
    disk = pathlib.Path(place.directory, "disk")
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m,mode=755", "tmpfs", disk], check=False,
                          capture_output=True)
    if done.returncode != 0:
        place.note("no disk can be filled here: mounting a tmpfs is not allowed")
        return
    try:
        with migrated(place, "full") as cluster:
            cluster.give(disk)
            psql = Psql(cluster.dsn)
            psql(f"CREATE TABLESPACE small LOCATION '{disk}'")
            psql("ALTER DATABASE migrated SET TABLESPACE small")
            site = Site(place, cluster)
            server = site.server()
            site.plan(server)
            before = site.digest()
            many = [{"title": f"t{n}", "objective": os.urandom(1500).hex()} for n in range(400)]
            with open(disk / "filler", "wb") as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * 65536)
                    filler.flush()
            tally = []
            number = server.call("define_tasks", parent="NET", tasks=many, request_id="many")
            start = time.monotonic()
            memory_while(server, number, tally)
            answer, took = server.answers[number], time.monotonic() - start
            need(answer.failed and "no disk space" in answer.text and UNCHANGED.search(answer.text),
                 answer.text)
            need(site.digest() == before, "something was changed")
            (disk / "filler").unlink()
            start = time.monotonic()
            server.good("define_tasks", parent="NET", tasks=many, request_id="many")
            back = time.monotonic() - start
            need(site.titles().count("t399") == 1, "not done once")
            row("disk full", shown(answer.text), seconds(took), "", check_memory("disk full", tally), seconds(back))
            site.close()
            psql.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def disk_full_for_the_log(place):
    """The server itself dies of it and cannot come back before there is room."""
    disk = pathlib.Path(place.directory, "logdisk")
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", disk], check=False,
                          capture_output=True)
    if done.returncode != 0:
        return
    try:
        with migrated(place, "logfull", wal=disk) as cluster:
            site = Site(place, cluster)
            server = site.server()
            site.plan(server)
            filled = []

            def fill():
                with open(disk / "filler", "wb") as filler, contextlib.suppress(OSError):
                    while True:
                        filler.write(b"x" * 65536)
                        filler.flush()

            fill()
            start, tally, texts = time.monotonic(), [], []
            for n in range(60):
                many = [{"title": f"t{n}-{i}", "objective": os.urandom(8000).hex()} for i in range(60)]
                number = server.call("define_tasks", parent="NET", tasks=many, request_id=f"many {n}")
                memory_while(server, number, tally)
                filled.append((n, many, server.answers[number]))
                if server.answers[number].failed:
                    texts.append(server.answers[number].text)
                    break
            took = time.monotonic() - start
            need(texts, "the log did not fill the disk")
            need(UNCHANGED.search(texts[0]) or FOUND_OUT.search(texts[0]), texts[0])
            site.psql.close()
            (disk / "filler").unlink()
            start = time.monotonic()
            if cluster.process.poll() is not None:  # it gave up; somebody starts it again
                cluster.start()
            back = works_again(server, time.monotonic(), 20)
            titles = site.titles()
            for n, many, answer in filled:
                there = sum(one["title"] in titles for one in many)
                need(there == (0 if answer.failed and UNCHANGED.search(answer.text) else len(many))
                     or FOUND_OUT.search(answer.text), f"many {n}: {there} there: {answer.text}")
                server.good("define_tasks", parent="NET", tasks=many, request_id=f"many {n}")
            titles = site.titles()
            need(all(titles.count(one["title"]) == 1 for _, many, _ in filled for one in many), "not once")
            row("disk full for the server's log (it crashes)", shown(texts[0]), seconds(took), "",
                check_memory("disk full for the log", tally), seconds(back))
            site.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


# ------------------------------------------------------------------ every statement of every write tool

WAYS = ["before", "after", "kill-before", "kill-after"]
PLACES = {"before": "connection cut before the statement is sent",
          "after": "connection cut after it was sent",
          "kill-before": "backend terminated before the statement is sent",
          "kill-after": "backend terminated after it was sent"}


class Statements:
    """One write tool on a database of its own, broken at each Execute of a call."""

    def __init__(self, place, cluster, tool, tally):
        self.tool, self.tally = tool, tally
        self.site = Site(place, cluster, tcp=False)
        self.plain = Simple(place.binary, self.site.direct)
        self.cut = Simple(place.binary, self.site.dsn)

    def changes(self):
        return int(self.site.psql("SELECT count(DISTINCT change) FROM planner.audit"))

    def case(self, id_=None):
        arguments = CASES[self.tool](Plan(self.plain))[0]
        if id_:
            arguments["request_id"] = id_
        return arguments

    def executes(self):
        return self.site.proxy.counts["client"]["E"]

    def measure(self):
        """How many statements a usual call has; the last one is COMMIT."""
        for _ in range(2):
            self.cut.call("list_projects", {})
            arguments, before = self.case(), self.executes()
            self.cut.call(self.tool, arguments)
            n = self.executes() - before
        return n

    def run(self, nth, how, last):
        where = "COMMIT" if nth == last else "a statement"
        id_ = f"{self.tool} {nth} {how}"
        arguments = self.case(id_)
        self.cut.call("list_projects", {})  # connects
        before, changes = self.site.digest(), self.changes()
        trap = self.site.proxy.do_message("client", "E", nth, how)
        start = time.monotonic()
        answer = self.cut.ask("tools/call", {"name": self.tool, "arguments": arguments})
        took = time.monotonic() - start
        self.site.proxy.calm()
        what = f"{id_} of {last}: {answer['content'][0]['text']}"
        need(trap.sprung.is_set(), f"{what}: there was no such statement")
        made, same = self.changes() - changes, self.site.digest() == before
        fate = self.fate(answer)
        need(made <= 1, f"{what}: {made} changes")
        need(fate != "done" or made == 1, f"{what}: acknowledged, but {made} changes")
        need(fate != "unchanged" or same, f"{what}: something was changed")
        again = self.plain.call(self.tool, arguments)
        need(self.changes() - changes == 1, f"{what}: {self.changes() - changes} changes after the replay")
        need(again.get("replayed", False) == (made == 1), f"{what}: replayed {again.get('replayed')}")
        self.note(where, how, fate, took)

    def fate(self, answer):
        text = answer["content"][0]["text"]
        if not answer.get("isError"):
            return "done"
        if UNCHANGED.search(text):
            return "unchanged"
        need(FOUND_OUT.search(text), f"the answer tells no fate: {text}")
        return "stored or how to find out"

    def note(self, where, how, fate, took):
        cases = self.tally.setdefault((where, how), {})
        cases[fate] = cases.get(fate, 0) + 1
        cases["slowest"] = max(cases.get("slowest", 0.0), took)

    def without_id(self, last):
        """Nothing to replay: the answer says that it was stored."""
        arguments = self.case()
        self.cut.call("list_projects", {})
        changes = self.changes()
        self.site.proxy.do_message("client", "E", last, "after")
        answer = self.cut.ask("tools/call", {"name": self.tool, "arguments": arguments})
        self.site.proxy.calm()
        text = answer["content"][0]["text"]
        need(self.changes() - changes == 1, f"{self.tool}: {self.changes() - changes} changes")
        need(not answer.get("isError") or "it was stored" in text, f"{self.tool}: {text}")
        self.note("COMMIT, without request_id", "after", "done" if not answer.get("isError")
                  else "said that it was stored", 0.0)

    def all(self):
        last = self.measure()
        cases = [(nth, how) for nth in range(1, last + 1) for how in WAYS]
        if not FULL:
            middle = 2 + len(self.tool) % max(1, last - 2)
            cases = [(last, "after"), [(last, "before"), (middle, "after"), (middle, "kill-before"),
                                       (middle, "kill-after")][len(self.tool) % 4]]
        for nth, how in cases:
            self.run(nth, how, last)
        if FULL:
            self.without_id(last)
        return len(cases) + FULL

    def close(self):
        for server in (self.plain, self.cut):
            need(server.close() == 0, "a server did not end well")
        self.site.proxy.close()
        self.site.psql.close()


def every_statement_of_every_write_tool(place):
    tally, n = {}, 0
    os.environ["PLANNER_LOG_LEVEL"] = "error"
    with migrated(place, "statements") as cluster:
        probe = Simple(place.binary, cluster.dsn)
        tools = [tool["name"] for tool in probe.ask("tools/list", {})["tools"]
                 if not tool["annotations"]["readOnlyHint"]]
        probe.close()
        need(set(tools) <= set(CASES), f"without a case: {set(tools) - set(CASES)}")
        for tool in tools:
            statements = Statements(place, cluster, tool, tally)
            n += statements.all()
            statements.close()
    for (where, how), cases in tally.items():
        slowest = cases.pop("slowest")
        row(f"{PLACES[how]}: {where}", ", ".join(f"{count} {fate}" for fate, count in cases.items()),
            seconds(slowest) if slowest else "")
    place.note(f"{len(tools)} tools, {n} breaks")


# ------------------------------------------------------------------ the table


def print_table():
    if not ROWS:
        return
    print("| failure | what the client saw | first call | next calls | no database needed | work goes on after |"
          " lost |\n|---|---|---|---|---|---|---|")
    for cells in ROWS.values():
        print("| " + " | ".join(cells) + " |")


def both_beside_each_other(place):
    """The one mostly waits."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(part, place) for part in PARTS]:
            running.result()


PARTS = [the_way_to_the_database_breaks, every_statement_of_every_write_tool]
ALL = PARTS if FULL or len(sys.argv) > 2 else [both_beside_each_other]
if FULL:
    ALL += [database_restarted_fast, database_restarted_immediately, postmaster_killed,
            server_killed_before_commit, server_killed_after_commit, password_changed,
            no_connection_left, disk_full, disk_full_for_the_log]
chosen = os.environ.get("ONLY", "").split()
if chosen:
    SHORT[:] = [s for s in SHORT + LONG if s.__name__ in chosen]
    LONG.clear()
wanted = sys.argv[2:]
del sys.argv[2:]
try:
    main(*(s for s in ALL if not wanted or s.__name__ in wanted))
finally:
    print_table()
