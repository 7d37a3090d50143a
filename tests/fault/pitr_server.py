"""docs/POINT-IN-TIME.md, command by command, on a server that is laid out as Debian does it: data
directory, configuration elsewhere, a service, an account. Only the names at its top are the test's, and
sudo and systemctl are stand-ins that know the one service and the one account."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import textwrap

from durability import FULL, Wrong, main, need
from servers import as_server, free_port, make_home, newest_bin, until

TOP = pathlib.Path(__file__).resolve().parents[2]
DOC = TOP / "docs/POINT-IN-TIME.md"


class Book:
    """The blocks of the document, in order; each is run once."""

    def __init__(self):
        text = DOC.read_text(encoding="utf-8")
        self.blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.S | re.M)
        self.cron = re.search(r"^```cron\n(.*?)^```$", text, re.S | re.M).group(1)

    def next(self, sign):
        """The next block, which begins with the sign."""
        need(self.blocks, f"the document ends before '{sign}'")
        block = self.blocks.pop(0)
        need(block.startswith(sign), f"not '{sign}' but: {block[:80]}")
        return block


class Debian:
    """The server of the document, and a shell in which its commands are typed."""

    def __init__(self, place, book):
        self.place, self.book = place, book
        self.home = f"{place.directory}/debian"
        make_home(self.home)
        os.chmod(self.home, 0o755)
        self.names = {
            "PGDATA": f"{self.home}/main", "PGCONFIG": f"{self.home}/etc", "PGBIN": str(newest_bin()),
            "CLUSTER": "postgresql@15-main", "SOCKET": self.home, "PORT": str(free_port()),
            "CONF": f"{self.home}/pgbackrest.conf", "NEAR": f"{self.home}/near",
            "FAR": f"{self.home}/far/pgbackrest", "STREAM": f"{self.home}/far/wal", "EXAMPLE": f"{self.home}/point-in-time"}
        told = re.findall(r"^(\w+)=", book.next("PGDATA="), re.M)
        need(told == list(self.names), f"the document names {told}")
        self.begin = "".join(f"{name}={value}\n" for name, value in self.names.items())
        self.begin += book.next("ADMIN=")
        self.dsn = f"host={self.home} port={self.names['PORT']} user=postgres dbname=planner"
        self.stand_in()
        self.initialise()

    def as_account(self, *words):
        done = subprocess.run([*as_server(), *words], check=False, cwd="/", capture_output=True, text=True)
        need(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")

    def initialise(self):
        names = self.names
        shutil.copytree(TOP / "examples/point-in-time", names["EXAMPLE"])
        self.as_account(f"{names['PGBIN']}/initdb", "-D", names["PGDATA"], "-U", "postgres", "-A", "trust",
                        "-E", "UTF8", "--data-checksums")
        self.as_account("mkdir", names["PGCONFIG"])
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            self.as_account("mv", f"{names['PGDATA']}/{name}", names["PGCONFIG"])
        with open(f"{names['PGCONFIG']}/postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"data_directory = '{names['PGDATA']}'\nhba_file = '{names['PGCONFIG']}/pg_hba.conf'\n"
                       f"ident_file = '{names['PGCONFIG']}/pg_ident.conf'\nlisten_addresses = ''\n"
                       f"external_pid_file = '{self.home}/15-main.pid'\nport = {names['PORT']}\n"
                       f"unix_socket_directories = '{self.home}'\n")
        self.type('sudo systemctl start "$CLUSTER"')
        self.place.sql("CREATE DATABASE planner", self.dsn.replace("dbname=planner", "dbname=postgres"))
        done = self.place.command("migrate", "up", "--dsn", self.dsn)
        need(done.returncode == 0, f"migrate up: {done.stderr}")

    def stand_in(self):
        """sudo and systemctl; pgBackRest's own files are the test's as well."""
        self.bin = f"{self.home}/bin"
        os.mkdir(self.bin)
        settings = " ".join(f"PGBACKREST_{name.upper()}_PATH={self.home}" for name in ("log", "lock"))
        self.script("sudo", f'''
            case $1 in
            -u) shift 2; exec env {settings} {" ".join(as_server())} "$@" ;;
            systemctl) exec "$@" ;;
            esac
            exit 99''')
        self.script("systemctl", f'''
            test "$2" = postgresql@15-main || exit 99
            run() {{ {" ".join(as_server())} env {settings} {self.names["PGBIN"]}/pg_ctl -s -w -D {self.names["PGDATA"]} \\
                -l {self.home}/server.log -o "-c config_file={self.names["PGCONFIG"]}/postgresql.conf" -m fast "$1" >/dev/null; }}
            cd /
            case $1 in
            start | stop | restart) run "$1" ;;
            *) exit 99 ;;
            esac''')
        self.script("mcp-planner", f'exec {self.place.binary} "$@"')

    def script(self, name, text):
        path = pathlib.Path(self.bin, name)
        path.write_text("#!/bin/bash\n" + textwrap.dedent(text).strip() + "\n", encoding="utf-8")
        path.chmod(0o755)

    def type(self, block, keep=()):
        """As on one terminal: variables that are made stay for what is typed next."""
        ask = "".join(f'printf "%s=%q\\n" {name} "${name}" >&3\n' for name in keep)
        with open(f"{self.home}/made", "w+", encoding="utf-8") as made:
            script = f"exec 3>&{made.fileno()}\n{self.begin}{block}\n{ask}"
            done = subprocess.run(["timeout", "60", "bash", "-euo", "pipefail", "-c", script], check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
                                  env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"},
                                  pass_fds=[made.fileno()])
            made.seek(0)
            self.begin += made.read()
        need(done.returncode == 0, f"{block}\nfailed: {done.stdout}{done.stderr}{self.log()}")
        return done.stdout

    def log(self):
        path = pathlib.Path(self.home, "server.log")
        return "\n".join(path.read_text(encoding="utf-8").splitlines()[-12:]) if path.exists() else ""

    def follow(self, sign, keep=()):
        return self.type(self.book.next(sign), keep)

    def newest(self):
        return int(self.place.sql("SELECT max(change) FROM planner.audit", self.dsn))

    @contextlib.contextmanager
    def receiver(self):
        """pg_receivewal as the document's service."""
        process = subprocess.Popen(
            [*as_server(), f"{self.names['PGBIN']}/pg_receivewal", "-D", self.names["STREAM"], "-d",
             f"host={self.home} port={self.names['PORT']} user=postgres", "--slot", "planner", "--synchronous"],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("pg_receivewal", lambda: self.place.sql(
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", self.dsn) == "1")
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def lose(self, *directories):
        """kill -9 of the postmaster and all that was made by it, and the directories are gone."""
        pid = int(pathlib.Path(self.names["PGDATA"], "postmaster.pid").read_text(encoding="ascii").split()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=False, capture_output=True,
                                  text=True).stdout.split()
        subprocess.run(["kill", "-9", str(pid), *children], check=True)
        for path in pathlib.Path(self.home).glob(".s.PGSQL.*"):  # of a machine that is no more
            path.unlink()
        for directory in directories:
            shutil.rmtree(directory)

    def end(self):
        try:
            self.type('sudo systemctl stop "$CLUSTER"')
        except Wrong:
            pass


def the_runbook_is_followed(place):
    book = Book()
    server = Debian(place, book)
    try:
        follow(place, server, book)
    finally:
        server.end()
    need(not book.blocks, f"not run: {book.blocks[:1]}")


def follow(place, server, book):
    agent = place.serve("--dsn", server.dsn)
    agent.good("create_project", name="Past", slug="PAST", description="going back")
    server.follow("sudo -u postgres mkdir -p -m 750")
    server.follow("backrest --repo=1 --type=full")
    for line in book.cron.splitlines()[:4 if FULL else 0]:
        words = line.split(None, 6)[6].removeprefix("pgbackrest ")
        server.type(f"backrest {words.replace('--stanza=planner ', '')}")
    streamed = book.next("sudo -u postgres mkdir -p -m 700 \"$STREAM\"")
    changes = [agent.good("create_task", parent="PAST", title=f"task {n}").data["change"] for n in range(4)]
    server.type("backrest check")

    server.follow("DRILL=$(", keep=("DRILL", "DRILL_DSN"))
    need(place.sql("SELECT max(change) FROM planner.audit", server.dsn) == str(changes[3]), "drill")
    server.follow('sudo -u postgres "$PGBIN/pg_ctl" -s -w -m fast')

    server.begin += f"CHANGE={changes[2]}\n"
    prepare = book.next('psql -XAtq "$ADMIN" -c "SELECT pg_switch_wal()"')
    server.type(prepare, keep=("OPTIONS", "NUMBERS"))
    shown = server.follow('sudo systemctl stop "$CLUSTER"\nsudo -u postgres mv')
    need(re.search(rf"^ *{changes[1]}$", shown, re.M), f"restored to {shown}")
    server.follow('psql -Xq "$ADMIN" -c "SELECT pg_wal_replay_resume()"')
    need(server.newest() == changes[1], f"before change {changes[2]} is not {server.newest()}")
    backups = book.next("backrest --repo=1 --type=diff")
    if FULL:
        server.type(backups)
    again = agent.good("create_task", parent="PAST", title="again").data
    need(again["key"] == "PAST-5" and again["change"] > changes[3], f"given out again: {again}")

    lost = agent.good("create_task", parent="PAST", title="lost").data
    server.begin += f"CHANGE={lost['change']}\n"
    server.type(prepare, keep=("OPTIONS", "NUMBERS"))
    server.follow('sudo systemctl stop "$CLUSTER"\nbackrest --repo=1 --delta')
    need(server.newest() == again["change"], f"delta restored to {server.newest()}")
    moment = place.sql("SELECT now()", server.dsn)
    agent.good("create_task", parent="PAST", title="after the moment")
    options = server.type(f'sudo -u postgres "$EXAMPLE/moment.py" --config "$CONF" --repo 2 --to "{moment}:00"')
    need("--type=time" in options, options)

    server.type(streamed)
    with server.receiver():
        server.type(f'psql -XAtq "$ADMIN" -c "SELECT pg_switch_wal()"\nbackrest check')
        last = agent.good("create_task", parent="PAST", title="last").data["change"]
        until("the log at the other place", lambda: place.sql(
            "SELECT flush_lsn >= pg_current_wal_flush_lsn() FROM pg_stat_replication", server.dsn) == "t")
        server.lose(server.names["PGDATA"], server.names["NEAR"])
    server.follow('sudo -u postgres mkdir -p -m 700 "$PGDATA"\nbackrest --repo=2')
    server.follow("for file in")
    server.follow('sudo systemctl start "$CLUSTER"')
    need(server.newest() == last, f"streamed was {last}, restored {server.newest()}")
    server.follow('sudo -u postgres mkdir -p -m 750 "$NEAR"')
    need(agent.good("create_task", parent="PAST", title="after").data["change"] > last + 1000, "numbers")


main(the_runbook_is_followed)
