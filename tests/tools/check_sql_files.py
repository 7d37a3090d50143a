#!/usr/bin/env python3
"""The form of sql/queries: one described statement each (migrations: check_migrations.py).

A query file starts with a comment that says what it does, then names its parameters, one line
"-- $N type  meaning" for each of $1..$n (the build counts those lines), then its cost class in one
line "-- class: simple" (complex, bulk, upkeep), then holds exactly one statement, and nothing after it.
"""
import re
import sys

import common
import queryhead

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
    costs = queryhead.Head(text).costs
    if len(costs) != 1 or costs[0] not in queryhead.TARGETS or not header[-1].startswith("-- class: "):
        yield (f"{name}: the header does not end with one line '-- class: X', X being one of "
               f"{', '.join(queryhead.TARGETS)} (tests/tools/queryhead.py tells what they may take)")
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


GOOD = ("-- One item by id; no row when there is none.\n-- $1 uuid  item id\n-- class: simple\n"
        "SELECT 1 WHERE $1 = $1;\n")


def query(text):
    return {"sql/queries/item_get.sql": text}


SAMPLES = [
    ("a good query", query(GOOD), None),
    ("no semicolon", query(GOOD.replace(";", "")), None),
    ("a semicolon in a literal", query(GOOD.replace("1 WHERE", "';' WHERE")), None),
    ("an array parameter", query(GOOD.replace("uuid ", "uuid[] ")), None),
    ("no header", query("SELECT 1;\n"), "does not start with a comment"),
    ("a header without prose", query(GOOD.split("\n", 1)[1]), "does not start with a comment"),
    ("no class", query(GOOD.replace("-- class: simple\n", "")), "does not end with one line '-- class"),
    ("an unknown class", query(GOOD.replace("simple", "quick")), "does not end with one line"),
    ("two classes", query(GOOD.replace("-- class: simple\n", "-- class: simple\n-- class: bulk\n")),
     "does not end with one line"),
    ("a class in the midst", query(GOOD.replace("-- class: simple\n", "").replace("-- $1 uuid",
                                   "-- class: simple\n-- $1 uuid")), "does not end with one line"),
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
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
