"""Every block of commands in docs/RUNBOOKS.md runs, in the situation that it is for.

The blocks of a heading are one shell script, with `mcp-planner` in front of the path and a `sudo` that
becomes the account. A heading whose commands this program does not have is passed over and told.
"""
import contextlib
import os
import pathlib
import re
import subprocess

from durability import main, need
from servers import Postgres, as_server, make_home, until, with_stack

TOP = pathlib.Path(__file__).resolve().parents[2]
HELD = "SELECT pg_advisory_xact_lock(7236218560021377521)"
SUDO = """#!/bin/sh
shift 2 # -u postgres
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
"""
# Throwaway servers are not as they should be (no archive, ...): that a doctor who looks at everything finds
# something is no failure.
PROGRAM = """#!/bin/sh
"$BIN/mcp-planner" "$@" || { code=$?; case "$*" in *--only*) exit $code ;; doctor*) test $code = 3 ;; *) exit $code ;; esac; }
"""


def runbooks():
    """{heading: the commands below it}"""
    parts = re.split(r"^## (.*)\n", (TOP / "docs/RUNBOOKS.md").read_text(encoding="utf-8"), flags=re.M)
    return {heading: "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
            for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


class Desk:
    """Where an operator sits: directories, the names that the runbooks use, and a shell."""

    def __init__(self, place, postgres):
        self.place, self.books, self.done = place, runbooks(), set()
        self.commands = set(re.findall(r"^  ([a-z]+)", place.command("help").stdout, re.M))
        home = f"{place.directory}/desk"
        self.home, self.standby = home, Postgres(f"{place.directory}/standby")
        for name in ("", "/bin", "/first", "/build", "/build/release"):
            os.mkdir(f"{home}{name}")
        os.symlink(place.binary, f"{home}/build/release/mcp-planner")
        make_home(f"{home}/pooler")
        os.chmod(home, 0o711)
        for name, text in (("sudo", SUDO), ("mcp-planner", PROGRAM)):
            pathlib.Path(f"{home}/first/{name}").write_text(text, encoding="utf-8")
            os.chmod(f"{home}/first/{name}", 0o755)
        options = f"-p {self.standby.port} -k {self.standby.home}"
        self.names = {
            "HOME": home, "BIN": f"{home}/bin", "PATH": f"{home}/first:{os.environ['PATH']}:/usr/sbin",
            "PGBIN": str(postgres.bin), "ADMIN": f"{postgres.plain} dbname=plan",
            "DSN": f"host={postgres.home} port={postgres.port} user=plan dbname=plan",
            "STANDBY": f"{self.standby.plain} dbname=plan", "STANDBYDATA": f"{self.standby.home}/data",
            "STANDBYOPTIONS": options, "PGHOST": postgres.home, "PGPORT": str(postgres.port),
            "POOLDIR": f"{home}/pooler", "PRIVATE": place.data}

    def follow(self, heading, **names):
        """The commands of a runbook; what they printed."""
        self.done.add(heading)
        script = self.books[heading]
        missing = set(re.findall(r"mcp-planner ([a-z]+)", script)) - self.commands
        if missing:
            self.place.note(f"{heading}: no {', '.join(sorted(missing))} yet")
            return ""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], check=False, cwd=self.home,
                              env={**self.names, **names}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)
        need(done.returncode == 0, f"{heading}: {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout + done.stderr

    def sql(self, statement):
        return self.place.sql(statement, self.names["ADMIN"])


@contextlib.contextmanager
def a_migrator_that_hangs(desk):
    with subprocess.Popen(["psql", "-Xq", desk.names["ADMIN"]], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
        other.stdin.write(f"BEGIN; {HELD};\n".encode())
        other.stdin.flush()
        until("the lock", lambda: desk.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1")
        yield
        other.kill()


def stop_standby(desk):
    if os.path.exists(f"{desk.standby.home}/data/postmaster.pid"):
        desk.standby.run("pg_ctl", "-D", f"{desk.standby.home}/data", "-w", "-m", "immediate", "stop")


def stop_pooler(desk):
    path = pathlib.Path(f"{desk.home}/pooler/pid")
    if path.exists():
        subprocess.run([*as_server(), "kill", path.read_text(encoding="utf-8").strip()], check=False)


def server_is_made(desk, postgres):
    desk.follow("Install")
    desk.follow("A server of your own", ADMIN=postgres.dsn)
    server = desk.place.serve("--dsn", desk.names["DSN"])
    server.good("create_project", name="Runbooks", description="Followed", slug="RUN")
    server.good("create_step", task=server.good("create_task", parent="RUN", title="t").data["key"],
                title="s", content="How")
    desk.place.end(server)


def store_is_kept(desk):
    need(desk.place.command("migrate", "down", "4", "--yes", "--dsn", desk.names["DSN"]).returncode == 0,
         "migrate down")
    desk.follow("Upgrade")
    need("mcp_planner_up 1" in desk.follow("Watch"), "the metrics say that nothing is up")
    for heading in ("Back up", "Drill", "Restore", "Back to a moment", "Retention", "Export and import",
                    "Disk full", "A lost password"):
        desk.follow(heading)


def store_is_mended(desk):
    desk.sql("UPDATE planner.roll SET n_children = n_children + 5")
    desk.follow("A damaged counter")
    need(desk.sql("SELECT count(*) FROM planner.projects p, planner.roll_check(p.id)") == "0",
         "counters are still wrong")
    with a_migrator_that_hangs(desk):
        desk.follow("A stuck migrator")


def store_is_moved(desk):
    server = desk.place.serve()
    server.good("create_project", name="Private", description="Moves", slug="MOVED")
    desk.place.end(server)
    if desk.follow("From the private database to a server"):
        need(desk.sql("SELECT slug FROM planner.projects") == "MOVED", "the plan is not on the server")


def servers_are_added(desk):
    try:
        desk.follow("Adding a pooler")
        desk.follow("Adding a standby")
        until("the standby", lambda: desk.sql("SELECT state FROM pg_stat_replication") == "streaming")
        desk.follow("Failover")
    finally:
        stop_pooler(desk)
        stop_standby(desk)


@with_stack
def every_runbook_runs_in_the_situation_that_it_is_for(place, stack):
    postgres = stack.postgres()
    desk = Desk(place, postgres)
    server_is_made(desk, postgres)
    store_is_kept(desk)
    store_is_mended(desk)
    store_is_moved(desk)
    servers_are_added(desk)
    desk.follow("Remove")
    need(desk.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'planner'") == "0"
         and not os.path.exists(place.data) and os.path.exists(f"{desk.home}/last.jsonl"), "it is still there")
    need(desk.done == desk.books.keys(), f"nobody follows {sorted(desk.books.keys() - desk.done)}")


if __name__ == "__main__":
    main(every_runbook_runs_in_the_situation_that_it_is_for)
