#!/usr/bin/env python3
"""Point in time for the private database of mcp-planner, with pgBackRest.

  pitr.py enable --repo DIR [--repo2 DIR]     archive the log from now on, and make a first backup
  pitr.py backup [--type full|diff|incr]      one more backup, in each repository
  pitr.py status                              what there is and whether it goes on (exit code 3: it does not)
  pitr.py restore --change 41 [--now]         go back to when change 41 had just been made;
          also --before-change 41, --to TIME, --end
  pitr.py verify                              restore beside the database, check, and throw away
  pitr.py disable                             archive no more

The copy is made and checked beside the database while that runs on; only then they change places, and
the old one is kept as pg.before.TIME in the data directory. Exit codes: 0 done, 1 failed, 2 usage,
3 found trouble. More: examples/point-in-time/README.md.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from place import Place, Refused, Trial, say, swap
from repository import STANZA, Backrest, Target, a_number, a_time, choose_backup

HERE = pathlib.Path(__file__).resolve().parent
TROUBLE = 3
TOLD = ("newest_change", "projects", "items")
OURS = ("archive_mode", "archive_command", "archive_timeout")
ARCHIVED_SECONDS = 60  # patience with the archive when the log of a running database is pushed

STATE = """SELECT json_build_object('identity', (SELECT system_identifier::text FROM pg_control_system()),
 'newest_change', (SELECT coalesce(max(change), 0) FROM planner.audit),
 'projects', (SELECT count(*) FROM planner.projects), 'items', (SELECT count(*) FROM planner.items WHERE number > 0),
 'change', (SELECT last_value FROM planner.change_number),
 'token', (SELECT last_value FROM planner.claim_token),
 'numbers', (SELECT coalesce(json_object_agg(project_id, last_number), '{}') FROM planner.counters))"""


def a_directory(text):
    path = pathlib.Path(text).absolute()
    if "\n" in text or path.is_file():
        raise argparse.ArgumentTypeError(f"'{text}' is no directory")
    return path


# ------------------------------------------------------------------ restoring


def find_moment(place, backrest, target, numbers, runs):
    """The transaction of a change: in the running database, else in a copy of all that there was."""
    query = {"file": HERE / "moment.sql", "variables": [("change", target.change)]}
    text = ""
    if runs and target.timeline is None:
        text = place.sql(**query)
    if text == "":
        say(f"change {target.change} is not in the database; looking for it in the archive")
        whole = argparse.Namespace(change=None, before_change=None, to=None, timeline=target.timeline)
        with tried(place, backrest, Target(whole), numbers) as trial:
            text = trial.sql(**query)
    if text == "":
        raise Refused(f"there is no change {target.change}; 'history' tells which there are")
    target.found(text)


def fetch(place, backrest, target, number):
    """A copy in pg.restore, not yet recovered."""
    label = choose_backup(backrest, number, target)
    say(f"restoring backup {label} from repository {number}, {target.tell()}")
    shutil.rmtree(place.trial_dir, ignore_errors=True)
    place.make_dir(place.trial_dir)
    # Written for the place where the copy will be; while it is on trial it is told another one.
    backrest.run(f"--repo={number}", f"--set={label}", f"--pg1-path={place.trial_dir}",
                 *target.options(), "--recovery-option=restore_command="
                 + backrest.restore_command(f"--repo={number}"), "restore")


def salvage(place, directory):
    """Log that was not yet archived: of a database that does not start any more, or as pg_receivewal
    kept it, whose newest segment is not whole."""
    found = {path.name: path for path in directory.glob("?" * 24)}
    for path in directory.glob("*.partial"):
        found.setdefault(path.stem, path)
    for name, path in found.items():
        copy = place.trial_dir / "pg_wal" / name
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        place.give(copy)


@contextlib.contextmanager
def tried(place, backrest, target, numbers, logs=()):
    """A copy that has recovered to the moment and was checked, from the first repository that can."""
    for number in numbers:
        try:
            fetch(place, backrest, target, number)
            for log in logs:
                salvage(place, log)
            here = f"--pg1-path={place.trial_dir}"
            trial = Trial(place, place.trial_dir, {
                "restore_command": backrest.restore_command(f"--repo={number}", here),
                "archive_mode": "on", "archive_command": backrest.archive_command(here)})
        except (Refused, OSError) as problem:
            last = problem
        else:
            with trial:
                try:
                    trial.await_end()
                    trial.state = check(trial, target)
                except Refused as problem:
                    last = problem
                else:
                    yield trial
                    return
        if number != numbers[-1]:
            say(f"repository {number} cannot serve: {last}; trying the next")
    raise Refused(str(last))


def check(trial, target):
    state = json.loads(trial.sql(STATE))
    wrong = trial.sql("SELECT count(*) FROM planner.projects p, planner.roll_check(p.id)")
    if wrong != "0":
        raise Refused(f"{wrong} counters of the copy are wrong, so it is not used; 'mcp-planner doctor' explains them")
    if target.change is not None:
        there = trial.sql(f"SELECT EXISTS (SELECT FROM planner.audit WHERE change = {target.change})")
        if (there == "t") != target.inclusive:
            raise Refused(f"change {target.change} is {'not ' * target.inclusive}in the copy")
    return state


def is_enabled(place):
    return STANZA in place.sql("SHOW archive_command") and place.sql("SHOW archive_mode") == "on"


def push_log(place):
    """All that is committed reaches the archive, and a commit behind it (for --to: recovery stops
    at the first commit after the time)."""
    place.sql("SELECT pg_current_xact_id()")
    segment = place.sql("SELECT pg_walfile_name(pg_switch_wal())")
    deadline = time.monotonic() + ARCHIVED_SECONDS
    while place.sql(f"SELECT coalesce(last_archived_wal >= '{segment}', false) FROM pg_stat_archiver") != "t":
        if time.monotonic() > deadline:
            raise Refused("the log is not archived (pitr.py status tells more); mend that first")
        time.sleep(0.05)


@contextlib.contextmanager
def frozen(place):
    """The state of the running database, in which nothing is written from here on."""
    words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", place.connection]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:
        psql.stdin.write("SET lock_timeout = '30s'; BEGIN; LOCK TABLE planner.audit IN EXCLUSIVE MODE;"
                         f"{STATE};\n")
        psql.stdin.flush()
        line = psql.stdout.readline()
        if not line:
            raise Refused("somebody holds a transaction open; end it")
        try:
            yield json.loads(line)
        finally:
            psql.kill()


def bring_in(place, trial, old):
    """The copy becomes the database. Nobody else starts anything meanwhile."""
    variables = []
    if old and old["identity"] == trial.state["identity"]:
        variables = [("change", old["change"]), ("token", old["token"]),
                     ("numbers", json.dumps(old["numbers"]))]
    trial.promote()
    trial.sql(file=HERE / "after-restore.sql", variables=variables)
    trial.stop()
    if not place.pg.exists():
        os.rename(place.trial_dir, place.pg)
        return None
    kept = place.directory / f"pg.before.{time.strftime('%Y%m%d-%H%M%S')}"
    os.rename(place.trial_dir, kept)
    swap(place.pg, kept)
    return kept


def open_up(place, stack):
    """The database runs until the end of the stack, and all that it has is archived; or False."""
    if not place.pg.exists():
        return False
    try:
        stack.enter_context(place.running())
    except Refused as problem:
        say(f"{problem}; going on without it")
        return False
    if is_enabled(place):
        push_log(place)
    return True


def restore(place, args):
    backrest = Backrest(place, args.repo_dir)
    numbers = [args.from_repo] if args.from_repo else list(backrest.repos)
    target = Target(args)
    if target.begun and target.begun > time.time():
        raise Refused("that time is still to come; --end restores all that there is")
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, place.trial_dir, ignore_errors=True)
        old = None
        if place.in_use() and not args.now:
            raise Refused("programs use the database; with --now it is exchanged under them:"
                          " they wait for some seconds and go on with the restored one")
        runs = open_up(place, stack)
        if not runs:
            place.touch("clients.lock")
            stack.enter_context(place.closed())
        if target.change is not None:
            find_moment(place, backrest, target, numbers, runs)
        logs = [place.pg / "pg_wal"] if target.open_end and not runs and place.pg.exists() else []
        trial = stack.enter_context(tried(place, backrest, target, numbers,
                                          logs + ([args.wal] if args.wal else [])))
        down = time.monotonic()
        if runs:
            old = stack.enter_context(frozen(place))
            stack.enter_context(place.closed())
        kept = bring_in(place, trial, old)
        found = {name: trial.state[name] for name in TOLD}
    place.start()
    done = place.planner("migrate", "validate")
    if done.returncode != 0:
        say(f"migrate validate: {(done.stdout + done.stderr).strip()}")
    found.update(seconds=round(time.monotonic() - began, 1), away=round(time.monotonic() - down, 1))
    if kept:
        found["kept"] = str(kept)
    if old and old["identity"] == trial.state["identity"]:
        found["newest_change_before"] = old["newest_change"]
    tell(args, found, [f"the database is as it was {target.tell()}: newest change"
                       f" {found['newest_change']}, {found['items']} items in {found['projects']}"
                       f" projects; it took {found['seconds']} s, {found['away']} s of them away"]
         + ([f"what it was before is in {kept}; remove it when it is not needed"] if kept else [])
         + ["make a backup now: pitr.py backup"])
    return 0


def try_one(place, backrest, target, number, runs):
    try:
        if target.change is not None:
            find_moment(place, backrest, target, [number], runs)
        with tried(place, backrest, target, [number]) as trial:
            return {"repo": number, "ok": True, **{name: trial.state[name] for name in TOLD}}
    except Refused as problem:
        return {"repo": number, "ok": False, "why": str(problem)}
    finally:
        shutil.rmtree(place.trial_dir, ignore_errors=True)


def verify(place, args):
    backrest = Backrest(place)
    target = Target(args)
    numbers = [args.from_repo] if args.from_repo else list(backrest.repos)
    with contextlib.ExitStack() as stack:
        runs = open_up(place, stack)
        found = [try_one(place, backrest, target, number, runs) for number in numbers]
    tell(args, {"repos": found}, [
        f"repository {f['repo']}: " + (f"can be restored, {target.tell()}: newest change"
                                       f" {f['newest_change']}, {f['items']} items" if f["ok"] else f["why"])
        for f in found])
    return 0 if all(f["ok"] for f in found) else TROUBLE


# ------------------------------------------------------------------ the other commands


def may_restart(used, args):
    if used and not args.now:
        raise Refused("programs use the database, which has to be started again for this; with --now"
                      " they wait for some seconds")


def back_up(place, backrest, kind):
    failed = 0
    for number in backrest.repos:
        try:
            backrest.run(f"--repo={number}", f"--type={kind}", "backup")
            say(f"repository {number}: backup {backrest.info(number)[0][-1]['label']}")
        except Refused as problem:
            say(f"repository {number}: {problem}")
            failed = 1
    return failed


def enable(place, args):
    for repo in args.repo_dir:
        if place.directory in (repo, *repo.parents):
            raise Refused("a repository in the data directory is lost together with it; name another")
    used = place.in_use()
    done = place.planner("migrate", "up")
    if done.returncode != 0:
        raise Refused(f"mcp-planner migrate up: {done.stderr.strip()}")
    place.account = place.find_account()
    backrest = Backrest(place)
    with place.running():
        again = place.sql("SHOW archive_mode") != "on"
        may_restart(used and again, args)
        backrest.write(args.repo_dir, args.keep)
        place.sql("ALTER SYSTEM SET archive_mode = on",
                  f"ALTER SYSTEM SET archive_timeout = {args.archive_timeout}")
        place.sql(f"ALTER SYSTEM SET archive_command = {quoted(backrest.archive_command())}",
                  "SELECT pg_reload_conf()")
    if again:
        place.stop()
    with place.running():
        backrest.run("stanza-create")
        failed = back_up(place, backrest, "full")
    say(f"the log is archived, a segment at least every {args.archive_timeout} s")
    return failed


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def disable(place, args):
    may_restart(place.in_use(), args)
    with place.running():
        for name in OURS:
            place.sql(f"ALTER SYSTEM RESET {name}")
    place.stop()
    say("the log is archived no more; the repositories are left as they are")
    return 0


def backup(place, args):
    backrest = Backrest(place)
    assert backrest.repos
    with place.running():
        return back_up(place, backrest, args.type)


def status(place, args):
    backrest = Backrest(place)
    trouble, repos, lines = [], [], []
    for number, path in backrest.repos.items():
        repo = {"repo": number, "path": path, "backups": 0}
        try:
            backups, end = backrest.info(number)
            repo.update(backups=len(backups), log_until=end or "")
            if backups:
                repo.update(newest=backups[-1]["label"], can_go_back_to=datetime.datetime.fromtimestamp(
                    backups[0]["timestamp"]["stop"]).astimezone().isoformat(" "))
            else:
                trouble.append(f"repository {number} has no backup; pitr.py backup")
        except Refused as problem:
            trouble.append(str(problem))
        repos.append(repo)
        lines.append(f"repository {number}  {path}: {repo['backups']} backups"
                     + (f", newest {repo['newest']}, back to {repo['can_go_back_to']}"
                        if "newest" in repo else ""))
    archiver = {}
    try:
        with place.running():
            if not is_enabled(place):
                trouble.append("the log is not archived; pitr.py enable")
            archiver = json.loads(place.sql(
                "SELECT json_build_object('last', last_archived_wal, 'at', last_archived_time, 'waiting',"
                " (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'), 'failing',"
                " coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false))"
                " FROM pg_stat_archiver"))
    except Refused as problem:
        trouble.append(str(problem))
    if archiver.get("failing"):
        trouble.append("archiving fails; postgresql.log in the data directory tells why")
    lines.append(f"archived      {archiver.get('last') or 'nothing since the start'},"
                 f" {archiver.get('waiting', 0)} segments wait")
    tell(args, {"ok": not trouble, "repos": repos, "archiver": archiver, "trouble": trouble},
         lines + [f"trouble       {text}" for text in trouble])
    return TROUBLE if trouble else 0


def tell(args, found, lines):
    print(json.dumps(found) if args.json else "\n".join(lines))


# ------------------------------------------------------------------ the command line

COMMANDS = {"enable": enable, "backup": backup, "status": status, "restore": restore,
            "verify": verify, "disable": disable}


def find_program():
    found = shutil.which("mcp-planner")
    for build in ("release", "dev"):
        path = HERE.parents[1] / "build" / build / "mcp-planner"
        found = found or (str(path) if path.exists() else None)
    return found


def add_target(parser, required):
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--end", action="store_true", help="all that was archived")
    group.add_argument("--to", type=a_time, metavar="TIME", help="what was committed up to then")
    group.add_argument("--change", type=a_number, metavar="N", help="up to and with this change")
    group.add_argument("--before-change", type=a_number, metavar="N", help="right before this change")
    parser.add_argument("--timeline", type=a_number, metavar="N",
                        help="of an earlier history: 1 is the one before the first restore")
    parser.add_argument("--from-repo", type=int, choices=range(1, 5), metavar="N",
                        help="only this repository; else the first that can serve")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=find_program(), help="mcp-planner, where PATH has it not")
    parser.add_argument("--data-dir", metavar="DIR", help="as of mcp-planner")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {name: commands.add_parser(name, allow_abbrev=False) for name in COMMANDS}
    for name in ("enable", "restore"):
        made[name].add_argument("--repo", type=a_directory, metavar="DIR", required=name == "enable",
                                help="where backups and the log go" if name == "enable" else
                                "where they are, when the data directory was lost as a whole")
        made[name].add_argument("--repo2", type=a_directory, metavar="DIR", help="a second one, elsewhere")
    made["enable"].add_argument("--archive-timeout", type=a_number, default=60, metavar="SECONDS",
                                help="how old a change may get before it is archived (60)")
    made["enable"].add_argument("--keep", type=a_number, default=2, help="full backups that are kept (2)")
    made["backup"].add_argument("--type", choices=("full", "diff", "incr"), default="incr")
    add_target(made["restore"], True)
    add_target(made["verify"], False)
    made["restore"].add_argument("--wal", type=a_directory, metavar="DIR",
                                 help="where pg_receivewal kept the log")
    for name in ("enable", "restore", "disable"):
        made[name].add_argument("--now", action="store_true", help="although programs use the database")
    for name in ("status", "restore", "verify"):
        made[name].add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.repo_dir = [d for d in (getattr(args, "repo", None), getattr(args, "repo2", None)) if d]
    args.json = getattr(args, "json", False)
    return args


def main():
    args = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        if args.program is None:
            raise Refused("mcp-planner is not in PATH; name it with --program")
        place = Place(args.program, args.data_dir)
        return COMMANDS[args.command](place, args)
    except (Refused, OSError) as problem:
        if args.json:
            print(json.dumps({"error": str(problem)}))
        say(problem)
        return 1


if __name__ == "__main__":
    sys.exit(main())
