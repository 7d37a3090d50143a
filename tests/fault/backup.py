"""Backups while others write, restores over a store in use, drills on damage, kills at any moment."""
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import threading
import time

from durability import FULL, main, need, slay
from throwaway import DIGEST

MANIFEST = ".manifest.json"


class Sites:
    """Private databases of one place, by a short name, and the program's commands on them."""

    def __init__(self, place):
        self.place, self.names = place, set()

    def data(self, name):
        self.names.add(name)
        return f"{self.place.directory}/{name}"

    def serve(self, name, *more):
        return self.place.serve("--data-dir", self.data(name), *more)

    def run(self, *words, at=None, code=0, **more):
        where = ["--data-dir", self.data(at)] if at else []
        done = subprocess.run([self.place.binary, *words, *where], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, timeout=120, **more)
        need(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def told(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)

    def connection(self, name):
        return self.told("status", at=name, code=0)["connection"]

    def start(self, name, *words, **more):
        return subprocess.Popen([self.place.binary, *words, "--data-dir", self.data(name)],
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
        sites = Sites(place)
        try:
            scenario(place, sites)
        finally:
            for server in list(place.servers):
                server.kill()
            place.servers.clear()
            for name in sites.names:
                place.command("stop", "--data-dir", sites.data(name))
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


# ------------------------------------------------------------------ taking and bringing back


@with_sites
def what_was_acknowledged_before_a_backup_is_in_it(place, sites):
    path = sites.file("busy.dump")
    writers = [sites.serve("busy") for _ in range(3)]
    fill(writers[0])
    acknowledged, stop = [], threading.Event()

    def write(server, who):
        for n in range(100000):
            if stop.is_set():
                return
            title = f"{who}/{n}"
            server.good("create_task", parent="AUTH", title=title)
            acknowledged.append(title)

    threads = [threading.Thread(target=write, args=(s, i)) for i, s in enumerate(writers)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    before = list(acknowledged)
    told = sites.told("backup", path, at="busy")
    after = len(acknowledged)
    stop.set()
    for thread in threads:
        thread.join()
    need(after > len(before), "nobody wrote during the backup")
    sites.run("restore", path, at="copy")
    titles = place.titles("AUTH", sites.connection("copy"))
    missing = set(before) - set(titles.values())
    need(not missing, f"acknowledged before the backup and not in it: {sorted(missing)[:5]}")
    counted = {t["name"]: t["rows"] for t in told["tables"]}
    need(counted["items"] == len(titles) + 1, f"{counted['items']} items, {len(titles)} restored")
    place.check_store("AUTH", sites.connection("copy"))
    need(oct(os.stat(path).st_mode)[-3:] == "600", "others may read the backup")
    need(not sites.left(), sites.left())
    place.note(f"{len(before)} before, {after - len(before)} during")


@with_sites
def a_restored_store_goes_on_and_gives_no_number_twice(place, sites):
    path = sites.file("a.dump")
    old = sites.serve("a")
    fill(old)
    cursor = old.good("wait_for_change").data["cursor"]
    sites.run("backup", path, at="a")
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

    # as another store, where nobody knows what was given out since
    sites.run("restore", path, at="b")
    there = sites.serve("b")
    claim = there.good("claim_item", item="AUTH-2", action="claim").data
    need(claim["token"] > token, f"token {claim['token']} after {token}")
    for name in ("a", "b"):
        need(not place.rows("SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c",
                            sites.connection(name)), f"roll_check of {name}")
        sites.run("doctor", "--only", "sequences", at=name)
    need(sites.told("restore", path, "--drill")["ok"], "the drill")


@with_sites
def a_store_in_use_is_swapped_between_two_changes(place, sites):
    """Writers that never stop see the old store, then the new one, and no error but 'try again'."""
    path = sites.file("a.dump")
    writers = [sites.serve("a") for _ in range(3)]
    fill(writers[0])
    sites.run("backup", path, at="a")
    told, stop = [], threading.Event()

    def write(server, who):
        for n in range(100000):
            if stop.is_set():
                return
            told.append(server.wait(server.call("create_task", parent="AUTH", title=f"{who}/{n}")))

    threads = [threading.Thread(target=write, args=(s, i)) for i, s in enumerate(writers)]
    for thread in threads:
        thread.start()
    for _ in range(5 if FULL else 1):
        time.sleep(0.2)
        sites.run("restore", path, "--replace", "--yes", at="a")
    time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    failed = [a.text for a in told if a.failed]
    need(not failed, f"{len(failed)} of {len(told)} calls failed: {failed[:3]}")
    keys = [a.data["key"] for a in told]
    need(len(set(keys)) == len(keys), "a key was given out twice")
    connection = sites.connection("a")
    need(not place.rows("SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c",
                        connection), "roll_check")
    sites.run("doctor", "--only", "audit", at="a")
    need(place.sql("SELECT to_regnamespace('planner_being_replaced') IS NULL", connection) == "t",
         "the old store is still there")
    place.note(f"{len(told)} calls")


# ------------------------------------------------------------------ damage


@with_sites
def a_drill_finds_what_was_planted(place, sites):
    path = sites.file("a.dump")
    server = sites.serve("a")
    fill(server)
    sites.run("backup", path, at="a")
    good, manifest = pathlib.Path(path).read_bytes(), pathlib.Path(path + MANIFEST).read_text("utf-8")
    digest = place.sql(DIGEST, sites.connection("a"))

    def put(data=good, text=manifest):
        pathlib.Path(path).write_bytes(data)
        pathlib.Path(path + MANIFEST).write_text(text, encoding="utf-8")

    def refused(what, words, drill=True):
        done = sites.run("restore", path, "--replace", "--yes", at="a", code=1)
        need(re.search(words, done.stderr), f"{what}: {done.stderr}")
        if drill:
            told = sites.told("restore", path, "--drill", code=3)
            need(not told["ok"] and re.search(words.replace("what came back.*", ""), json.dumps(told)),
                 f"{what}: {told}")

    flipped = bytearray(good)
    flipped[len(good) * 3 // 4] ^= 1
    put(bytes(flipped))
    refused("a flipped byte", "SHA-256")
    put(good[:-100])
    refused("a cut file", "bytes and its manifest says")
    put(text=manifest[:-20])
    refused("a cut manifest", "manifest .* is damaged")
    os.unlink(path + MANIFEST)
    refused("no manifest", "there is no manifest")
    put()
    edit(path, lambda m: next(t for t in m["tables"] if t["name"] == "items").update(rows=7))
    refused("another count", "what came back.*|7 rows")
    put()
    edit(path, lambda m: next(t for t in m["tables"] if t["name"] == "audit").update(hash="1:2"))
    refused("another hash", "what came back.*|hash 1:2", drill=False)
    put()
    edit(path, lambda m: m["tables"].append({"name": "gone", "rows": 1, "hash": "1:2"}))
    refused("a table more", "no such table", drill=False)
    put()
    edit(path, lambda m: m.update(server_major=99))
    refused("a newer server", "restore into 99 or newer", drill=False)
    put()
    edit(path, lambda m: m.update(format=2))
    refused("a newer format", "'format'", drill=False)
    sites.run("restore", sites.file("nothing"), at="a", code=1)
    need(place.sql(DIGEST, sites.connection("a")) == digest, "a refused restore changed the store")

    wrong = sites.file("wrong.dump")  # the dump is as it should be, and the store was not
    place.sql("UPDATE planner.roll SET sum = sum + 1 WHERE n_open > 1", sites.connection("a"))
    sites.run("backup", wrong, at="a")
    told = sites.told("restore", wrong, "--drill", code=3)
    need([f["check"] for f in told["findings"]] == ["counters"] and not told["differences"], told)


@with_sites
def nothing_is_left_of_a_backup_that_failed(place, sites):
    path = sites.file("a.dump")
    sites.run("backup", path, at="a", code=1)  # no store yet
    need(not os.path.exists(sites.data("a")), "looking for a store made one")
    fill(sites.serve("a"))
    sites.run("backup", path, at="a")
    first = sites.told("restore", path, "--drill")
    need("exists" in sites.run("backup", path, at="a", code=2).stderr, "an existing file was taken")
    sites.run("backup", path, "--force", at="a")
    need(sites.told("restore", path, "--drill")["rows"] == first["rows"], "after --force")
    sites.run("backup", at="a", code=2)
    sites.run("backup", path, "--dir", place.directory, at="a", code=2)
    sites.run("backup", sites.file("no/such/directory"), at="a", code=2)

    full = sites.file("full.dump")  # a disk that takes 64 kB
    done = subprocess.run(["bash", "-c", f'ulimit -f 64; trap "" XFSZ; exec "$@"', "-", place.binary, "backup",
                           full, "--data-dir", sites.data("a")], capture_output=True, text=True,
                          check=False, timeout=60)
    need(done.returncode == 1 and not os.path.exists(full), f"a full disk: {done}")
    need(not os.path.exists(full + MANIFEST) and not sites.left(), f"left: {sites.left()}")

    # killed at any moment: the old backup or the new one, and the next one sweeps
    for _ in range(20 if FULL else 4):
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


@with_sites
def a_killed_restore_leaves_the_old_store_or_the_new_one(place, sites):
    path = sites.file("a.dump")
    server = sites.serve("a")
    fill(server, n=300 if FULL else 100)
    sites.run("backup", path, at="a")
    took = time.monotonic()
    sites.run("restore", path, "--replace", "--yes", at="a")
    took = time.monotonic() - took
    kinds = []
    for n in range(20 if FULL else 3):
        server.good("create_task", parent="AUTH", title=f"only in the old one {n}")
        process = sites.start("a", "restore", path, "--replace", "--yes")
        time.sleep(took * random.uniform(0.1, 1.1))
        slay([process.pid])
        process.wait()
        titles = server.good("search", query=f"only in the old one {n}", project="AUTH").data["items"]
        kinds.append("old" if titles else "new")
        connection = sites.connection("a")
        need(not place.rows("SELECT c.* FROM planner.projects p, planner.roll_check(p.id) c",
                            connection), "roll_check")
        count = int(place.sql("SELECT count(*) FROM planner.items WHERE title LIKE 'step %'", connection))
        need(count == (900 if FULL else 300), f"{count} steps")
    place.note(f"{kinds.count('old')} times the old one, {kinds.count('new')} times the new one")

    told = subprocess.Popen([place.binary, "restore", path, "--drill"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": place.directory})
    time.sleep(1)
    slay([told.pid])
    told.wait()
    drills = lambda: [p.name for p in pathlib.Path(place.directory).glob("mcp-planner-drill.*")]
    need(drills(), "the drill was over already")
    sites.run("restore", path, "--drill", env={**os.environ, "TMPDIR": place.directory})
    need(not drills(), f"left: {drills()}")


# ------------------------------------------------------------------ rotation


@with_sites
def rotation_removes_only_what_is_ours_and_whole(place, sites):
    directory = sites.file("kept")
    os.mkdir(directory)
    fill(sites.serve("a"), n=2)
    fill(sites.serve("b"), n=2)
    newest = sites.told("backup", "--dir", directory, at="a")["file"]

    def copy(name, change=lambda m: None):
        pathlib.Path(f"{directory}/{name}").write_bytes(pathlib.Path(newest).read_bytes())
        manifest = json.loads(pathlib.Path(newest + MANIFEST).read_text(encoding="utf-8"))
        manifest["file"] = name
        change(manifest)
        pathlib.Path(f"{directory}/{name}{MANIFEST}").write_text(json.dumps(manifest), encoding="utf-8")

    for day in range(1, 29):
        copy(f"planner-202602{day:02}T030000Z.dump")
    copy("planner-20260101T030000Z.dump", lambda m: m.update(bytes=1))  # not whole
    copy("planner-20260102T030000Z.dump", lambda m: m.update(store="0123456789abcdef"))  # another's
    copy("planner-20260103T030000Z.dump", lambda m: m.update(file="other"))
    copy("notes-20260104T030000Z.dump")
    pathlib.Path(f"{directory}/planner-20260105T030000Z.dump").write_bytes(b"no manifest")
    before = set(os.listdir(directory))

    told = sites.told("backup", "--dir", directory, "--keep", "daily=3,weekly=2", "--dry-run", at="a")
    need(set(os.listdir(directory)) == before, "a dry run changed something")
    need(len(told["removed"]) == 26 and told["dry_run"], told)  # 27 and 28 stay
    told = sites.told("backup", "--dir", directory, "--keep", "daily=3,weekly=2", at="a")
    gone = {f["file"] for f in told["removed"]}
    left = set(os.listdir(directory))
    need(not gone & left and not {g + MANIFEST for g in gone} & left, "what was removed is there")
    need(os.path.basename(told["file"]) in left, "the newest was removed")
    for name in before:
        if name.startswith(("planner-202601", "notes-")):
            need(name in left, f"{name} was removed")
    for words in (["--keep", "daily=1"], ["--keep", "hourly=1", "--dir", directory],
                  ["--keep", "daily=1001", "--dir", directory], ["--keep", "daily=1,daily=2", "--dir", directory],
                  ["--dry-run", "--dir", directory]):
        sites.run("backup", *words, at="a", code=2)


if __name__ == "__main__":
    main(what_was_acknowledged_before_a_backup_is_in_it,
         a_restored_store_goes_on_and_gives_no_number_twice,
         a_store_in_use_is_swapped_between_two_changes,
         a_drill_finds_what_was_planted,
         nothing_is_left_of_a_backup_that_failed,
         a_killed_restore_leaves_the_old_store_or_the_new_one,
         rotation_removes_only_what_is_ours_and_whole)
