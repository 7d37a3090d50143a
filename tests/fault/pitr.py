"""examples/point-in-time/pitr.py on a private database: back to a moment between two changes, and what
is left when everything but a repository is gone. Agents work on through it."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from durability import FULL, main, need, slay
from throwaway import Psql

PITR = pathlib.Path(__file__).resolve().parents[2] / "examples/point-in-time/pitr.py"


def pitr(place, *words, code=0, says=""):
    """One command; what it printed, decoded where it is JSON."""
    done = subprocess.run([sys.executable, "-B", PITR, "--program", place.binary, "--data-dir", place.data,
                           *map(str, words)], check=False, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=120)
    need(done.returncode == code, f"pitr.py {words}: {done.returncode}: {done.stdout}{done.stderr}")
    need(says in done.stdout + done.stderr, f"pitr.py {words}: no '{says}': {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if "--json" in words else done.stdout


def verified(place, *words):
    """The newest change of a copy that was restored and thrown away."""
    found = pitr(place, "verify", "--json", "--from-repo", 1, *words)["repos"]
    need(not os.path.exists(f"{place.data}/pg.restore"), "the copy is still there")
    return found[0]["newest_change"]


def refused(answer, text):
    need(answer.failed and text in answer.text, f"no '{text}': {answer.text}")


def settled(place, server, title):
    return server.good("create_task", parent="PAST", title=title).data


def overlapping(place, server):
    """Two changes whose transactions overlap: the one with the lower number commits last."""
    late = Psql(place.connection())
    late("BEGIN; UPDATE planner.items SET title = 'late' WHERE number = 1")
    lower = int(late("SELECT max(change) FROM planner.audit"))
    higher = settled(place, server, "between")["change"]
    need(higher == lower + 1, f"changes {lower} and {higher}")
    late("COMMIT")
    late.close()
    return lower, higher


def lost_future(place, server, step):
    """What an agent remembers of the time that will not have been."""
    memory = {"claim": server.good("claim_item", item=step, action="claim").data["token"],
              "made": server.good("create_task", parent="PAST", title="lost", request_id="again").data}
    for n in range(40):  # more than a sequence is ahead in the log
        memory["last"] = settled(place, server, f"lost {n}")
    memory["cursor"] = server.good("wait_for_change", project="PAST").data["cursor"]
    return memory


def check_memory(place, server, other, step, memory):
    """An agent that does not know of it is told, or does what it asks for anew; never to others' work."""
    refused(server.wait(server.call("wait_for_change", project="PAST", cursor=memory["cursor"],
                                    timeout_seconds=0)), "before the database was restored")
    for n in range(60):  # numbers of transactions are given out again; the cursor is still of no use
        settled(place, other, f"new {n}")
    refused(server.wait(server.call("wait_for_change", project="PAST", cursor=memory["cursor"],
                                    timeout_seconds=0)), "before the database was restored")
    refused(server.wait(server.call("complete_step", item=step, token=memory["claim"])), "claim")
    token = other.good("claim_item", item=step, action="claim").data["token"]
    need(token > memory["claim"], f"token {token} after {memory['claim']}")
    refused(server.wait(server.call("complete_step", item=step, token=memory["claim"])), "claim")
    refused(server.wait(server.call("undo", change=memory["last"]["change"])), str(memory["last"]["change"]))
    again = server.good("create_task", parent="PAST", title="lost", request_id="again").data
    need(not again.get("replayed"), "an answer of the lost future")
    number = [int(made["key"].partition("-")[2]) for made in (again, memory["last"])]
    need(number[0] > number[1], f"the key {again['key']} was given out before")
    need(again["change"] > memory["last"]["change"], "a number of a change was given out before")


def is_well(place):
    done = place.command("doctor", "--data-dir", place.data)
    need(done.returncode == 0, f"doctor: {done.stdout}{done.stderr}")
    done = place.command("migrate", "validate", "--data-dir", place.data)
    need(done.returncode == 0, f"migrate validate: {done.stdout}{done.stderr}")


def wait_archived(place):
    """All that is committed by now is in the repositories."""
    segment = place.sql("SELECT pg_walfile_name(pg_switch_wal())")
    place.sql(f"DO $$ BEGIN WHILE (SELECT last_archived_wal < '{segment}' FROM pg_stat_archiver) LOOP"
              " PERFORM pg_sleep(0.05); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$")


def lose_everything(place, repo):
    """The machine goes with its disk, and the first repository has a hole: in its catalogue or, which
    pgBackRest tries again for half a minute, in the files of its backups."""
    slay(place.keepers())
    slay(place.postmasters())
    shutil.rmtree(place.data)
    hurt = [path for path in pathlib.Path(repo, "backup").rglob("*") if path.is_file()
            and (path.stat().st_size > 20000 if FULL else path.name.startswith("backup.info"))]
    need(len(hurt) > 1, "nothing to damage")
    for path in hurt:
        path.write_bytes(path.read_bytes()[:-100])


def it_goes_back_to_a_moment_between_two_changes(place):
    """And restores from the second repository when the first and the data directory are gone."""
    repos = [f"{place.directory}/near", f"{place.directory}/far"]
    one, other = place.serve("--data-dir", place.data, "--agent", "one"), None
    one.good("create_project", name="Past", slug="PAST", description="going back")
    pitr(place, "enable", "--repo", repos[0], "--repo2", repos[1], code=1, says="--now")
    need(place.sql("SHOW archive_command") == "(disabled)", "a refused command changed something")
    pitr(place, "enable", "--repo", repos[0], "--repo2", repos[1], "--now")
    pitr(place, "status", says="0 segments wait")
    other = place.serve("--data-dir", place.data, "--agent", "other")

    numbers = [one.call("create_task", parent="PAST", title=f"quick {n}") for n in range(5)]
    quick = [one.wait(number).data["change"] for number in numbers]  # milliseconds apart
    step = one.good("create_step", task="PAST-1", title="to claim").data["key"]
    lower, higher = overlapping(place, other)
    need(verified(place, "--before-change", quick[3]) == quick[2], "before a change")
    memory = lost_future(place, one, step)
    pitr(place, "restore", "--change", higher, code=1, says="--now")
    found = pitr(place, "restore", "--change", higher, "--now", "--json")

    need(found["newest_change"] == higher, f"restored to {found}")
    need(found["newest_change_before"] == memory["last"]["change"], f"restored to {found}")
    titles = place.titles("PAST").values()
    need("between" in titles and "late" not in titles, f"not as it was at the moment: {titles}")
    need(place.sql(f"SELECT count(*) FROM planner.audit WHERE change = {lower}") == "0", "a later commit")
    need(os.path.exists(f"{found['kept']}/PG_VERSION"), "the old one is not kept")
    check_memory(place, one, other, step, memory)
    is_well(place)
    place.note(f"away for {found['away']} s")

    last = settled(place, one, "archived")["change"]
    wait_archived(place)
    for server in (one, other):
        server.kill()
    place.servers.clear()
    lose_everything(place, repos[0])
    found = pitr(place, "restore", "--end", "--repo", repos[0], "--repo2", repos[1], "--json")
    need(found["newest_change"] == last, f"change {last} was archived, restored was {found}")
    one = place.serve()
    need(settled(place, one, "after")["change"] > last + 1000, "numbers of the lost ones are used again")
    is_well(place)
    place.note(f"from the second repository in {found['seconds']} s")


def what_cannot_be_done_is_refused(place):
    for words, says in ((["restore"], "required"), (["restore", "--to", "noon"], "is no time"),
                        (["restore", "--change", "0"], "is no number"), (["nonsense"], "invalid choice"),
                        (["restore", "--end", "--change", "4"], "not allowed"), ([], "required")):
        pitr(place, *words, code=2, says=says)
    pitr(place, "status", code=1, says="not enabled here")
    pitr(place, "restore", "--end", code=1, says="not enabled here")
    pitr(place, "enable", "--repo", f"{place.data}/repo", code=1, says="name another")
    pitr(place, "restore", "--end", "--repo", f"{place.directory}/empty", code=1, says="repository 1")
    pitr(place, "restore", "--to", "2999-01-01", "--repo", f"{place.directory}/empty", code=1, says="still to come")
    need(not os.path.exists(f"{place.data}/pg"), "a refused command made a database")
    os.environ["PLANNER_DATABASE_URL"] = "postgresql://nowhere.invalid/x"
    pitr(place, "status", code=1, says="external")
    del os.environ["PLANNER_DATABASE_URL"]


def it_goes_to_an_earlier_history_and_from_a_damaged_database(place):
    """Backups of a time that was left are not begun from; its changes can still be gone back to."""
    repo = f"{place.directory}/repo"
    one = place.serve("--data-dir", place.data)
    one.good("create_project", name="Past", slug="PAST", description="going back")
    pitr(place, "enable", "--repo", repo, "--now")
    first = [settled(place, one, f"first {n}")["change"] for n in range(4)]
    pitr(place, "backup")  # of what will be left
    found = pitr(place, "restore", "--before-change", first[2], "--now", "--json")
    need(found["newest_change"] == first[1], f"restored to {found}")
    second = settled(place, one, "second")["change"]
    need(verified(place) == second, "the backup of the time that was left was begun from")
    pitr(place, "backup")
    need(verified(place) == second, "a backup of now")
    found = pitr(place, "restore", "--change", first[2], "--timeline", 1, "--now", "--json")
    need(found["newest_change"] == first[2], f"restored to {found}")
    third = settled(place, one, "third")["change"]
    need(third > second, "numbers of the second history are given out again")
    need(set(place.titles("PAST").values()) == {"first 0", "first 1", "first 2", "third"}, "not as it was")

    pitr(place, "backup")
    last = settled(place, one, "not archived")["change"]
    one.kill()
    place.servers.clear()
    slay(place.keepers())
    slay(place.postmasters())
    pathlib.Path(place.data, "pg/global/pg_control").write_bytes(b"")
    found = pitr(place, "restore", "--end", "--json")
    need(found["newest_change"] == last, f"change {last} was in the damaged database's log: {found}")
    is_well(place)
    pitr(place, "disable")
    pitr(place, "status", code=3, says="not archived")


main(it_goes_back_to_a_moment_between_two_changes, what_cannot_be_done_is_refused,
     *([it_goes_to_an_earlier_history_and_from_a_damaged_database] if FULL else []))
