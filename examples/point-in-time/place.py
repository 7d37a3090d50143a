"""The private database of mcp-planner as pitr.py sees it: where it is, whose it is, how it is kept
from being used meanwhile, and a trial: a restored copy that runs beside it, out of everybody's sight."""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, AT_FDCWD, RENAME_EXCHANGE = 1, -100, 2
STUCK_SECONDS = 120  # a recovery that does not move for so long is given up


class Refused(Exception):
    """What was asked for cannot be done; the message is for a person and says what would help."""


def say(text):
    print(f"pitr: {text}", file=sys.stderr, flush=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)  # PostgreSQL: a fast shutdown


def clean_environment():
    """Without what would divert PostgreSQL's programs or pgBackRest."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("PG", "PGBACKREST_")) and name != "PLANNER_DATABASE_URL"}


def swap(one, other):
    """Two directories take each other's names, in one step where the file system can."""
    if LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return
    if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(ctypes.get_errno(), "renameat2", str(one))
    between = one.with_name(f"{one.name}.swapping")
    os.rename(one, between)
    os.rename(other, one)
    os.rename(between, other)


class Place:
    """One data directory. `account` is what PostgreSQL runs under when we are root, else None."""

    def __init__(self, program, data_dir):
        self.program = program
        self.options = ["--data-dir", data_dir] if data_dir else []
        done = self.planner("status", "--json")
        try:
            state = json.loads(done.stdout)
        except ValueError:
            raise Refused(f"'mcp-planner status' failed: {done.stderr.strip()}") from None
        if state.get("external"):
            raise Refused("an external database is configured; docs/POINT-IN-TIME.md is for those")
        self.directory = pathlib.Path(state["data_directory"])
        self.socket_dir = pathlib.Path(state["socket"]).parent
        self.connection = state["connection"]
        self.pg = self.directory / "pg"
        self.own = self.directory / "pitr"
        self.trial_dir = self.directory / "pg.restore"
        self.account = self.find_account()

    def find_account(self):
        if os.geteuid() != 0:
            return None
        try:
            owner = self.directory.stat().st_uid
            return pwd.getpwuid(owner) if owner != 0 else pwd.getpwnam("postgres")
        except FileNotFoundError:
            return pwd.getpwnam("postgres")
        except KeyError:
            raise Refused("there is no account 'postgres'; install PostgreSQL") from None

    # ---- programs

    def planner(self, *arguments):
        return subprocess.run([self.program, *arguments, *self.options], check=False, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)

    def become(self):
        """Arguments of subprocess: run it as the account."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid,
                "extra_groups": os.getgrouplist(self.account.pw_name, self.account.pw_gid)}

    def run(self, *words):
        """A program as the account; its output."""
        done = subprocess.run([str(word) for word in words], check=False, text=True, cwd="/",
                              umask=0o077, stdin=subprocess.DEVNULL, capture_output=True,
                              env=clean_environment(), **self.become())
        if done.returncode != 0:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
            what = pathlib.Path(str(words[0])).name
            raise Refused(f"{what}: {(lines or [done.stderr.strip() or 'failed'])[0]}")
        return done.stdout

    def sql(self, *statements, connection=None, variables=(), file=None):
        words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", connection or self.connection]
        words += [word for name, value in variables for word in ("-v", f"{name}={value}")]
        words += ["-f", str(file)] if file else []
        words += [word for statement in statements for word in ("-c", statement)]
        done = subprocess.run(words, check=False, text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, env=clean_environment())
        if done.returncode != 0:
            raise Refused(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def binary(self, name, cluster):
        """A program of the PostgreSQL that made the cluster."""
        version = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        told = os.environ.get("PLANNER_PG_BINDIR")
        for place in ([told] if told else []) + [f"/usr/lib/postgresql/{version}/bin",
                                                 f"/usr/pgsql-{version}/bin"]:
            if os.access(f"{place}/{name}", os.X_OK):
                return f"{place}/{name}"
        found = shutil.which(name)
        if found is None:
            raise Refused(f"PostgreSQL {version} is not here; install it or set PLANNER_PG_BINDIR")
        return found

    # ---- files

    def make_dir(self, path):
        """A private directory of the account, with those above it. What others made stays as it is."""
        path = pathlib.Path(path)
        if path.is_dir():
            return
        self.make_dir(path.parent)
        path.mkdir(mode=0o700 if path.parent in (self.directory, self.own) or not self.account
                   or path == self.directory else 0o755)
        self.give(path)

    def give(self, path):
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def touch(self, name):
        """A lock file; the program makes them itself, but not where everything was lost."""
        path = self.directory / name
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            self.give(path)
        return path

    # ---- running and not running

    def in_use(self):
        """Does any process of mcp-planner use the database? A keeper tries the lock for a moment."""
        try:
            fd = os.open(self.directory / "clients.lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            for _ in range(10):
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return False
                time.sleep(0.1)
            return True
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def running(self):
        """The database is up and stays up, as while a server of ours runs."""
        self.start()
        fd = os.open(self.directory / "clients.lock", os.O_RDONLY)
        try:
            while True:  # not while a keeper is about to end
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    break
                time.sleep(0.05)
            self.start()
            yield
        finally:
            os.close(fd)

    def start(self):
        done = self.planner("migrate", "status", "--json")
        if done.returncode not in (0, 3):
            raise Refused(f"the database does not start: {(done.stderr or done.stdout).strip()}")

    def stop(self):
        done = self.planner("stop")
        if done.returncode != 0:
            raise Refused(f"the database does not stop: {done.stderr.strip()}")

    @contextlib.contextmanager
    def closed(self):
        """Stopped, and nobody starts it: who calls meanwhile waits. We stand where the keeper does."""
        fd = os.open(self.touch("keeper.lock"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            for _ in range(50):
                self.stop()
                with contextlib.suppress(BlockingIOError, PermissionError):
                    fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(0.1)
            else:
                raise Refused("the database is started again and again; end the programs that use it")
            yield
        finally:
            os.close(fd)


class Trial:
    """A restored copy while it recovers, on a socket that nobody knows. It is read-only until
    promote(); when we die, it stops."""

    def __init__(self, place, directory, settings):
        self.place, self.directory = place, directory
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="planner-pitr."))
        place.give(self.home)
        self.log = place.own / "recovery.log"
        self.connection = f"host={self.home} port=5432 user=planner dbname=planner"
        settings = {"listen_addresses": "", "unix_socket_directories": self.home, "port": 5432,
                    "hot_standby": "on", "logging_collector": "off", "log_destination": "stderr",
                    "recovery_target_action": "pause", "wal_retrieve_retry_interval": "1s",
                    "synchronous_standby_names": "", "max_standby_archive_delay": "-1", **settings}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.log, "wb") as log:
            place.give(self.log)
            self.process = subprocess.Popen(
                [place.binary("postgres", directory), "-D", str(directory), *options], cwd="/",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o077, start_new_session=True,
                env=clean_environment(), preexec_fn=die_with_parent, **place.become())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def sql(self, *statements, **options):
        return self.place.sql(*statements, connection=self.connection, **options)

    def told(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def complaint(self):
        lines = [line.split("FATAL:", 1)[1].strip() for line in self.told().splitlines() if "FATAL:" in line
                 and "starting up" not in line and "not yet accepting" not in line]
        text = (lines or ["it ended"])[0]
        if "before configured recovery target" in text:
            text += "; what was archived ends earlier, --end restores all of it"
        return text

    def look(self):
        """(replayed up to, is at its end) or None while nobody is let in."""
        with contextlib.suppress(Refused):
            place, paused, waits = self.sql(
                "SELECT pg_last_wal_replay_lsn(), pg_get_wal_replay_pause_state() = 'paused',"
                " EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup'"
                " AND wait_event = 'RecoveryRetrieveRetryInterval')").split("|")
            return place, "t" in (paused, waits)
        return None

    def await_end(self):
        """Until the target is reached, or the end of the log where there is none."""
        since, last = time.monotonic(), None
        while True:
            if self.process.poll() is not None:
                raise Refused(f"the copy does not recover: {self.complaint()} (see {self.log})")
            seen = self.look()
            if seen and seen[1]:
                self.sql("SELECT pg_wal_replay_pause()")  # a database beside it may archive more
                while self.sql("SELECT pg_get_wal_replay_pause_state()") != "paused":
                    time.sleep(0.05)
                return
            files = set(re.findall('restored log file "(.*?)"', self.told()))
            if (seen, files) != last:
                since, last = time.monotonic(), (seen, files)
            if time.monotonic() - since > STUCK_SECONDS:
                raise Refused(f"the recovery does not go on; see {self.log}")
            time.sleep(0.05)

    def promote(self):
        self.sql("SELECT pg_promote()")
        deadline = time.monotonic() + 60
        while self.sql("SELECT pg_is_in_recovery()") != "f":
            if time.monotonic() > deadline:
                raise Refused(f"the copy does not end its recovery; see {self.log}")
            time.sleep(0.05)

    def stop(self):
        """Also archives what is left of the log, where archiving is on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
