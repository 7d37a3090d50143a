"""A throwaway PostgreSQL that is not the program's own, and a psql beside it."""
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

from durability import need, slay


class Cluster:
    """Trusts everybody on its Unix socket; `hba` are lines in front of that, `wal` a directory for
    the log (given away to the account), `bin_dir` other programs than the newest. Options as -c."""

    def __init__(self, directory, name="other", hba=(), wal=None, bin_dir=None, **options):
        newest = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                     key=lambda path: int(path.parent.name))
        self.bin, self.ready = bin_dir or newest, f"{newest}/pg_isready"
        self.home = f"{directory}/{name}"
        self.socket = f"{self.home}/.s.PGSQL.5432"
        self.process, self.prefix, self.options = None, [], options
        os.mkdir(self.home, 0o700)
        if os.getuid() == 0:  # PostgreSQL refuses root
            self.give(self.home)
            self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
            if wal:
                self.give(wal)
        self.run("initdb", "-D", f"{self.home}/data", "-U", "planner", "-A", "trust", "-E", "UTF8",
                 "--no-sync", *(["-X", f"{wal}/wal"] if wal else []))
        if hba:
            path = pathlib.Path(f"{self.home}/data/pg_hba.conf")
            path.write_text("\n".join(hba) + "\n" + path.read_text(encoding="utf-8"),
                            encoding="utf-8")
        self.dsn = f"host={self.home} user=planner dbname=postgres"

    def give(self, path):
        if os.getuid() == 0:
            shutil.chown(path, "postgres", "postgres")

    def run(self, program, *arguments):
        subprocess.run([*self.prefix, f"{self.bin}/{program}", *arguments], check=True,
                       cwd=self.home if os.getuid() else "/", stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def begin(self):
        options = {"listen_addresses": "", "unix_socket_directories": self.home, **self.options}
        self.process = subprocess.Popen(
            [*self.prefix, f"{self.bin}/postgres", "-D", f"{self.home}/data",
             *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.begin()
        deadline = time.monotonic() + 20
        while subprocess.run([self.ready, "-q", "-h", self.home],
                             check=False).returncode != 0:
            need(time.monotonic() < deadline, "the throwaway PostgreSQL does not start")
            time.sleep(0.05)

    def stop(self, how="INT"):
        if self.process is None:
            return
        if how == "KILL":
            slay([self.process.pid])
        else:
            self.process.send_signal(getattr(signal, f"SIG{how}"))
        self.process.wait()
        self.process = None


class Psql:
    """Questions to the database beside the program, over one session that is opened again when lost."""

    MARK = "-- the end of the answer --"

    def __init__(self, dsn):
        self.dsn, self.process, self.lock = dsn, None, threading.Lock()

    def open(self):
        self.process = subprocess.Popen(["psql", "-XAtq", self.dsn], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, statements):
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                self.open()
            self.process.stdin.write(f"{statements};\n\\echo {self.MARK}\n")
            self.process.stdin.flush()
            lines = []
            for line in self.process.stdout:
                if line.rstrip("\n") == self.MARK:
                    return "\n".join(lines)
                lines.append(line.rstrip("\n"))
        raise AssertionError(f"psql ended: {self.process.stderr.read()}")

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process = None


# Every row of every table, in an order-free sum; leases of listeners come and go, and figures are
# counted at any time.
DIGEST = """
SELECT string_agg(t.name || ':' || (xpath('//n/text()', x))[1] || ':' || (xpath('//d/text()', x))[1], ' '
                  ORDER BY t.name)
FROM (SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'planner'::regnamespace
      AND c.relkind IN ('r', 'p') AND c.relname !~ 'lease|listen|metric') t,
     query_to_xml('SELECT count(*) AS n, coalesce(sum(hashtextextended(r::text, 0)), 0) AS d FROM planner.'
                  || quote_ident(t.name) || ' r', true, false, '') x
"""
