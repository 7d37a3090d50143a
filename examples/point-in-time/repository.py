"""The repositories of pgBackRest as pitr.py uses them, the moment to go back to, and which backup leads
there."""
import argparse
import configparser
import datetime
import json
import os
import pathlib
import shlex
import shutil

from place import Refused

STANZA = "planner"


class Backrest:
    """The repositories of one place. The configuration is a file in its data directory."""

    def __init__(self, place, repos=(), path=None, stanza=STANZA):
        self.place, self.stanza = place, stanza
        self.path = pathlib.Path(path or place.own / "pgbackrest.conf")
        self.program = shutil.which("pgbackrest")
        if self.program is None:
            raise Refused("pgbackrest is not installed (Debian, Ubuntu: apt install pgbackrest)")
        if repos and not self.path.exists():
            self.write(repos, None)

    @property
    def repos(self):
        """{number: directory}, in order."""
        parser = configparser.ConfigParser(interpolation=None)
        if not parser.read(self.path, encoding="utf-8"):
            raise Refused("it is not enabled here: pitr.py enable --repo DIR; to restore what was lost"
                          " as a whole: pitr.py restore --repo DIR ...")
        return {n: parser["global"][f"repo{n}-path"] for n in range(1, 5)
                if f"repo{n}-path" in parser["global"]}

    def write(self, repos, keep):
        """Without a number of backups to keep, none is ever removed: who restores has not said."""
        place = self.place
        for path in (place.directory, place.own, *(place.own / n for n in ("log", "lock", "spool"))):
            place.make_dir(path)
        lines = ["# Written by pitr.py enable.", "[global]"]
        for number, path in enumerate(repos, 1):
            place.make_dir(path)
            lines += [f"repo{number}-path={path}"]
            lines += [f"repo{number}-retention-full={keep}"] if keep else []
        lines += [f"log-path={place.own}/log", f"lock-path={place.own}/lock",
                  f"spool-path={place.own}/spool", "log-level-file=warn", "start-fast=y",
                  f"process-max={min(4, os.cpu_count() or 1)}", "", f"[{STANZA}]",
                  f"pg1-path={place.pg}", f"pg1-socket-path={place.socket_dir}", "pg1-port=5432",
                  "pg1-user=planner", "pg1-database=planner"]
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        place.give(self.path)

    def words(self, *options):
        return [self.program, f"--config={self.path}", f"--stanza={self.stanza}", *options]

    def run(self, *options):
        return self.place.run(*self.words("--log-level-console=error", *options))

    def command(self, *options):
        """For a setting of PostgreSQL: a line for the shell, in which % is PostgreSQL's."""
        return shlex.join(self.words(*options)).replace("%", "%%")

    def archive_command(self, *options):
        return f'{self.command(*options, "archive-push")} "%p"'

    def restore_command(self, *options):
        return f'{self.command(*options, "archive-get")} %f "%p"'

    def look(self, number):
        found = json.loads(self.run(f"--repo={number}", "--output=json", "info"))
        if not found or found[0]["status"]["code"] not in (0, 2):  # 2: no backups yet
            what = found[0]["status"]["message"] if found else "nothing in it"
            raise Refused(f"repository {number}: {what}")
        return found[0]

    def info(self, number):
        """What one repository holds: (backups, oldest first; newest segment of the log or None)."""
        found = self.look(number)
        ends = [a["max"] for a in found["archive"] if a["max"]]
        return [b for b in found["backup"] if not b["error"]], max(ends, default=None)

    def history(self, number, timeline):
        """{timeline: where it was left} on the way to the timeline, or to the newest one. Asked of the
        repository: archive-get would want a cluster that is well."""
        archive = f"archive/{self.stanza}/{self.look(number)['archive'][-1]['id']}"
        text, last = "", 1
        while last != timeline:
            try:
                text = self.run(f"--repo={number}", "repo-get", f"{archive}/{last + 1:08X}.history")
            except Refused as problem:
                if "[055]" not in str(problem):  # there is no such file
                    raise
                break
            last += 1
        left = {}
        for line in text.splitlines():
            parts = line.split("\t")
            if len(parts) >= 2 and parts[0].isdigit() and int(parts[0]) < last:
                left[int(parts[0])] = lsn(parts[1])
        return {**left, last: None}


def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


class Target:
    """Where a restore ends. `begun` is a time before which a backup has to be complete."""

    def __init__(self, args):
        self.change = args.change if args.change is not None else args.before_change
        self.inclusive = args.before_change is None
        self.time, self.timeline = args.to, args.timeline
        self.xid = None
        self.begun = args.to.timestamp() if args.to else None

    @property
    def open_end(self):
        return self.change is None and self.time is None

    def found(self, text):
        """What moment.sql says."""
        moment = json.loads(text)
        if moment["loaded"]:
            raise Refused(f"change {self.change} was brought here with others in one transaction, as by"
                          " a dump; give a time (--to) instead")
        self.xid, self.begun = moment["xid"], moment["begun"]

    def options(self, action="promote"):
        words = [f"--target-timeline={self.timeline}"] if self.timeline else []
        if self.change is not None:
            words += ["--type=xid", f"--target={self.xid}"]
            words += [] if self.inclusive else ["--target-exclusive"]
        elif self.time is not None:
            utc = self.time.astimezone(datetime.timezone.utc)
            words += ["--type=time", f"--target={utc:%Y-%m-%d %H:%M:%S.%f}+00"]
        else:
            return ["--type=standby", *words]
        return words + ([f"--target-action={action}"] if action else [])

    def tell(self):
        if self.change is not None:
            return f"{'up to and with' if self.inclusive else 'before'} change {self.change}"
        return f"at {self.time.isoformat(' ')}" if self.time else "at the end of the archived log"


def choose_backup(backrest, number, target):
    """The newest backup that was complete before the moment, on the way to it."""
    backups, _ = backrest.info(number)
    if not backups:
        raise Refused(f"repository {number} has no backup; pitr.py backup")
    left = backrest.history(number, target.timeline)
    fit = [b for b in backups if target.begun is None or b["timestamp"]["stop"] < target.begun]
    fit = [b for b in fit if (line := int(b["archive"]["start"][:8], 16)) in left
           and (left[line] is None or lsn(b["lsn"]["stop"]) <= left[line])]
    if not fit:
        first = datetime.datetime.fromtimestamp(backups[0]["timestamp"]["stop"]).isoformat(" ")
        raise Refused(f"repository {number} has no backup from before that moment; its first one was"
                      f" complete at {first}")
    return fit[-1]["label"]


def a_time(text):
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write 2026-01-31 14:02:03.5,"
                                         " with +00:00 behind it where it is not local") from None
    return moment.astimezone()


def a_number(text):
    if not text.isdigit() or not 0 < int(text) < 1 << 63:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)
