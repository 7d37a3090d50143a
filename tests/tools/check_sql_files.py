#!/usr/bin/env python3
"""The form of sql/: queries are one described statement each, migrations come in pairs.

A query file starts with a comment that says what it does, then names its parameters, one line
"-- $N type  meaning" for each of $1..$n (the build counts those lines), then holds exactly one
statement, and nothing after it.
"""
import re
import sys

import common

LITERAL = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/", re.S)


def query_findings(name, text):
    lines = text.split("\n")
    header = []
    for line in lines:
        if not line.startswith("--"):
            break
        header.append(line)
    if not header or re.match(r"-- \$\d", header[0]) or len(header[0]) < 8:
        yield f"{name}:1: does not start with a comment that says what the statement does"
    named = [int(n) for n in re.findall(r"^-- \$(\d+) [\w\[\]() ]+? +\S", "\n".join(header), re.M)]
    counted = len(re.findall(r"^-- \$[0-9]+ ", text, re.M))
    code = LITERAL.sub(lambda m: " " if m.group(0)[:2] in ("--", "/*") else "''", text).strip()
    used = sorted({int(n) for n in re.findall(r"\$(\d+)", code)})
    if named != list(range(1, len(named) + 1)) or counted != len(named):
        yield f"{name}: the parameter lines are not '-- $N type  meaning' from $1 on, in order"
    if used != sorted(named):
        yield f"{name}: uses parameters {used}, names {named}"
    parts = code.split(";")
    if not parts[0].strip():
        yield f"{name}: holds no statement"
    if any(part.strip() for part in parts[1:]) or len(parts) > 2:
        yield f"{name}: holds more than one statement"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{name}: does not end with exactly one newline"
    last = text.rstrip().split("\n")[-1]
    if last.startswith("--"):
        yield f"{name}: text follows the statement"


def check(root):
    for path in common.files(root, ["sql/queries"], {".sql"}):
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.sql", path.name):
            yield f"{path.relative_to(root)}: the name is not lower_case.sql"
        yield from query_findings(path.relative_to(root), path.read_text())
    yield from migration_findings(root)


def migration_findings(root):
    versions = {}
    for path in common.files(root, ["sql/migrations"], {".sql"}):
        name = path.relative_to(root)
        found = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.(up|down)\.sql", path.name)
        if not found:
            yield f"{name}: the name is not NNNN_name.up.sql or NNNN_name.down.sql"
            continue
        other = {"up": "down", "down": "up"}[found.group(2)]
        if not path.with_name(path.name.replace(f".{found.group(2)}.", f".{other}.")).exists():
            yield f"{name}: its {other} file is missing"
        if found.group(2) == "up":
            if not re.search(r"^-- oldest program: \d+\.\d+\.\d+$", path.read_text(), re.M):
                yield f"{name}: no line '-- oldest program: X.Y.Z', the oldest that may use the result"
            versions.setdefault(int(found.group(1)), []).append(path.name)
        if re.search(r"^\s*(?:BEGIN|COMMIT|ROLLBACK)\s*;", path.read_text(), re.M | re.I):
            yield f"{name}: the runner makes the transaction; leave BEGIN and COMMIT out"
    for version, names in versions.items():
        if len(names) > 1:
            yield f"sql/migrations: version {version} is taken by {', '.join(names)}"
    if versions and sorted(versions) != list(range(1, len(versions) + 1)):
        yield f"sql/migrations: the versions are not 1 to {len(versions)} without a gap"


UP = "-- oldest program: 0.1.0\n"
GOOD = "-- One item by id; no row when there is none.\n-- $1 uuid  item id\nSELECT 1 WHERE $1 = $1;\n"


def query(text):
    return {"sql/queries/item_get.sql": text}


SAMPLES = [
    ("a good query", query(GOOD), None),
    ("no semicolon", query(GOOD.replace(";", "")), None),
    ("a semicolon in a literal", query(GOOD.replace("1 WHERE", "';' WHERE")), None),
    ("an array parameter", query(GOOD.replace("uuid ", "uuid[] ")), None),
    ("no header", query("SELECT 1;\n"), "does not start with a comment"),
    ("a header without prose", query(GOOD.split("\n", 1)[1]), "does not start with a comment"),
    ("an unnamed parameter", query(GOOD.replace("= $1", "= $2")), "uses parameters [1, 2]"),
    ("a parameter that is not used", query(GOOD.replace("$1 = $1", "true")), "uses parameters []"),
    ("a parameter without a meaning", query(GOOD.replace("  item id", "")), "are not '-- $N type"),
    ("parameters out of order",
     query(GOOD.replace("-- $1 uuid  item id", "-- $2 uuid  a\n-- $1 uuid  b")), "from $1 on"),
    ("two statements", query(GOOD + "SELECT 2;\n"), "more than one statement"),
    ("only a header", query("-- Nothing follows here.\n"), "holds no statement"),
    ("a trailing remark", query(GOOD + "-- and so on\n"), "text follows the statement"),
    ("no newline at the end", query(GOOD.rstrip()), "exactly one newline"),
    ("a bad name", {"sql/queries/Item-Get.sql": GOOD}, "lower_case.sql"),
    ("a pair", {"sql/migrations/0001_a.up.sql": UP, "sql/migrations/0001_a.down.sql": "x"}, None),
    ("no oldest program", {"sql/migrations/0001_a.up.sql": "x",
                           "sql/migrations/0001_a.down.sql": "x"}, "no line '-- oldest program"),
    ("no down", {"sql/migrations/0001_a.up.sql": UP}, "its down file is missing"),
    ("no up", {"sql/migrations/0001_a.down.sql": "x"}, "its up file is missing"),
    ("a gap", {"sql/migrations/0002_a.up.sql": UP, "sql/migrations/0002_a.down.sql": "x"}, "gap"),
    ("a version taken twice",
     {f"sql/migrations/0001_{n}.{d}.sql": UP for n in "ab" for d in ("up", "down")}, "taken by"),
    ("a transaction of its own", {"sql/migrations/0001_a.up.sql": UP + "BEGIN;\nx\nCOMMIT;\n",
                                  "sql/migrations/0001_a.down.sql": "x"}, "leave BEGIN"),
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
