"""Real servers for the tests: a PostgreSQL, a standby of it, a pgBouncer in front. Throwaway: they
live below a directory of the test, and fsync is off, since only processes are killed here."""
import atexit
import functools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from durability import need, slay


PGBOUNCER = os.environ.get("PGBOUNCER", "pgbouncer")


def newest_bin():
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
               key=lambda path: int(path.parent.name))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_server():
    """PostgreSQL and pgBouncer refuse root."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]


def make_home(path):
    os.mkdir(path, 0o700)
    if os.getuid() == 0:
        shutil.chown(path, "postgres", "postgres")


@functools.cache
def fresh_cluster():
    """A cluster that was initialised and never started, to be copied."""
    home = tempfile.mkdtemp(prefix="planner-cluster.")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if os.getuid() == 0:
        shutil.chown(home, "postgres", "postgres")
    done = subprocess.run(
        [*as_server(), f"{newest_bin()}/initdb", "-D", f"{home}/data", "-U", "planner", "-A", "trust",
         "-E", "UTF8", "--no-sync"],
        check=False, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
    need(done.returncode == 0, f"initdb: {done.stdout}{done.stderr}")
    return f"{home}/data"


def until(what, done, seconds=20):
    deadline = time.monotonic() + seconds
    while not done():
        need(time.monotonic() < deadline, f"waited in vain for {what}")
        time.sleep(0.02)


class Postgres:
    """A cluster in home/data, on a socket in home and on a port of 127.0.0.1."""

    def __init__(self, home):
        self.home, self.port, self.process = home, free_port(), None
        self.bin, self.prefix = newest_bin(), as_server()
        make_home(home)

    def run(self, program, *arguments):
        done = subprocess.run([*self.prefix, f"{self.bin}/{program}", *arguments], check=False,
                              cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
        need(done.returncode == 0, f"{program}: {done.stdout}{done.stderr}")

    def initialise(self):
        subprocess.run(["cp", "-a", fresh_cluster(), f"{self.home}/data"], check=True)
        return self

    def copy_of(self, primary, name):
        """A standby that streams from the primary as `name`."""
        self.run("pg_basebackup", "-D", f"{self.home}/data", "-R", "-c", "fast", "--no-sync", "-d",
                 f"{primary.plain} application_name={name}")
        return self

    @property
    def plain(self):
        return f"host={self.home} port={self.port} user=planner"

    @property
    def dsn(self):
        return f"{self.plain} dbname=postgres"

    def start(self, **settings):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "fsync": "off",
                    "unix_socket_directories": self.home, "max_connections": 60,
                    "wal_level": "replica", "log_min_messages": "fatal",
                    "wal_retrieve_retry_interval": "200ms", **settings}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [*self.prefix, f"{self.bin}/postgres", "-D", f"{self.home}/data", *options], cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("PostgreSQL", lambda: subprocess.run(
            [f"{self.bin}/pg_isready", "-q", "-h", self.home, "-p", str(self.port), "-U", "planner",
             "-d", "postgres"], check=False).returncode == 0)
        return self

    def promote(self):
        self.run("pg_ctl", "-D", f"{self.home}/data", "-w", "promote")

    def kill(self):
        """kill -9 of the postmaster and of all its children, as when the machine goes."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], check=False,
                                  capture_output=True, text=True).stdout.split()
        os.kill(self.process.pid, signal.SIGSTOP)  # it must not tidy up after its children
        slay([int(pid) for pid in children])
        self.process.kill()
        self.process.wait()
        self.process = None
        pathlib.Path(f"{self.home}/data/postmaster.pid").unlink(missing_ok=True)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None


class Bouncer:
    """pgBouncer in transaction mode; so few server connections that they are really shared."""

    kept = 0  # prepared statements that it keeps on each of them, where it can (1.21)

    def __init__(self, home, postgres, pool_size=2, program=PGBOUNCER, kept=None, **settings):
        make_home(home)
        self.program = program
        self.home, self.port, self.process = home, settings.pop("port", free_port()), None
        settings = {
            "listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": home,
            "auth_type": "any", "pool_mode": "transaction", "default_pool_size": pool_size,
            "max_client_conn": 200, "server_round_robin": 1, "server_login_retry": 1, "admin_users": "planner",
            "logfile": f"{home}/log", **settings}
        if self.can_keep(self.program):
            settings["max_prepared_statements"] = self.kept if kept is None else kept
        lines = ["[databases]",
                 f"* = host={postgres.home} port={postgres.port} user=planner", "[pgbouncer]",
                 *(f"{name} = {value}" for name, value in settings.items())]
        pathlib.Path(f"{home}/ini").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def version(program=PGBOUNCER):
        text = subprocess.run([program, "--version"], check=True, capture_output=True, text=True,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}).stdout
        return text.split()[1]

    @classmethod
    def can_keep(cls, program=PGBOUNCER):
        """Whether it knows max_prepared_statements."""
        return tuple(int(part) for part in cls.version(program).split(".")[:2]) >= (1, 21)

    @property
    def dsn(self):
        return f"host={self.home} port={self.port} user=planner dbname=postgres"

    def url(self, query=""):
        return f"postgresql://planner@127.0.0.1:{self.port}/postgres{query}"

    def start(self):
        self.process = subprocess.Popen(
            [*as_server(), self.program, "-q", f"{self.home}/ini"], cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"})
        until("pgBouncer", lambda: os.path.exists(f"{self.home}/.s.PGSQL.{self.port}"))
        return self

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Stack:
    """Servers that are stopped when the test ends, in the other order than they were started."""

    def __init__(self, place):
        self.place, self.running = place, []

    def postgres(self, name="primary", **settings):
        return self.began(Postgres(f"{self.place.directory}/{name}").initialise(), **settings)

    def standby(self, primary, name="standby", **settings):
        server = Postgres(f"{self.place.directory}/{name}").copy_of(primary, name)
        return self.began(server, **settings)

    def bouncer(self, postgres, name="bouncer", **settings):
        return self.began(Bouncer(f"{self.place.directory}/{name}", postgres, **settings))

    def began(self, server, **settings):
        self.running.append(server)
        return server.start(**settings)

    def stop(self):
        for server in reversed(self.running):
            server.stop()


def with_stack(scenario):
    def run(place):
        stack = Stack(place)
        try:
            scenario(place, stack)
        finally:
            for server in place.servers:
                server.kill()
            place.servers.clear()
            stack.stop()
    run.__name__ = scenario.__name__
    return run
