"""The program on each major version of PostgreSQL: its own database and its upkeep, the transcripts, the
tests of store and service on a server, and a backup of each brought into itself and the newer ones:
majors.py BINARY [MAJOR...]"""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from backup import fill
from durability import main, need
from throwaway import Cluster

TOP = pathlib.Path(__file__).resolve().parents[2]
MAJORS = pathlib.Path(os.environ["PLANNER_MAJORS"])  # N/bin has initdb and postgres
OLDEST, NEWEST = 15, 18


def programs(place, major):
    """Its programs where the account that runs servers can go."""
    shutil.copytree((MAJORS / str(major)).resolve(), f"{place.directory}/pg{major}", symlinks=True)
    return f"{place.directory}/pg{major}/bin"


def told(place, *words, code=0):
    done = place.command(*words, "--json")
    need(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def sound(place, data):
    found = json.loads(place.command("doctor", "--json", "--data-dir", data).stdout)
    need(found["reached"] and not found["counts"]["error"],
         [check for check in found["checks"] if check["severity"] == "error"])


def up_and_down(place):
    where = ["--data-dir", f"{place.directory}/empty"]
    try:
        for words in (["up"], ["down", "0", "--yes"], ["up"], ["validate"]):
            need(place.command("migrate", *words, *where).returncode == 0, f"migrate {words}")
    finally:
        place.command("stop", *where)


def works(place, major):
    server = place.serve()
    fill(server, n=5)
    server.good("submit_step", step="AUTH-2", content="a draft")
    server.good("review_step", step="AUTH-2", decision="approve")
    claim = server.good("next_item", project="AUTH", claim=True).data["items"][0]
    server.good("complete_step", item=claim["key"], token=claim["token"])
    need(server.good("search", query="draft", project="AUTH").data["items"], "search")
    need(place.sql("SHOW server_version").startswith(f"{major}."), "another PostgreSQL runs")
    sound(place, place.data)
    place.end(server)


def transcripts(place):
    files = sorted(glob.glob(f"{TOP}/tests/transcripts/**/*.txt", recursive=True))
    done = subprocess.run(["python3", "-B", f"{TOP}/tests/transcripts/run.py", place.binary, *files], check=False,
                          capture_output=True, text=True, timeout=600)
    need(done.returncode == 0, f"transcripts: {done.stdout[-2000:]}{done.stderr[-500:]}")


def tests_of_the_build(place, bin_dir):
    """store and service, on a server of that version; what needs its pg_dump is left out."""
    server = Cluster(place.directory, bin_dir=bin_dir, fsync="off", max_connections=200)
    try:
        server.start()
        done = subprocess.run(["ctest", "--test-dir", os.path.dirname(place.binary), "-L", "database", "-LE", "gate",
                               "-E", "^store_distribution$", "-j", str(os.cpu_count()), "--output-on-failure"],
                              check=False, capture_output=True, text=True, timeout=3000,
                              env={**os.environ, "PLANNER_TEST_DSN": server.dsn})
        need(done.returncode == 0, f"ctest: {done.stdout[-3000:]}")
    finally:
        server.stop()


def backups(place, major, kept):
    """One of its own, where there is a pg_dump for it; and the oldest one's."""
    path = f"{kept}/{major}.dump"
    done = place.command("backup", path, "--data-dir", place.data)
    need(done.returncode == 0 or "pg_dump is not installed" in done.stderr, done.stderr)
    if done.returncode:
        place.note(f"no pg_dump {major} here")
    for path in sorted(glob.glob(f"{kept}/*.dump")):
        there = f"{place.directory}/from-{os.path.basename(path)}"
        try:
            done = place.command("restore", path, "--data-dir", there)
            if "pg_restore is not installed" in done.stderr:  # newer than all that are here
                place.note(f"no pg_restore for {os.path.basename(path)}")
                continue
            need(done.returncode == 0, done.stderr)
            sound(place, there)
        finally:
            place.command("stop", "--data-dir", there)
        need(told(place, "restore", "--drill", path)["ok"], f"a drill of {path}")
        place.note(f"restored {os.path.basename(path)}")


def on(major, kept):
    def scenario(place):
        bin_dir = os.environ["PLANNER_PG_BINDIR"] = programs(place, major)
        works(place, major)
        up_and_down(place)
        transcripts(place)
        backups(place, major, kept)
        if "/asan/" not in place.binary:  # what it looks for is no matter of the server's version
            tests_of_the_build(place, bin_dir)
    scenario.__name__ = f"postgresql_{major}"
    return scenario


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="planner-majors.") as directory:
        wanted = [int(word) for word in sys.argv[2:]] or range(OLDEST, NEWEST + 1)
        main(*(on(major, directory) for major in wanted))
