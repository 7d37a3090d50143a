#!/usr/bin/env python3
"""For a server of your own: what pgBackRest has to be told to go back to a change of the planner.

  moment.py --config /etc/pgbackrest.conf --repo 1 --dsn "dbname=planner" --before-change 41

asks the database for the transaction of the change and the repository for the newest backup from before it
that lies on the way, and prints the options for `pgbackrest restore`, on one line. Also --change 41, and
--to TIME, which needs no database. Runs as an account that may read the repository. Exit codes: 0 done, 1 failed,
2 usage.
"""
import argparse
import pathlib
import subprocess
import sys

from place import Refused, clean_environment, say
from repository import Backrest, Target, a_number, a_time, choose_backup

HERE = pathlib.Path(__file__).resolve().parent


class Here:
    """What Backrest wants of a place, for a server that somebody else configured."""

    @staticmethod
    def run(*words):
        done = subprocess.run([str(word) for word in words], check=False, text=True, cwd="/",
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise Refused((done.stderr or done.stdout).strip())
        return done.stdout


def ask(dsn, change):
    done = subprocess.run(["psql", "-XAtq", "-v", f"change={change}", "-f", HERE / "moment.sql", dsn],
                          check=False, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                          env=clean_environment())
    if done.returncode != 0:
        raise Refused(f"psql: {done.stderr.strip()}")
    if not done.stdout.strip():
        raise Refused(f"there is no change {change}; 'history' tells which there are")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="/etc/pgbackrest.conf", metavar="FILE")
    parser.add_argument("--stanza", default="planner", metavar="NAME")
    parser.add_argument("--repo", type=a_number, default=1, metavar="N")
    parser.add_argument("--dsn", default="dbname=planner", help="a database that still has the change")
    parser.add_argument("--timeline", type=a_number, metavar="N")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--change", type=a_number, metavar="N")
    group.add_argument("--before-change", type=a_number, metavar="N")
    group.add_argument("--to", type=a_time, metavar="TIME")
    args = parser.parse_args()
    target = Target(args)
    try:
        if target.change is not None:
            target.found(ask(args.dsn, target.change))
        backrest = Backrest(Here(), path=args.config, stanza=args.stanza)
        label = choose_backup(backrest, args.repo, target)
    except Refused as problem:
        say(problem)
        return 1
    print(f"--set={label}", *(word.replace(" ", "T") for word in target.options(None)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
