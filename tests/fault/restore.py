"""Backups and restores over TLS; a restore whose end is torn; other accounts, roles without rights,
places without room; and what the refusals say."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from backup import MANIFEST, check_counters, edit, fill, with_sites
from durability import FULL, main, need
from proxy import Proxy
from servers import until, with_stack
from tls import NAME, dsn_of, home_of_nobody, with_tls

MARK = "only in the old one"


def told(place, *words, code=0):
    done = place.command(*words, "--json")
    need(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def titles(place, dsn):
    return place.sql("SELECT string_agg(title, ' ') FROM planner.items", dsn)


# ------------------------------------------------------------------ TLS


@with_stack
def over_tls_all_of_it_is_checked_and_works(place, stack):
    """Nothing but TLS is admitted, so pg_dump has it as well."""
    home_of_nobody(place)
    server, made = with_tls(place, stack, ["hostssl all secret 127.0.0.1/32 scram-sha-256",
                                           "hostssl all planner 127.0.0.1/32 cert"])
    place.sql("CREATE ROLE secret SUPERUSER LOGIN PASSWORD 'h1dden'", server.dsn)
    ca = ["--tls", "verify-full", "--tls-ca", made.crt("authority")]
    password = dsn_of(server, NAME, "password=h1dden").replace("user=planner", "user=secret")
    ways = {"string": ["--dsn", f"{password} sslmode=verify-full sslrootcert={made.crt('authority')}"],
            "certificate": ["--dsn", dsn_of(server, NAME), *ca, "--tls-cert", made.crt("client"),
                            "--tls-key", made.key("client")]}
    agent = place.serve("--dsn", server.dsn)
    fill(agent, n=3)
    for way, where in ways.items():
        path = f"{place.directory}/{way}.dump"
        told(place, "backup", path, *where)
        agent.good("create_task", parent="AUTH", title=MARK)
        need(told(place, "restore", path, "--replace", "--yes", *where)["replaced"], way)
        need(MARK not in titles(place, server.dsn), f"{way}: the old store is there")
    if FULL:
        need(told(place, "restore", "--drill", path, *ways["certificate"])["ok"], "a drill with settings of TLS")
    for words, where in (("another name", ["--dsn", password.replace(NAME, "db2.planner.test"), *ca]),
                         ("not signed by", ["--dsn", password, "--tls-ca", made.crt("stranger")])):
        for command in (["backup", f"{place.directory}/none.dump"], ["restore", path, "--replace", "--yes"]):
            error = told(place, *command, *where, code=1)["error"]
            need(words in error and "trying again" not in error and "call again" not in error, error)
    need(not os.path.exists(f"{place.directory}/none.dump"), "a refused backup left a file")


# ------------------------------------------------------------------ the end of a restore is torn


class Torn:
    """A store, a proxy in front of its server, and restores through it of a backup without MARK."""

    def __init__(self, place, stack):
        self.place = place
        self.server = stack.postgres()
        self.proxy = Proxy("127.0.0.1:0", f"127.0.0.1:{self.server.port}")
        self.path = f"{place.directory}/a.dump"
        need(place.command("migrate", "up", "--dsn", self.server.dsn).returncode == 0, "migrate up")
        self.agent = place.serve("--dsn", self.server.dsn)
        fill(self.agent, n=3)
        told(place, "backup", self.path, "--dsn", self.server.dsn)

    def tear(self, how, act=None):
        """The exit code, what was said, whether the new store is there."""
        self.agent.good("create_task", parent="AUTH", title=MARK)
        trap = self.proxy.do_message("client", "Q:COMMIT\0", 1, how)
        process = subprocess.Popen(
            [self.place.binary, "restore", self.path, "--replace", "--yes", "--dsn",
             f"host=127.0.0.1 port={self.proxy.port} user=planner dbname=postgres"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        need(trap.sprung.wait(30), f"{how}: there was no COMMIT")
        if act:
            time.sleep(0.1)
            act(process)
        said = process.communicate(timeout=60)[0]
        self.proxy.do_cut()
        self.proxy.do_pass()
        self.judge(how)
        return process.returncode, said, MARK not in titles(self.place, self.server.dsn)

    def judge(self, how):
        """Whole, whichever it is; and who was connected all the time goes on with it."""
        dsn = self.server.dsn
        until("the end of the torn session", lambda: self.place.sql(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE a.application_name LIKE 'mcp-planner%' AND l.mode = 'AccessExclusiveLock'", dsn) == "0")
        need(self.place.sql("SELECT to_regnamespace('planner_being_replaced') IS NULL", dsn) == "t",
             f"{how}: the old store is still there")
        check_counters(self.place, dsn)
        self.agent.good("get_item", item="AUTH-2")

    def kill_program(self, process):
        process.kill()
        process.wait()
        self.proxy.do_cut()

    def crash(self, process):
        del process
        self.server.kill()
        self.proxy.do_pass()
        self.proxy.do_cut()
        self.server.start()
        self.agent.wait(self.agent.call("list_projects"))  # it notices


@with_stack
def a_restore_that_is_torn_at_its_commit_tells_which_store_is_there(place, stack):
    torn = Torn(place, stack)
    try:
        came, ways = [], [
            ("backend, before", "kill-before", None, 1, False),
            ("connection, behind", "after", None, 0, True),
            ("program, behind", "hold-after", torn.kill_program, -9, True),
            ("server, behind", "hold-after", torn.crash, 0, True),
            ("connection, before", "before", None, 1, False),
            ("backend, behind", "kill-after", None, 0, True),
            ("program, before", "hold-before", torn.kill_program, -9, False),
            ("server, before", "hold-before", torn.crash, 1, False)]
        for what, how, act, code, new in ways if FULL else ways[:4]:
            ended, said, is_new = torn.tear(how, act)
            need((ended, is_new) == (code, new), f"{what}: exit {ended}, {'new' if is_new else 'old'}: {said}")
            need(code != 1 or "nothing was changed; try again" in said, f"{what}: {said}")
            came.append(f"{what}: {'new' if is_new else 'old'}")
        place.note(", ".join(came))
    finally:
        torn.proxy.close()


# ------------------------------------------------------------------ accounts and rights


def as_nobody(place):
    """The program as an ordinary user, where we may change accounts; a directory of its own."""
    home = f"{place.directory}/home"
    os.mkdir(home)
    if os.getuid() != 0:
        return place.binary, [], home
    os.chown(home, 65534, 65534)
    os.chmod(place.directory, 0o755)
    copied = shutil.copy(place.binary, f"{place.directory}/mcp-planner")  # the checkout may be closed to it
    return copied, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"], home


@with_stack
def an_ordinary_user_backs_up_restores_and_drills(place, stack):
    """On a private database and on a server."""
    del stack
    binary, prefix, home = as_nobody(place)
    data, path = f"{home}/data", f"{home}/a.dump"

    def run(*words, code=0):
        done = subprocess.run([*prefix, binary, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=120, cwd="/",
                              env={**os.environ, "HOME": home, "TMPDIR": home})
        need(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    try:
        run("seed", "--profile", "demo", "--data-dir", data)
        run("backup", path, "--data-dir", data)
        run("restore", path, "--replace", "--yes", "--data-dir", data)
        need(json.loads(run("restore", "--drill", path, "--json"))["ok"], "the drill")
        need(not list(pathlib.Path(home).glob("mcp-planner-drill.*")), "left by the drill")
    finally:
        run("stop", "--data-dir", data)


@with_stack
def a_role_without_a_right_is_told_which_grant_it_takes(place, stack):
    server = stack.postgres()
    for statement in ("CREATE ROLE \"Ann B\" LOGIN", "CREATE ROLE bob LOGIN", "CREATE DATABASE \"a b\"",
                      "REVOKE CREATE ON DATABASE \"a b\" FROM PUBLIC"):
        place.sql(statement, server.dsn)
    path, admin = f"{place.directory}/a.dump", f"{server.plain} dbname='a b'"
    ann, bob = admin.replace("user=planner", "user='Ann B'"), admin.replace("user=planner", "user=bob")
    need(place.command("migrate", "up", "--dsn", server.dsn).returncode == 0, "migrate up")
    agent = place.serve("--dsn", server.dsn)
    fill(agent, n=2)
    told(place, "backup", path, "--dsn", server.dsn)

    def lacks(dsn, grant):
        error = told(place, "restore", path, "--replace", "--yes", "--dsn", dsn, code=1)["error"]
        need(error.endswith(grant) and "nothing was changed" in error, f"{error}, not {grant}")
        place.sql(grant.split("run: ")[1], admin)
        return told(place, "restore", path, "--replace", "--yes", "--dsn", dsn)

    need(not lacks(ann, "run: GRANT CREATE ON DATABASE \"a b\" TO \"Ann B\"")["replaced"], "of nothing")
    place.sql("GRANT CREATE ON DATABASE \"a b\" TO bob", admin)
    need(lacks(bob, "run: GRANT \"Ann B\" TO bob")["replaced"], "of Ann's")


# ------------------------------------------------------------------ what refusals say


def with_files_of(kilobytes, *command, **more):
    """A command that can write no larger file: a full disk that needs no disk."""
    return subprocess.run(["bash", "-c", f'ulimit -f {kilobytes}; trap "" XFSZ; exec "$@"', "-", *command],
                          capture_output=True, text=True, check=False, timeout=60, **more)


def without_room(place, megabytes, *command):
    """The same on a file system of that size; None where we may not mount one."""
    room = f"{place.directory}/room"
    os.makedirs(room, exist_ok=True)
    script = f'mount -t tmpfs -o size={megabytes}m,mode=1777 none {room} || exit 99; exec "$@"'
    done = subprocess.run(["unshare", "-m", "bash", "-c", script, "-", *command], capture_output=True, text=True,
                          check=False, timeout=60, env={**os.environ, "TMPDIR": room})
    return None if done.returncode in (1, 99) and "mcp-planner" not in done.stderr else done


@with_sites
def a_refusal_says_what_is_wrong_and_what_would_mend_it(place, sites):
    sites.make("a")
    fill(sites.serve("a"), n=5)
    path, where = sites.file("a.dump"), sites.where("a")
    sites.run("backup", path, at="a")

    done = with_files_of(64, place.binary, "backup", sites.file("full.dump"), "--json", *where)
    error = json.loads(done.stdout)["error"]
    need("pg_dump failed (could not write" in error and "too large" in error, done)

    done = with_files_of(8192, place.binary, "restore", "--drill", path, "--json",
                         env={**os.environ, "TMPDIR": place.directory})
    error = json.loads(done.stdout)["error"]
    need("TMPDIR" in error and "too large" in error and ".log" not in error, done)
    done = without_room(place, 20, place.binary, "restore", "--drill", path, "--json")
    if done is None:
        place.note("no file system can be mounted: left out")
    else:
        error = json.loads(done.stdout)["error"]
        need("there is no room left" in error and "TMPDIR" in error, done)

    manifest = pathlib.Path(path + MANIFEST).read_text(encoding="utf-8")
    for change, words in ((lambda m: m.update(schema=m["schema"] - 1), "schema has migration"),
                          (lambda m: m.pop("schema"), "schema has migration"),
                          (lambda m: m.update(store="0123456789abcdef"), "store has")):
        edit(path, change)
        error = sites.told("restore", path, "--replace", "--yes", at="a", code=1)["error"]
        need(words in error and "nothing was changed" in error, error)
        if FULL and "store" in words:
            drill = sites.told("restore", path, "--drill", code=3)
            need([d["table"] for d in drill["differences"]] == ["store"], drill)
        pathlib.Path(path + MANIFEST).write_text(manifest, encoding="utf-8")


# ------------------------------------------------------------------ the doctor


@with_sites
def the_doctor_tells_how_old_the_newest_backup_is(place, sites):
    sites.make("a")
    fill(sites.serve("a"), n=1)
    directory = sites.file("kept")

    def expect(severity, words, *more):
        told = sites.told("doctor", "--only", "backup", *more, at="a", code=0 if severity in ("ok", "info") else 3)
        found = next(check for check in told["checks"] if check["check"] == "backup")
        need(found["severity"] == severity and words in found["seen"], found)

    there = ["--backup-dir", directory]
    expect("info", "nobody said where they lie")
    expect("warning", "is no directory that can be read", *there)
    path = sites.told("backup", *there, at="a")["file"]
    need(os.path.dirname(path) == directory, path)
    expect("ok", "the newest of 1", *there)

    def aged(hours):
        name = time.strftime("planner-%Y%m%dT%H%M%SZ.dump", time.gmtime(time.time() - hours * 3600))
        old = next(pathlib.Path(directory).glob("*.dump"))
        os.rename(old, f"{directory}/{name}")
        os.rename(f"{old}{MANIFEST}", f"{directory}/{name}{MANIFEST}")
        edit(f"{directory}/{name}", lambda m: m.update(file=name))
        return f"{directory}/{name}"

    aged(47.9)
    expect("ok", "is 47 h old", *there)
    path = aged(48.1)
    expect("warning", "is 2 days old", *there)
    edit(path, lambda m: m.update(store="0123456789abcdef"))
    expect("warning", "there is none of this store", *there)


if __name__ == "__main__":
    main(over_tls_all_of_it_is_checked_and_works,
         a_restore_that_is_torn_at_its_commit_tells_which_store_is_there,
         an_ordinary_user_backs_up_restores_and_drills,
         a_role_without_a_right_is_told_which_grant_it_takes,
         a_refusal_says_what_is_wrong_and_what_would_mend_it,
         the_doctor_tells_how_old_the_newest_backup_is)
