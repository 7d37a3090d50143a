"""An upgrade while everybody works: this program and one with a further migration, at once on the
newer schema. With FULL set the older one is also the program of the oldest commit whose final
migrations are still what they were.
"""
import os
import pathlib
import subprocess

from durability import FULL, Server, main, need, wait_all
from migrate_lib import NEWEST, NEXT, TOP, Database, next_program
from servers import with_stack

ROUNDS, WRITES = (40, 200) if FULL else (8, 60)
SUMS = "sql/migrations/SHA256SUMS"


def serve(place, program, base):
    server = Server(program, ["--dsn", base.dsn])
    place.servers.append(server)
    return server


def refused(server, words):
    answer = server.wait(server.call("list_projects"))
    need(answer.failed and words in answer.text, f"no '{words}' in: {answer.text}")


def cut(base):
    """What is connected has to look at the schema again."""
    base.sql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
             " WHERE datname = current_database() AND pid <> pg_backend_pid()")


def work_together(old, new):
    """Each goes on with what the other has begun."""
    for n in range(ROUNDS):
        for one, other in ((old, new), (new, old)):
            task = one.good("create_task", parent="ROLL", title=f"task {n}").data["key"]
            step = other.good("create_step", task=task, title="step", content="by the other").data["key"]
            one.good("review_step", step=step, decision="approve")
            done = other.good("complete_step", item=step, summary="seen").data
            one.good("undo", change=done["change"])
            other.good("complete_step", item=step)
            item = one.good("get_item", item=task).data
            need(item.get("progress", item.get("item", {}).get("progress")) == 1, f"{item}")
    old.good("outline", item="ROLL")
    new.good("search", query="step", project="ROLL")


def upgrade(place, stack, old_program, new_program, versions):
    base = Database(place, stack.running[0], f"rolling_{len(place.notes)}")
    base.migrated(old_program, "up")
    old = serve(place, old_program, base)
    old.good("create_project", name="Roll", slug="ROLL", description="Upgraded under way")

    # The old one writes all the while.
    writes = [old.call("create_task", parent="ROLL", title=f"meanwhile {n}") for n in range(WRITES)]
    old.turn(0)
    done = base.migrated(new_program, "up")
    wait_all([old])
    need(all(not old.answers[n].failed for n in writes),
         f"lost: {[old.answers[n].text for n in writes if old.answers[n].failed][:3]}")
    need([m["version"] for m in done["migrations"]] == versions, f"{done}")

    new = serve(place, new_program, base)
    late = serve(place, old_program, base)  # an old program that is started afterwards
    late.good("list_projects")
    work_together(late, new)
    work_together(old, new)
    cut(base)
    work_together(old, new)
    base.check()
    place.check_store("ROLL", base.dsn)
    need(base.sql("SELECT count(*) FROM planner.items WHERE colour IS NULL") == "0", "without colour")
    return base, old, new


@with_stack
def old_and_new_work_on_the_newer_schema(place, stack):
    stack.postgres()
    program, further = place.binary, next_program(place)
    base, old, new = upgrade(place, stack, program, further, [NEXT])

    status = base.migrated(program, "status")
    need(status["ok"] and status["migrations"][-1]["state"] == "unknown", f"{status}")
    base.migrated(program, "validate")
    need(base.migrated(program, "up")["applied"] == 0, "the old one applied something")
    done = base.migrate(program, "down", str(NEWEST), "--yes")
    need(done.returncode == 1 and "is not known to this program" in done.stderr, done.stderr)

    # And back again: the old one does not mind, the new one says what it lacks.
    base.migrated(further, "down", str(NEWEST), "--yes")
    old.good("create_task", parent="ROLL", title="after the way back")
    cut(base)
    refused(new, f"lacks migration {NEXT}")
    old.good("create_task", parent="ROLL", title="and later")
    place.check_store("ROLL", base.dsn)


@with_stack
def an_unfinished_one_holds_only_the_new_up(place, stack):
    postgres = stack.postgres()
    program, further = place.binary, next_program(place)
    base = Database(place, postgres, "unfinished")
    base.migrated(program, "up")
    old = serve(place, program, base)
    old.good("create_project", name="Roll", slug="ROLL", description="Upgraded under way")
    # Nobody gives an item a colour for now.
    base.sql("CREATE FUNCTION public.block() RETURNS trigger LANGUAGE plpgsql AS"
             " 'BEGIN IF to_jsonb(OLD) ->> ''colour'' IS DISTINCT FROM to_jsonb(NEW) ->> ''colour''"
             " THEN RAISE ''not now''; END IF; RETURN NEW; END';"
             "CREATE TRIGGER block BEFORE UPDATE ON planner.items FOR EACH ROW"
             " EXECUTE FUNCTION public.block()")
    done = base.migrate(further, "up")
    need(done.returncode == 1 and "a batch of migration 9001 (colour) failed" in done.stderr,
         done.stderr)

    new = serve(place, further, base)
    refused(new, "migration 9001 (colour) of the database is not finished; 'mcp-planner migrate up'")
    cut(base)
    old.good("create_task", parent="ROLL", title="not held up")
    base.sql("DROP TRIGGER block ON planner.items")
    done = base.migrated(further, "up")
    need(done["migrations"][0]["batches"] == 1, f"{done}")
    new.good("create_task", parent="ROLL", title="now, too")
    place.check_store("ROLL", base.dsn)


@with_stack
def an_excluded_program_is_told_so(place, stack):
    postgres = stack.postgres()
    program, further = place.binary, next_program(place)
    base = Database(place, postgres, "excluded")
    base.migrated(further, "up")
    old, new = serve(place, program, base), serve(place, further, base)
    old.good("list_projects")
    base.sql(f"UPDATE planner.schema_migrations SET oldest_program = '9.0.0' WHERE version = {NEXT}")
    cut(base)
    refused(old, "needs 9.0.0 or newer; this is ")
    new.good("list_projects")
    done = base.migrate(program, "validate")
    need(done.returncode == 3 and "needs 9.0.0 or newer" in done.stdout, done.stdout)


@with_stack
def behind_a_pooler_it_is_the_same(place, stack):
    """What others left in the server's sessions does not reach a migration; nor is its own work
    taken for somebody's from outside."""
    postgres = stack.postgres()
    bouncer = stack.bouncer(postgres)
    base = Database(place, postgres, "pooled")
    base.migrated(place.binary, "up")
    base.fill(300)
    audited, schema = base.sql("SELECT count(*) FROM planner.audit"), base.schema()
    base.dsn = bouncer.dsn.replace("dbname=postgres", "dbname=pooled")
    base.sql("SET search_path = pg_catalog; SET default_transaction_read_only = on;"
             " SET default_transaction_isolation = 'serializable'; SET statement_timeout = '1ms'")

    further = next_program(place)
    base.migrated(further, "up", "--pooled")
    base.migrated(further, "down", str(NEWEST), "--yes", "--pooled")
    base.migrated(place.binary, "validate", "--pooled")

    base.dsn = f"{postgres.plain} dbname=pooled"
    need(base.sql("SELECT count(*) FROM planner.audit") == audited, "audited as from outside")
    need(base.schema() == schema, "the schema is another")
    base.check()


def git(*arguments):
    return subprocess.run(["git", "-C", str(TOP), *arguments], check=False, text=True,
                          capture_output=True).stdout


def earlier_commit():
    """The oldest one whose final migrations are among those of today."""
    today = set((TOP / SUMS).read_text().split("\n"))
    found = None
    for commit in git("log", "--first-parent", "--format=%H", "--", SUMS).split():
        if not set(git("show", f"{commit}:{SUMS}").split("\n")) <= today:
            break
        found = commit
    return found


def build(commit, directory):
    source, build_in = f"{directory}/source", f"{directory}/build"
    os.mkdir(source)
    subprocess.run(f"git -C {TOP} archive {commit} | tar -x -C {source}", shell=True, check=True)
    for words in (["-S", source, "-B", build_in, "-G", "Ninja", "-DPLANNER_TESTS=OFF",
                   "-DCMAKE_BUILD_TYPE=Debug"], ["--build", build_in, "--target", "mcp-planner"]):
        done = subprocess.run(["cmake", *words], check=False, text=True, capture_output=True)
        need(done.returncode == 0, f"cmake {words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return f"{build_in}/mcp-planner"


@with_stack
def the_program_of_an_earlier_commit_works_on_todays_schema(place, stack):
    commit = earlier_commit()
    if commit is None:
        place.note("no earlier commit with the same final migrations: nothing to compare")
        return
    stack.postgres()
    old = build(commit, place.directory)
    theirs = len([line for line in git("show", f"{commit}:{SUMS}").split("\n") if ".up.sql" in line])
    upgrade(place, stack, old, next_program(place), [*range(theirs + 1, NEWEST + 1), NEXT])
    place.note(f"commit {commit[:10]}, {theirs} migrations")


main(old_and_new_work_on_the_newer_schema, an_unfinished_one_holds_only_the_new_up,
     an_excluded_program_is_told_so, behind_a_pooler_it_is_the_same,
     *([the_program_of_an_earlier_commit_works_on_todays_schema] if FULL else []))
