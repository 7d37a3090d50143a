"""What the benchmarks in Python share: a PostgreSQL, stores in it, the program over stdio."""
import argparse
import contextlib
import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{0}'
max_connections = 300
shared_buffers = '128MB'
max_wal_size = '512MB'
jit = off
log_min_messages = 'log'
"""  # as the private cluster of the program has them


class Program:
    """One process of the program; a call is a dict there and back, with the time it took."""

    def __init__(self, binary, dsn, agent="bench"):
        self.process = subprocess.Popen([binary, "serve", "--dsn", dsn, "--agent", agent],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.next = 0
        self.took = 0.0
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                "clientInfo": {"name": "bench", "version": "1"}})
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.next += 1
        line = json.dumps({"jsonrpc": "2.0", "id": self.next, "method": method,
                           "params": params}).encode() + b"\n"
        start = time.perf_counter()
        self.process.stdin.write(line)
        self.process.stdin.flush()
        answer = {}
        while answer.get("id") != self.next:  # news may come first
            line = self.process.stdout.readline()
            self.took = time.perf_counter() - start
            answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def tools(self):
        return {tool["name"]: tool for tool in self.ask("tools/list", {})["tools"]}

    def call(self, name, arguments):
        result = self.ask("tools/call", {"name": name, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(f"{name} {str(arguments)[:300]}: {result['content'][0]['text']}")
        return result["structuredContent"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()


class Server:
    """A PostgreSQL whose databases are stores."""

    def __init__(self, binary, conninfo):
        self.binary = binary
        self.conninfo = conninfo

    def dsn(self, database):
        return f"{self.conninfo} dbname={database}"

    def psql(self, database, *statements, file=None):
        arguments = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(database)]
        if file:
            arguments += ["-f", file]
        for statement in statements:
            arguments += ["-c", statement]
        environment = dict(os.environ, PGOPTIONS="-c client_min_messages=warning")
        return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, env=environment,
                              text=True).stdout.strip()

    def rows(self, database, statement):
        return [line.split("|") for line in self.psql(database, statement).splitlines()]

    def has(self, database):
        return self.psql("postgres", "SELECT 1 FROM pg_database WHERE datname = "
                         f"'{database}'") == "1"

    def create(self, database, template="template0"):
        self.psql("postgres", f"DROP DATABASE IF EXISTS {database}",
                  f"CREATE DATABASE {database} TEMPLATE {template}")

    def migrate(self, database):
        subprocess.run([self.binary, "migrate", "up", "--dsn", self.dsn(database)], check=True,
                       stdout=subprocess.DEVNULL)

    def build(self, database, slug, projects, items, wide):
        """A new store by store.sql, counted and analyzed."""
        self.create(database)
        self.migrate(database)
        self.psql(database, f"SELECT pg_temp.store_build('{slug}', {projects}, {items}, {wide})",
                  "VACUUM ANALYZE", file=os.path.join(HERE, "../../sql/seed/store.sql"))


@contextlib.contextmanager
def own_server(binary):
    """A new server below /tmp, with the settings of the private cluster; removed again."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    directory = tempfile.mkdtemp(prefix="planner-bench.", dir="/tmp")
    data = os.path.join(directory, "data")
    user = []
    if os.getuid() == 0:  # PostgreSQL refuses root
        account = pwd.getpwnam("postgres")
        os.chown(directory, account.pw_uid, account.pw_gid)
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    os.chmod(directory, 0o755)
    subprocess.run([*user, "env", "LC_ALL=C.UTF-8", f"{programs}/initdb", "-k", "-D", data, "-U",
                    "planner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], check=True,
                   stdout=subprocess.DEVNULL, cwd=directory)
    subprocess.run([*user, "tee", "-a", os.path.join(data, "postgresql.conf")], check=True,
                   input=SETTINGS.format(directory), text=True, stdout=subprocess.DEVNULL)
    control = [*user, f"{programs}/pg_ctl", "-D", data, "-w", "-t", "120"]
    log = os.path.join(directory, "log")
    subprocess.run([*control, "-l", log, "start"], check=True, stdout=subprocess.DEVNULL,
                   cwd=directory)
    try:
        yield Server(binary, f"host={directory} user=planner")
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=False, stdout=subprocess.DEVNULL,
                       cwd=directory)
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def server_of(binary, conninfo):
    """The server that is named, or one of our own."""
    if conninfo:
        yield Server(binary, conninfo)
    else:
        with own_server(binary) as server:
            yield server


def run_alone(run):
    """The main of a benchmark: run(server, items, rounds, directory) of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--items", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="planner-bench.")
    try:
        with server_of(options.binary, options.server) as server:
            run(server, options.items, options.rounds, directory)
    finally:
        shutil.rmtree(directory)
