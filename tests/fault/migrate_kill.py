"""Migrations that are broken off: the server ends the connection, or the program is killed, at
statements all over the run; each time the next migrator finishes, and the result is what it would
have been.

    migrate_kill.sh BINARY [TRIAL[:STATEMENT]...]

The trials are empty (up from nothing), filled (up on a store) and down. Named ones are run alone, from
that statement on. With FULL set more statements are tried, drawn by SEED (printed; another one each time);
with EVERY set all of them.

An event trigger counts the statements that change the schema, a row trigger those that change the
record of migrations (which is once in each batch), a deferred one the commits; at the given one
they cut the connection, or stop until the program has been killed.
"""
import os
import random
import subprocess
import sys
import time

from durability import FULL, Wrong, main, need
from migrate_lib import NEWEST, NEXT, Database, next_program
from servers import until, with_stack

ITEMS = 1100  # a batch and a bit
EVERY = bool(os.environ.get("EVERY"))
SEED = int(os.environ.get("SEED", time.time_ns() // 10**6 % 10**6))
COUNTS = {"empty": (40, 10), "filled": (20, 6), "down": (12, 2)} if FULL else {
    "empty": (6, 2), "filled": (6, 2), "down": (2, 0)}  # cuts and kills
WANTED = dict((*word.split(":"), "1")[:2] for word in sys.argv[2:])

STOPS = """
CREATE SCHEMA stop;
CREATE SEQUENCE stop.seen;
CREATE TABLE stop.at (n bigint, how text);
CREATE FUNCTION stop.here() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place stop.at;
BEGIN
    SELECT * INTO place FROM stop.at;
    IF nextval('stop.seen') = place.n THEN
        IF place.how = 'cut' THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        PERFORM pg_sleep(60);
    END IF;
END $$;
CREATE FUNCTION stop.schema_changed() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stop.here();
END $$;
CREATE FUNCTION stop.record_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stop.here();
    RETURN NULL;
END $$;
CREATE EVENT TRIGGER stop ON ddl_command_end EXECUTE FUNCTION stop.schema_changed();
"""
RECORD_STOPS = """
CREATE TRIGGER stop AFTER INSERT OR UPDATE OR DELETE ON planner.schema_migrations
    FOR EACH ROW EXECUTE FUNCTION stop.record_changed();
CREATE CONSTRAINT TRIGGER stop_at_commit AFTER INSERT OR UPDATE OR DELETE ON planner.schema_migrations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stop.record_changed();
"""


def chosen(total, count, draw):
    """So many numbers from 1 to total, the first and the last among them: evenly, or drawn."""
    if count >= total or (EVERY and count):
        return list(range(1, total + 1))
    if FULL and count > 2:
        return sorted({1, total, *draw.sample(range(2, total), count - 2)})
    return sorted({1 + round(i * (total - 1) / max(count - 1, 1)) for i in range(count)})


class Trial:
    """One start, one command, and what it comes to when nobody gets in its way."""

    def __init__(self, place, start, program, *command):
        self.place, self.start, self.program, self.command = place, start, program, command
        base = self.begin("whole", 0, "cut")
        base.migrated(program, *command)
        self.total = int(base.sql("SELECT last_value FROM stop.seen"))
        self.schema, self.versions = base.schema(), base.versions()
        self.data = base.data() if "items" in self.kinds(base) else None
        base.drop()
        self.slowest = 0.0

    @staticmethod
    def kinds(base):
        return base.sql("SELECT string_agg(relname, ' ') FROM pg_class"
                        " WHERE relnamespace = to_regnamespace('planner') AND relname = 'items'")

    def begin(self, name, n, how):
        base = Database(self.place, self.start.postgres, name, self.start)
        base.sql(f"INSERT INTO stop.at VALUES ({n}, '{how}'); SELECT setval('stop.seen', 1, false)")
        return base

    def resume(self, base, n, how):
        base.sql("DELETE FROM stop.at")
        began = time.monotonic()
        base.migrated(self.program, *self.command)
        self.slowest = max(self.slowest, time.monotonic() - began)
        where = f"{how} at {n} of {self.total}"
        need(base.versions() == self.versions, f"{where}: versions {base.versions()}")
        need(base.schema() == self.schema, f"{where}: the schema is another")
        need(self.data is None or base.data() == self.data, f"{where}: the data are others")
        base.drop()

    def cut(self, n):
        base = self.begin("cut", n, "cut")
        done = base.migrate(self.program, *self.command)
        need(done.returncode == 1, f"cut at {n} of {self.total}: exit {done.returncode}, {done.stderr}")
        need("the database does not answer" in done.stderr, f"cut at {n}: {done.stderr}")
        self.resume(base, n, "cut")

    def kill(self, n):
        base = self.begin("killed", n, "wait")
        process = subprocess.Popen([self.program, "migrate", *self.command, "--dsn", base.dsn],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        until("the statement", lambda: base.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event = 'PgSleep'") == "1")
        process.kill()
        process.wait()
        self.resume(base, n, "killed")

    def run(self, name, first):
        began = time.monotonic()
        draw = random.Random(f"{SEED} {name}")
        cuts, kills = ([n for n in chosen(self.total, count, draw) if n >= first]
                       for count in COUNTS[name])
        for act, places in ((self.cut, cuts), (self.kill, kills)):
            for n in places:
                try:
                    act(n)
                except Wrong as wrong:
                    again = f"SEED={SEED} FULL={int(FULL)} ... {name}:{n}"
                    raise Wrong(f"{wrong}; again: {again}") from wrong
        need(self.slowest < 15, f"going on took {self.slowest:.1f} s")
        print(f"{name}: {len(cuts)} cuts, {len(kills)} kills among {self.total} statements, going on "
              f"took {self.slowest:.1f} s at most; {time.monotonic() - began:.0f} s", flush=True)


@with_stack
def broken_off_anywhere_it_is_finished_by_the_next_one(place, stack):
    unknown = set(WANTED) - set(COUNTS)
    need(not unknown, f"no such trial: {unknown}; there are {', '.join(COUNTS)}")
    postgres, program = stack.postgres(), next_program(place)
    empty = Database(place, postgres, "empty")
    empty.sql(STOPS)
    full = Database(place, postgres, "filled")
    full.migrated(program, "up", str(NEWEST))
    full.fill(ITEMS)
    full.sql(STOPS)
    partly = Database(place, postgres, "partly", full)
    partly.migrated(program, "down", "1", "--yes")
    for base in (full, partly):
        base.sql(RECORD_STOPS)

    if FULL:
        print(f"SEED={SEED}", flush=True)
    for name, start, *command in [("empty", empty, "up"), ("filled", partly, "up"),
                                  ("down", full, "down", "1", "--yes")]:
        if not WANTED or name in WANTED:
            Trial(place, start, program, *command).run(name, int(WANTED.get(name, 1)))


@with_stack
def migrators_at_once_do_everything_once(place, stack):
    postgres, program = stack.postgres(), next_program(place)
    base = Database(place, postgres, "many")
    began = [subprocess.Popen([program, "migrate", *words, "--dsn", base.dsn], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
             for words in [["up"]] * 4]
    applied = 0
    for process in began:
        out, err = process.communicate(timeout=60)
        need(process.returncode == 0, f"up: {out}{err}")
        applied += int(out.split()[1])
    # The batches of the last one may be ended by another than its script.
    need(NEWEST + 1 <= applied <= NEWEST + 4, f"applied {applied} times")
    base.fill(300)
    schema, data = base.schema(), base.data()

    for _ in range(8 if FULL else 1):
        began = [subprocess.Popen([program, "migrate", *words, "--dsn", base.dsn], text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
                 for words in [["up"], ["down", "1", "--yes"]] * 3]
        for process in began:
            out, err = process.communicate(timeout=60)
            need(process.returncode == 0, f"up and down: {out}{err}")
    base.migrated(program, "up")
    need(base.schema() == schema, "the schema is another")
    need(base.data() == data, "the data are others")
    base.check()


@with_stack
def up_down_up_is_the_same_dump(place, stack):
    postgres, program = stack.postgres(), next_program(place)
    base = Database(place, postgres, "dumped")
    base.migrated(program, "up")
    base.fill(300)
    dump, data = base.dump(), base.data()
    for version in [*range(NEWEST, 0, -1)]:
        base.migrated(program, "down", str(version), "--yes")
        base.migrated(program, "up")
        need(base.dump() == dump, f"down to {version} and up: the dump is another")
        need(base.data() == data, f"down to {version} and up: the data are others")
        base.check()
    base.migrated(program, "down", "0", "--yes")
    base.migrated(program, "up")
    need(base.dump() == dump, "down to nothing and up: the dump is another")
    need(base.versions().split()[-1] == str(NEXT), base.versions())
    place.note(f"{len(dump)} lines")


main(broken_off_anywhere_it_is_finished_by_the_next_one,
     *([] if WANTED else [migrators_at_once_do_everything_once, up_down_up_is_the_same_dump]))
