"""Backups while others write, restores over a store in use, drills on damage, kills at any moment."""
import hashlib
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import threading
import time

from durability import FULL, main, need, slay
from throwaway import DIGEST

MANIFEST = ".manifest.json"
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples/backup"
SERVER = os.environ.get("PLANNER_TEST_DSN", "")  # main() forgets the variables


class Sites:
    """Databases of one place, by a short name, and the program's commands on them: private ones, or on
    the server that is named, which does not wait for the disk."""

    def __init__(self, place, server=""):
        self.place, self.server, self.names = place, server, set()

    def data(self, name):
        return f"{self.place.directory}/{name}"

    def database(self, name):
        return f"planner_backup_{os.getpid()}_{name}"

    def where(self, name):
        if not self.server:
            self.names.add(name)
            return ["--data-dir", self.data(name)]
        if name not in self.names:
            self.names.add(name)
            self.place.sql(f"CREATE DATABASE {self.database(name)}", self.server)
        return ["--dsn", self.connection(name)]

    def variables(self, name):
        flag, value = self.where(name)
        return {"PLANNER_DATABASE_URL" if flag == "--dsn" else "PLANNER_DATA_DIR": value}

    def make(self, name):
        """A store without projects, where it is not made by itself."""
        if self.server:
            self.run("migrate", "up", at=name)

    def drop(self):
        for name in self.names:
            if self.server:
                self.place.sql(f"DROP DATABASE {self.database(name)} WITH (FORCE)", self.server)
            else:
                self.place.command("stop", "--data-dir", self.data(name))

    def serve(self, name):
        return self.place.serve(*self.where(name))

    def run(self, *words, at=None, code=0, **more):
        where = self.where(at) if at else []
        done = subprocess.run([self.place.binary, *words, *where], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, timeout=120, **more)
        need(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def told(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)

    def connection(self, name):
        if self.server:
            return f"{self.server} dbname={self.database(name)}"
        return self.told("status", at=name)["connection"]

    def start(self, name, *words, **more):
        return subprocess.Popen([self.place.binary, *words, *self.where(name)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, **more)

    def file(self, name):
        return f"{self.place.directory}/{name}"

    def left(self):
        """Files of backups that are no backups."""
        return sorted(p.name for p in pathlib.Path(self.place.directory).iterdir()
                      if ".part-" in p.name or p.name.endswith(".next"))


def with_sites(scenario):
    def run(place):
        sites = Sites(place, SERVER)
        try:
            scenario(place, sites)
        finally:
            for process in place.servers:
                process.kill()
            place.servers.clear()
            sites.drop()
    run.__name__ = scenario.__name__
    return run


def fill(server, slug="AUTH", n=30):
    server.good("create_project", name=slug, description="d", slug=slug)
    tasks = [{"title": f"task {i}", "steps": [{"title": f"step {i}.{j}"} for j in range(3)]}
             for i in range(n)]
    server.good("define_tasks", parent=slug, tasks=tasks)


def edit(path, change):
    manifest = json.loads(pathlib.Path(path + MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    pathlib.Path(path + MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


# ------------------------------------------------------------------ while others write


def writing(servers, work):
    """Run `work` while every server makes tasks without a pause; their answers, by title."""
    told, stop = {}, threading.Event()

    def write(server, who):
        for n in range(100000):
            if stop.is_set():
                return
            title = f"{who}/{n}"
            told[title] = server.wait(server.call("create_task", parent="AUTH", title=title))

    threads = [threading.Thread(target=write, args=(s, f"{id(told)}.{i}")) for i, s in enumerate(servers)]
    for thread in threads:
        thread.start()
    try:
        work(told)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    failed = [a.text for a in told.values() if a.failed]
    need(not failed, f"{len(failed)} of {len(told)} calls failed: {failed[:3]}")
    return told


def check_counters(place, connection):
    need(not place.rows("SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c", connection),
         "roll_check")


@with_sites
def what_was_acknowledged_before_a_backup_is_in_it(place, sites):
    path = sites.file("busy.dump")
    sites.make("busy")
    writers = [sites.serve("busy") for _ in range(3)]
    fill(writers[0])
    seen = {}

    def work(told):
        time.sleep(0.3)
        seen["before"] = set(told)
        seen["report"] = sites.told("backup", path, at="busy")
        seen["during"] = len(told) - len(seen["before"])

    writing(writers, work)
    token = writers[0].good("claim_item", item="AUTH-2", action="claim").data["token"]
    need(seen["during"] > 0, "nobody wrote during the backup")
    need(oct(os.stat(path).st_mode)[-3:] == "600", "others may read the backup")
    need(not sites.left(), sites.left())

    # into another database, which knows nothing of what was given out since
    told = sites.told("restore", path, at="copy")
    need(not told["replaced"] and "problem" not in told, told)
    connection = sites.connection("copy")
    titles = place.titles("AUTH", connection)
    missing = seen["before"] - set(titles.values())
    need(not missing, f"acknowledged before the backup and not in it: {sorted(missing)[:5]}")
    counted = {t["name"]: t["rows"] for t in seen["report"]["tables"]}
    need(counted["items"] == len(titles) + 1, f"{counted['items']} items, {len(titles)} restored")
    place.check_store("AUTH", connection)
    there = sites.serve("copy")
    claim = there.good("claim_item", item="AUTH-2", action="claim").data
    need(claim["token"] > token, f"token {claim['token']} after {token}")
    place.note(f"{len(seen['before'])} before, {seen['during']} during")


@with_sites
def a_store_in_use_is_replaced_as_a_whole_and_goes_on(place, sites):
    path = sites.file("a.dump")
    sites.make("a")
    old = sites.serve("a")
    fill(old, n=100)
    cursor = old.good("wait_for_change").data["cursor"]
    sites.run("backup", path, at="a")
    connection = sites.connection("a")
    numbers_go_on(place, sites, path, old, cursor)
    swapped_between_two_changes(sites, path, [old, sites.serve("a"), sites.serve("a")])
    check_counters(place, connection)
    sites.run("doctor", "--only", "audit", at="a")
    sites.run("doctor", "--only", "sequences", at="a")
    killed_at_any_moment(place, sites, path, old)
    need(place.sql("SELECT to_regnamespace('planner_being_replaced') IS NULL", connection) == "t",
         "the old store is still there")


def numbers_go_on(place, sites, path, old, cursor):
    late = old.good("create_task", parent="AUTH", title="after the backup").data
    token = old.good("claim_item", item="AUTH-2", action="claim").data["token"]
    digest = place.sql(DIGEST, sites.connection("a"))
    done = sites.run("restore", path, at="a", code=1)
    need("1 projects; --replace" in done.stderr, done.stderr)
    done = sites.run("restore", path, "--replace", at="a", code=2)
    need("needs --yes" in done.stderr, done.stderr)
    need(place.sql(DIGEST, sites.connection("a")) == digest, "a refused restore changed the store")
    told = sites.told("restore", path, "--replace", "--yes", at="a")
    need(told["replaced"] and told["rows"] > 100, told)

    # the same process, with its statements prepared
    answer = old.wait(old.call("get_item", item=late["key"]))
    need(answer.failed and "does not exist" in answer.text, answer.text)
    new = old.good("create_task", parent="AUTH", title="afterwards").data
    need(int(new["key"].split("-")[1]) > int(late["key"].split("-")[1]), f"{new} after {late}")
    need(new["change"] > late["change"], f"{new} after {late}")
    claim = old.good("claim_item", item="AUTH-2", action="claim").data
    need(claim["token"] > token, f"token {claim['token']} after {token}")
    answer = old.wait(old.call("complete_step", item="AUTH-2", token=token))
    need(answer.failed, f"an old token was taken: {answer.text}")
    answer = old.wait(old.call("wait_for_change", cursor=cursor, timeout_seconds=1))
    need(answer.failed and "cursor" in answer.text, f"an old cursor was taken: {answer.text}")
    cursor = old.good("wait_for_change").data["cursor"]
    number = old.call("wait_for_change", cursor=cursor, timeout_seconds=20)
    other = sites.serve("a")
    change = other.good("create_task", parent="AUTH", title="heard").data["change"]
    heard = old.wait(number)
    need(change in [item["change"] for item in heard.data["items"]], heard.text)
    other.good("undo", change=change)


def swapped_between_two_changes(sites, path, writers):
    """Writers that never stop see the old store, then the new one, and hear of no error."""
    def work(_):
        for _ in range(5 if FULL else 1):
            time.sleep(0.2)
            sites.run("restore", path, "--replace", "--yes", at="a")
        time.sleep(0.2)

    told = writing(writers, work)
    keys = {answer.data["key"] for answer in told.values()}
    need(len(keys) == len(told), "a key was given out twice")


def killed_at_any_moment(place, sites, path, server):
    took = time.monotonic()
    sites.run("restore", path, "--replace", "--yes", at="a")
    took = time.monotonic() - took
    kinds = []
    for n in range(30 if FULL else 3):
        server.good("create_task", parent="AUTH", title=f"only in the old one {n}")
        process = sites.start("a", "restore", path, "--replace", "--yes")
        time.sleep(took * random.uniform(0.1, 1.1))
        slay([process.pid])
        process.wait()
        titles = server.good("search", query=f"only in the old one {n}", project="AUTH").data["items"]
        kinds.append("old" if titles else "new")
        check_counters(place, sites.connection("a"))
        count = place.sql("SELECT count(*) FROM planner.items WHERE title LIKE 'step %'",
                          sites.connection("a"))
        need(count == "300", f"{count} steps")
    place.note(f"killed: {kinds.count('old')} times the old one, {kinds.count('new')} times the new one")


# ------------------------------------------------------------------ files


@with_sites
def what_is_damaged_is_found_and_nothing_is_left_behind(place, sites):
    path = sites.file("a.dump")
    done = sites.run("backup", path, "--data-dir", sites.data("none"), code=1)
    need("has not been made yet" in done.stderr and not os.path.exists(sites.data("none")),
         "looking for a store made one")
    sites.make("a")
    fill(sites.serve("a"), n=5)
    told = sites.told("backup", path, at="a")
    damage_is_refused(place, sites, path)
    a_drill_finds_what_was_planted(place, sites)
    a_backup_that_fails_leaves_nothing(place, sites, path)
    rotation_removes_only_what_is_ours_and_whole(sites, told)
    the_units_for_systemd_run(place, sites)


def damage_is_refused(place, sites, path):
    good, manifest = pathlib.Path(path).read_bytes(), pathlib.Path(path + MANIFEST).read_text("utf-8")
    digest = place.sql(DIGEST, sites.connection("a"))

    def refused(what, words, drill=False, data=good, text=manifest, change=None):
        pathlib.Path(path).write_bytes(data)
        pathlib.Path(path + MANIFEST).write_text(text, encoding="utf-8")
        if change:
            edit(path, change)
        if text == "":
            os.unlink(path + MANIFEST)
        done = sites.run("restore", path, "--replace", "--yes", at="a", code=1)
        need(re.search(words, done.stderr), f"{what}: {done.stderr}")
        if drill:
            told = sites.told("restore", path, "--drill", code=3)
            need(not told["ok"] and re.search(words, told["damage"]), f"{what}: {told}")

    def table(name, **values):
        return lambda m: next(t for t in m["tables"] if t["name"] == name).update(values)

    flipped = bytearray(good)
    flipped[len(good) * 3 // 4] ^= 1
    refused("a flipped byte", "SHA-256", True, data=bytes(flipped))
    refused("a cut file", "bytes and its manifest says", True, data=good[:-100])
    refused("a cut manifest", "manifest .* is damaged", True, text=manifest[:-20])
    refused("no manifest", "there is no manifest", True, text="")
    refused("another hash", "what came back.*audit", change=table("audit", hash="1:2"))
    refused("a table more", "gone has no such table",
            change=lambda m: m["tables"].append({"name": "gone", "rows": 1, "hash": "1:2"}))
    refused("a newer server", "restore into 99 or newer", change=lambda m: m.update(server_major=99))
    refused("a newer format", "'format'", change=lambda m: m.update(format=2))
    refused("two backups mixed", "pg_restore cannot read", data=b"x" * 100, change=lambda m: m.update(
        bytes=100, sha256=hashlib.sha256(b"x" * 100).hexdigest()))
    sites.run("restore", sites.file("nothing"), at="a", code=1)
    need(place.sql(DIGEST, sites.connection("a")) == digest, "a refused restore changed the store")
    pathlib.Path(path).write_bytes(good)
    pathlib.Path(path + MANIFEST).write_text(manifest, encoding="utf-8")


def a_drill_finds_what_was_planted(place, sites):
    """A wrong counter in the store, a wrong count in the manifest; and it is gone when it was killed."""
    path, here = sites.file("wrong.dump"), {**os.environ, "TMPDIR": place.directory}
    place.sql("UPDATE planner.roll SET sum = sum + 1 WHERE n_open > 1", sites.connection("a"))
    sites.run("backup", path, at="a")
    place.sql("UPDATE planner.roll SET sum = sum - 1 WHERE n_open > 1", sites.connection("a"))
    edit(path, lambda m: next(t for t in m["tables"] if t["name"] == "items").update(rows=7))
    told = sites.told("restore", path, "--drill", code=3, env=here)
    need([d["table"] for d in told["differences"]] == ["items"] and "7 rows" in json.dumps(told), told)
    need([f["check"] for f in told["findings"]] == ["counters"], told)

    drills = lambda: [p.name for p in pathlib.Path(place.directory).glob("mcp-planner-drill.*")]
    need(not drills(), f"left: {drills()}")
    process = subprocess.Popen([place.binary, "restore", path, "--drill"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=here)
    while not any(os.path.exists(f"{place.directory}/{d}/pg") for d in drills()):
        need(process.poll() is None, "the drill was over already")
        time.sleep(0.01)
    slay([process.pid])
    process.wait()
    sites.run("restore", sites.file("nothing"), "--drill", code=1, env=here)
    need(not drills(), f"left: {drills()}")


def a_backup_that_fails_leaves_nothing(place, sites, path):
    need("exists" in sites.run("backup", path, at="a", code=2).stderr, "an existing file was taken")
    sites.run("backup", at="a", code=2)
    sites.run("backup", path, "--dir", place.directory, at="a", code=2)
    sites.run("backup", sites.file("no/such/directory"), at="a", code=2)
    full = sites.file("full.dump")  # a disk that takes 64 kB
    done = subprocess.run(["bash", "-c", 'ulimit -f 64; trap "" XFSZ; exec "$@"', "-", place.binary, "backup",
                           full, *sites.where("a")], capture_output=True, text=True,
                          check=False, timeout=60)
    need(done.returncode == 1 and not os.path.exists(full), f"a full disk: {done}")
    need(not os.path.exists(full + MANIFEST) and not sites.left(), f"left: {sites.left()}")

    # killed at any moment: the old backup or the new one, and the next one sweeps
    for _ in range(20 if FULL else 3):
        process = sites.start("a", "backup", path, "--force")
        time.sleep(random.uniform(0.02, 0.4))
        slay([process.pid])
        process.wait()
        data = pathlib.Path(path).read_bytes()
        fits = [json.loads(p.read_text("utf-8"))["sha256"] == hashlib.sha256(data).hexdigest()
                for p in map(pathlib.Path, (path + MANIFEST, path + MANIFEST + ".next")) if p.exists()]
        need(any(fits), "a killed backup left a file without its manifest")
    time.sleep(0.3)  # pg_dump ends with who started it
    sites.run("backup", path, "--force", at="a")
    need(not sites.left(), f"left: {sites.left()}")


def rotation_removes_only_what_is_ours_and_whole(sites, made):
    directory = sites.file("kept")
    os.mkdir(directory)
    data = pathlib.Path(made["file"]).read_bytes()
    manifest = json.loads(pathlib.Path(made["file"] + MANIFEST).read_text(encoding="utf-8"))

    def put(name, **values):
        pathlib.Path(f"{directory}/{name}").write_bytes(data)
        pathlib.Path(f"{directory}/{name}{MANIFEST}").write_text(
            json.dumps({**manifest, "file": name, **values}), encoding="utf-8")

    for day in range(1, 29):
        put(f"planner-202602{day:02}T030000Z.dump")
    put("planner-20260101T030000Z.dump", bytes=1)  # not whole
    put("planner-20260102T030000Z.dump", store="0123456789abcdef")  # another's
    put("planner-20260103T030000Z.dump", file="other")
    put("notes-20260104T030000Z.dump")
    pathlib.Path(f"{directory}/planner-20260105T030000Z.dump").write_bytes(b"no manifest")
    before = set(os.listdir(directory))
    words = ["backup", "--dir", directory, "--keep", "daily=3,weekly=2"]

    told = sites.told(*words, "--dry-run", at="a")
    need(set(os.listdir(directory)) == before, "a dry run changed something")
    need([f["why"] for f in told["kept"]] == ["newest", "daily", "daily", "weekly"], told)
    need(len(told["removed"]) == 24, told)
    told = sites.told(*words, at="a")
    gone = {f["file"] for f in told["removed"]}
    left = set(os.listdir(directory))
    need(len(gone) == 26, f"{len(gone)} were removed: today's, the 28th and the 27th stay")
    need(not gone & left and not {g + MANIFEST for g in gone} & left, "what was removed is there")
    need(os.path.basename(told["file"]) in left, "the newest was removed")
    need({name for name in before if name.startswith(("planner-202601", "notes-"))} <= left,
         f"too much was removed: {before - left}")
    # by a clock that ran ahead: what was written last is not the newest by its name
    put("planner-29990102T030000Z.dump")
    told = sites.told("backup", "--dir", directory, "--keep", "daily=1", at="a")
    left = set(os.listdir(directory))
    need(os.path.basename(told["file"]) in left, "what was written just now was removed")
    need("planner-29990102T030000Z.dump" in left, "the newest was removed")
    told = sites.told("backup", "--dir", f"{directory}/made", at="a")
    need(os.stat(f"{directory}/made").st_mode & 0o777 == 0o700 and os.path.exists(told["file"]), "the directory")
    for wrong in (["--dir", f"{directory}/no/such"], ["--keep", "daily=1"], ["--keep", "hourly=1", "--dir", directory],
                  ["--dry-run", "--dir", directory]):
        sites.run("backup", *wrong, at="a", code=2)


def the_units_for_systemd_run(place, sites):
    """What examples/backup starts, on a directory of ours."""
    directory, own = sites.file("nightly"), "/var/backups/mcp-planner"
    os.mkdir(directory)

    def start(unit, code):
        text = (EXAMPLES / unit).read_text(encoding="utf-8").replace(own, directory)
        line = re.search(r"^ExecStart=(.*)$", text, re.M)[1].replace("/usr/local/bin/mcp-planner", place.binary)
        done = subprocess.run(shlex.split(line), check=False, capture_output=True, text=True, timeout=60,
                              env={**os.environ, **sites.variables("a")})
        need(done.returncode == code, f"{unit}: exit {done.returncode}: {done.stdout}{done.stderr}")

    start("mcp-planner-backup.service", 0)
    (made,) = pathlib.Path(directory).glob("*.dump")
    os.unlink(f"{made}{MANIFEST}")
    start("mcp-planner-drill.service", 3)
    for unit in EXAMPLES.glob("*.timer"):
        need((EXAMPLES / unit.name.replace(".timer", ".service")).exists(), unit)


# ------------------------------------------------------------------ another server


def programs_that_tell(place):
    """PostgreSQL's programs, with a pg_dump that notes what it is given."""
    real = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
    directory, log = f"{place.directory}/bin", f"{place.directory}/told"
    os.mkdir(directory)
    for name in ("postgres", "initdb", "pg_restore"):
        os.symlink(f"{real}/{name}", f"{directory}/{name}")
    script = pathlib.Path(f"{directory}/pg_dump")
    script.write_text(f'#!/bin/sh\necho "$@" "secret=$PGPASSWORD" >>{log}\nexec {real}/pg_dump "$@"\n',
                      encoding="utf-8")
    script.chmod(0o755)
    return directory, pathlib.Path(log)


def a_role_without_rights_backs_up_and_replaces_its_store(place):
    if not SERVER:
        place.note("no server is named: left out")
        return
    role, password = f"planner_backup_{os.getpid()}", "h1dden"
    directory, log = programs_that_tell(place)
    path = f"{place.directory}/b.dump"
    place.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'", SERVER)
    place.sql(f"CREATE DATABASE {role}", SERVER)
    place.sql(f"GRANT CREATE ON DATABASE {role} TO {role}", SERVER)
    dsn = f"{SERVER} dbname={role} user={role} password={password}"
    where = ["--dsn", dsn, "--pg-bindir", directory]
    try:
        place.command("migrate", "up", *where, check=True)
        server = place.serve(*where)
        fill(server, n=3)
        place.command("backup", path, *where, check=True)
        told = log.read_text(encoding="utf-8")
        need(f"secret={password}" in told and told.count(password) == 1, f"pg_dump was given {told}")
        server.good("create_task", parent="AUTH", title="after the backup")
        done = place.command("restore", path, "--replace", "--yes", *where)
        need(done.returncode == 0, done.stderr)
        need("after the backup" not in server.good("outline", item="AUTH").text, "it is the old one")
        place.end(server)
        pooled = place.command("backup", path + "2", *where, "--pooled")
        need(pooled.returncode == 1 and "name the server itself" in pooled.stderr, pooled.stderr)
    finally:
        place.sql(f"DROP DATABASE {role} WITH (FORCE)", SERVER)
        place.sql(f"DROP ROLE {role}", SERVER)


if __name__ == "__main__":
    main(what_was_acknowledged_before_a_backup_is_in_it,
         a_store_in_use_is_replaced_as_a_whole_and_goes_on,
         what_is_damaged_is_found_and_nothing_is_left_behind,
         a_role_without_rights_backs_up_and_replaces_its_store)
