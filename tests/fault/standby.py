"""Reads on a standby (--read-dsn): own writes are always read back, however far it lags behind, and
what a process was told of is there, too; a standby that is away, lags, is promoted or belongs to
another store changes nothing but who answers."""
import time

from durability import FULL, main, need
from servers import Bouncer, until, with_stack

ROUNDS = 60 if FULL else 8
READS = [("list_projects", {}), ("outline", {"item": "READ"}), ("history", {"item": "READ"}),
         ("search", {"project": "READ", "query": "written"})]


class Pair:
    """A primary with a streaming standby, and a plan in it."""

    def __init__(self, place, stack, **settings):
        self.place, self.stack = place, stack
        self.primary = stack.postgres()
        done = place.command("migrate", "up", "--dsn", self.primary.dsn)
        need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")
        self.standby = stack.standby(self.primary, **settings)
        self.server = self.serve()
        self.server.good("create_project", name="Read", description="Written", slug="READ")
        self.caught_up()

    def serve(self, read=None):
        return self.place.serve("--dsn", self.primary.dsn, "--read-dsn", read or self.standby.dsn,
                                "--database-wait", "3s")

    def caught_up(self):
        position = self.place.sql("SELECT pg_current_wal_flush_lsn()", self.primary.dsn)
        until("the standby", lambda: self.place.sql(
            f"SELECT pg_last_wal_replay_lsn() >= '{position}'", self.standby.dsn) == "t")

    def readers(self):
        """Sessions of ours on the standby, with what they did last."""
        return self.place.rows("SELECT pid, query_start, split_part(query, chr(10), 1)"
                               " FROM pg_stat_activity WHERE application_name = 'mcp-planner reads'",
                               self.standby.dsn)


def read_all(server):
    return [server.good(tool, **arguments) for tool, arguments in READS]


@with_stack
def reads_go_to_the_standby_and_writes_do_not(place, stack):
    pair = Pair(place, stack)
    answers = read_all(pair.server)
    readers = pair.readers()
    need(len(readers) == 1, f"sessions on the standby: {readers}")
    need("for a query" in readers[0][2], f"the standby was not asked last: {readers}")
    pair.server.good("get_item", item="READ")
    pair.server.good("create_task", parent="READ", title="written there")
    need(pair.readers() == readers, "a write or another read went to the standby")
    alone = place.serve("--dsn", pair.primary.dsn)
    for (tool, arguments), answer in zip(READS, answers):
        pair.caught_up()
        need(tool == "list_projects" or not answer.failed, answer.text)
        here, there = pair.server.good(tool, **arguments), alone.good(tool, **arguments)
        need(here.data == there.data, f"{tool}: {here.data} is not {there.data}")
    need(pair.readers() != readers, "the standby was not asked again")


@with_stack
def own_writes_are_read_back_from_a_standby_that_lags(place, stack):
    pair = Pair(place, stack)
    place.sql("ALTER SYSTEM SET recovery_min_apply_delay = '400ms'", pair.standby.dsn)
    place.sql("SELECT pg_reload_conf()", pair.standby.dsn)
    slowest = 0
    for n in range(ROUNDS):
        key = pair.server.good("create_task", parent="READ", title=f"written {n}").data["key"]
        start = time.monotonic()
        for tool in ("outline", "search", "history"):
            found = pair.server.good(tool, **dict(READS)[tool]).data
            need(key in str(found), f"{tool} does not know {key} yet: {found}")
        slowest = max(slowest, time.monotonic() - start)
    project = pair.server.good("create_project", name="New", description="New", slug="NEW")
    need("NEW" in str(pair.server.good("list_projects").data), f"{project.text}, not listed")
    pair.server.good("outline", item="NEW")
    place.note(f"three reads behind a write at most {slowest * 1000:.0f} ms")


@with_stack
def a_paused_standby_is_passed_over_and_used_again(place, stack):
    pair = Pair(place, stack)
    other = place.serve("--dsn", pair.primary.dsn)
    place.sql("SELECT pg_wal_replay_pause()", pair.standby.dsn)
    until("the pause", lambda: place.sql("SELECT pg_get_wal_replay_pause_state()",
                                         pair.standby.dsn) == "paused")
    # What others write may come later, but not what is new to this process by a read.
    late = other.good("create_task", parent="READ", title="of others").data["key"]
    pair.server.good("outline", item="READ")
    need(late in pair.server.good("get_item", item=late).text, "the primary does not know it")
    need(late in pair.server.good("outline", item="READ").text, "older than what was read before")
    # What is asked for and not known there may be too new for it.
    newest = other.good("create_project", name="Newest", description="d", slug="NEWEST")
    need("NEWEST" in pair.server.good("outline", item="NEWEST").text, newest.text)
    place.sql("SELECT pg_wal_replay_resume()", pair.standby.dsn)
    pair.caught_up()
    before = pair.readers()
    time.sleep(1.1)
    read_all(pair.server)
    need(pair.readers() != before, "the standby is not used again")


@with_stack
def what_wait_for_change_told_is_read(place, stack):
    pair = Pair(place, stack)
    other = place.serve("--dsn", pair.primary.dsn)
    pair.server.post("resources/subscribe", {"uri": "planner://projects/READ/outline"})
    cursor = pair.server.good("wait_for_change", project="READ").data["cursor"]
    place.sql("SELECT pg_wal_replay_pause()", pair.standby.dsn)
    for n in range(3):
        parked = pair.server.call("wait_for_change", project="READ", cursor=cursor,
                                  timeout_seconds=20)
        pair.server.flush()
        time.sleep(0.2)
        key = other.good("create_task", parent="READ", title=f"written {n}").data["key"]
        answer = pair.server.wait(parked, 25)
        need(key in str(answer.data), f"not told of {key}: {answer.text}")
        cursor = answer.data["cursor"]
        need(key in pair.server.good("outline", item="READ").text, f"told of {key}, not read")
    place.sql("SELECT pg_wal_replay_resume()", pair.standby.dsn)
    pair.caught_up()
    time.sleep(1.1)
    read_all(pair.server)
    place.sql("SELECT pg_wal_replay_pause()", pair.standby.dsn)
    pair.server.notes.clear()
    key = other.good("create_task", parent="READ", title="for the subscription").data["key"]

    def told():
        pair.server.turn(0.05)
        return any(n["method"] == "notifications/resources/updated" for n in pair.server.notes)

    until("the notification", told)
    read = pair.server.wait(pair.server.post(
        "resources/read", {"uri": "planner://projects/READ/outline"}))
    need(key in str(read.frame), "the resource is older than its notification")


@with_stack
def a_standby_that_goes_is_not_missed(place, stack):
    pair = Pair(place, stack)
    read_all(pair.server)
    slowest = {}
    for way in ("kill", "stop"):
        getattr(pair.standby, way)()
        times = []
        for n in range(ROUNDS):
            pair.server.good("create_task", parent="READ", title=f"written {way} {n}")
            start = time.monotonic()
            read_all(pair.server)
            times.append(time.monotonic() - start)
        slowest[way] = max(times)
        pair.standby.start()
        pair.caught_up()
        until("its being used again", lambda: read_all(pair.server) and pair.readers() != [], 40)
    need(max(slowest.values()) < 3, f"reads took {slowest} s")
    place.note(f"four reads without it at most {max(slowest.values()) * 1000:.0f} ms")


@with_stack
def a_promoted_standby_and_a_stranger_are_not_asked(place, stack):
    pair = Pair(place, stack)
    stranger = stack.postgres("stranger")
    done = place.command("migrate", "up", "--dsn", stranger.dsn)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")
    copy = stack.standby(stranger, "copy")
    for dsn in (stranger.dsn, copy.dsn, pair.primary.dsn, "host=/nowhere"):
        server = pair.serve(dsn)
        key = server.good("create_task", parent="READ", title=f"written {dsn}"[:90]).data["key"]
        need(key in server.good("outline", item="READ").text, f"not read back: {dsn}")
        place.end(server)
    read_all(pair.server)
    pair.standby.promote()
    place.sql("UPDATE planner.items SET title = 'split'", pair.standby.dsn)
    for _ in range(3):
        answers = read_all(pair.server)
        need("split" not in str([a.data for a in answers]), "read from what is no standby any more")


@with_stack
def a_pooler_in_front_of_each_is_fine(place, stack):
    pair = Pair(place, stack)
    to_write = stack.began(Bouncer(f"{place.directory}/b1", pair.primary))
    to_read = stack.began(Bouncer(f"{place.directory}/b2", pair.standby))
    server = place.serve("--dsn", to_write.url("?pgbouncer=true"), "--read-dsn",
                         to_read.url("?pgbouncer=true"))
    for n in range(ROUNDS):
        key = server.good("create_task", parent="READ", title=f"written {n}").data["key"]
        need(key in server.good("outline", item="READ").text, f"not read back: {key}")
        time.sleep(0.02)
    need(pair.readers() != [], "the standby is not asked")


@with_stack
def lists_go_on_while_the_primary_is_away(place, stack):
    pair = Pair(place, stack)
    read_all(pair.server)
    pair.primary.kill()
    read_all(pair.server)
    need(pair.readers()[0][2] != "", "the standby was not asked")
    answer = pair.server.wait(pair.server.call("create_task", parent="READ", title="lost"))
    need(answer.failed and "nothing was changed" in answer.text, answer.text)


if __name__ == "__main__":
    main(reads_go_to_the_standby_and_writes_do_not,
         own_writes_are_read_back_from_a_standby_that_lags,
         a_paused_standby_is_passed_over_and_used_again, what_wait_for_change_told_is_read,
         a_standby_that_goes_is_not_missed, a_promoted_standby_and_a_stranger_are_not_asked,
         *([a_pooler_in_front_of_each_is_fine, lists_go_on_while_the_primary_is_away]
           if FULL else []))
