#!/usr/bin/env python3
"""The form of sql/migrations: numbered pairs with a header each, and none changed once it is final.

A file starts with a comment: what it is for, then lines "-- key: value" that the build reads.

  up    oldest program: X.Y.Z            the oldest mcp-planner that may use the result
        depends on: NNNN ... | nothing   earlier migrations whose objects it uses
        phase: expand | contract         whether programs before it can go on
        locks: words                     what waits for it, and how long
        lock timeout: N(ms|s|min)        how long it waits for others
        statement timeout: N(ms|s|min)
        server: N                        when it needs a newer PostgreSQL than the program
        extensions: name ...             when it wants some
  down  loses: words                     what cannot be brought back by going up again
        locks, lock timeout, statement timeout

NNNN_name.batch.sql may stand beside a pair: one statement, as in sql/queries.

SHA256SUMS has the checksum of every file that is final (sha256sum's own form): those may be neither
edited nor removed, because a store records what it was made with. Add the lines of a new migration
when it is finished: cd sql/migrations && sha256sum 0004_*.sql >> SHA256SUMS
"""
import hashlib
import re
import sys

import common

FOLDER = "sql/migrations"
SUMS = f"{FOLDER}/SHA256SUMS"
DURATION = r"[1-9]\d*(ms|s|min)"
KEYS = {
    "up": {"oldest program": r"\d+\.\d+\.\d+", "depends on": r"nothing|\d{4}( \d{4})*",
           "phase": r"expand|contract", "locks": r"\S.*", "lock timeout": DURATION,
           "statement timeout": DURATION},
    "down": {"loses": r"\S.*", "locks": r"\S.*", "lock timeout": DURATION,
             "statement timeout": DURATION},
    "batch": {},
}
OPTIONAL = {"up": {"server": r"\d\d", "extensions": r"\w+( \w+)*"}, "down": {}, "batch": {}}


def header(text):
    lines = []
    for line in text.split("\n"):
        if not line.startswith("--"):
            break
        lines.append(line)
    return lines


def header_findings(name, kind, text):
    lines = header(text)
    if not lines or not re.match(r"-- \S.{7,}", lines[0]) or re.match(r"-- [a-z ]+: ", lines[0]):
        yield f"{name}: does not start with a comment that says what it is for"
    keys = KEYS[kind] | OPTIONAL[kind]
    for key, value in keys.items():
        found = [line[len(f"-- {key}: "):] for line in lines if line.startswith(f"-- {key}: ")]
        if not found and key in KEYS[kind]:
            yield f"{name}: the header has no line '-- {key}: ...'"
        for text_of in found:
            if not re.fullmatch(value, text_of):
                yield f"{name}: '{key}: {text_of}' is not of the form {value}"
        if len(found) > 1:
            yield f"{name}: '{key}' stands there twice"


def dependency_findings(name, version, text, versions):
    found = re.search(r"^-- depends on: ([\d ]+)$", "\n".join(header(text)), re.M)
    for other in found.group(1).split() if found else []:
        if int(other) >= version:
            yield f"{name}: depends on {other}, which is not earlier"
        elif int(other) not in versions:
            yield f"{name}: depends on {other}, which does not exist"


def file_findings(path, name, kind, version, versions):
    text = path.read_text()
    for other in {"up": ["down"], "down": ["up"], "batch": ["up"]}[kind]:
        if not path.with_name(path.name.replace(f".{kind}.", f".{other}.")).exists():
            yield f"{name}: its {other} file is missing"
    yield from header_findings(name, kind, text)
    yield from dependency_findings(name, version, text, versions)
    if "TODO" in text:
        yield f"{name}: has a TODO left"
    if re.search(r"^\s*(?:BEGIN|COMMIT|ROLLBACK)\s*;", text, re.M | re.I):
        yield f"{name}: the runner makes the transaction; leave BEGIN and COMMIT out"


def form_findings(root):
    versions = {}
    files = []
    for path in common.files(root, [FOLDER], {".sql"}):
        name = path.relative_to(root)
        found = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.(up|down|batch)\.sql", path.name)
        if not found:
            yield f"{name}: the name is not NNNN_name.up.sql, .down.sql or .batch.sql"
            continue
        files.append((path, name, found.group(2), int(found.group(1))))
        if found.group(2) == "up":
            versions.setdefault(int(found.group(1)), []).append(path.name)
    for path, name, kind, version in files:
        yield from file_findings(path, name, kind, version, versions)
    for version, names in versions.items():
        if len(names) > 1:
            yield f"{FOLDER}: version {version} is taken by {', '.join(names)}"
    if versions and sorted(versions) != list(range(1, len(versions) + 1)):
        yield f"{FOLDER}: the versions are not 1 to {len(versions)} without a gap"


def frozen_findings(root):
    sums = root / SUMS
    listed = {}
    for number, line in enumerate(sums.read_text().splitlines() if sums.exists() else [], 1):
        found = re.fullmatch(r"([0-9a-f]{64})  (\S+\.sql)", line)
        if not found or found.group(2) in listed:
            yield f"{SUMS}:{number}: not 'CHECKSUM  FILE', or a file for the second time"
            continue
        listed[found.group(2)] = found.group(1)
    for name, expected in listed.items():
        path = root / FOLDER / name
        if not path.exists():
            yield f"{FOLDER}/{name}: is final and missing; stores were made with it"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            yield f"{FOLDER}/{name}: is final and was edited; take it back and add a migration"
    for path in common.files(root, [FOLDER], {".sql"}):
        if path.name not in listed:
            yield (f"{FOLDER}/{path.name}: is not in SHA256SUMS; when it is final: "
                   f"cd {FOLDER} && sha256sum {path.name} >> SHA256SUMS")


def check(root):
    yield from form_findings(root)
    yield from frozen_findings(root)


UP = """-- Makes a table for samples.
-- oldest program: 0.1.0
-- depends on: nothing
-- phase: expand
-- locks: nothing
-- lock timeout: 10s
-- statement timeout: 5min
CREATE TABLE planner.a ();
"""
DOWN = """-- Undo 0001: drops the table.
-- loses: what was in it
-- locks: nothing
-- lock timeout: 10s
-- statement timeout: 500ms
DROP TABLE planner.a;
"""


def pair(up=UP, down=DOWN, number="0001", name="a"):
    texts = {"up": up, "down": down}
    return {f"{FOLDER}/{number}_{name}.{kind}.sql": text for kind, text in texts.items() if text}


def final(tree):
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name.split('/')[-1]}\n"
             for name, text in tree.items()]
    return tree | {SUMS: "".join(lines)}


def second(depends):
    up = UP.replace("depends on: nothing", f"depends on: {depends}")
    return final(pair() | pair(up, DOWN, "0002", "b"))


EDITED = final(pair()) | {f"{FOLDER}/0001_a.up.sql": UP + "SELECT 1;\n"}
MISSING = {SUMS: final(pair())[SUMS]}
TWICE = final(pair())
TWICE = TWICE | {SUMS: TWICE[SUMS] * 2}
SAMPLES = [
    ("a pair", final(pair()), None),
    ("a pair with batches", final(pair() | {f"{FOLDER}/0001_a.batch.sql": "-- Fills it.\nSELECT 1;\n"}), None),
    ("a dependency", second("0001"), None),
    ("wanted extensions", final(pair(UP.replace("-- phase", "-- server: 16\n-- extensions: pg_trgm\n-- phase"))), None),
    ("no purpose", final(pair(UP.split("\n", 1)[1])), "says what it is for"),
    ("as migrate create made it", final(pair(UP.replace("locks: nothing", "locks: TODO: what"))), "TODO"),
    ("no oldest program", final(pair(UP.replace("oldest", "old"))), "no line '-- oldest program"),
    ("no line about locks", final(pair(UP, DOWN.replace("locks", "lock"))), "no line '-- locks"),
    ("no line about losses", final(pair(UP, DOWN.replace("loses", "lose"))), "no line '-- loses"),
    ("a duration without a unit", final(pair(UP.replace("5min", "5"))), "is not of the form"),
    ("a phase that is none", final(pair(UP.replace("expand", "both"))), "is not of the form"),
    ("a key twice", final(pair(UP.replace("-- phase: expand\n", "-- phase: expand\n" * 2))), "twice"),
    ("a later dependency", second("0002"), "is not earlier"),
    ("an unknown dependency", second("0000"), "does not exist"),
    ("no down", final(pair(UP, None)), "its down file is missing"),
    ("no up", final(pair(None, DOWN)), "its up file is missing"),
    ("batches of nothing", final({f"{FOLDER}/0001_a.batch.sql": "-- Fills it.\n"}), "its up file is missing"),
    ("a gap", final(pair(number="0002")), "gap"),
    ("a version taken twice", final(pair() | pair(name="b")), "taken by"),
    ("a bad name", final({f"{FOLDER}/1_a.up.sql": UP}), "the name is not"),
    ("a transaction of its own", final(pair(UP + "BEGIN;\nx\nCOMMIT;\n")), "leave BEGIN"),
    ("not listed", pair(), "is not in SHA256SUMS"),
    ("edited when it was final", EDITED, "is final and was edited"),
    ("removed when it was final", MISSING, "is final and missing"),
    ("listed twice", TWICE, "for the second time"),
    ("a list of another form", final(pair()) | {SUMS: "abc\n"}, "not 'CHECKSUM  FILE'"),
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
