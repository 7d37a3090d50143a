"""What tables, columns, indexes, functions and the like mean: the comments that stand above or beside
them in sql/migrations/*.up.sql, and, for what says nothing there, the lines of sql/meanings.txt.

Migrations are final, so a meaning that one of them lacks goes into sql/meanings.txt, which is also
stronger: one line each, "kind name  meaning", columns as "column TABLE.COLUMN  meaning".
"""
import re

import common

STARTS = [
    ("table", r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?planner\.(\w+)"),
    ("index", r"CREATE (?:UNIQUE )?INDEX (\w+) ON"),
    ("function", r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE|AGGREGATE) planner\.(\w+)"),
    ("sequence", r"CREATE SEQUENCE planner\.(\w+)"),
    ("statistics", r"CREATE STATISTICS planner\.(\w+)"),
    ("type", r"CREATE (?:TYPE|DOMAIN) planner\.(\w+)"),
    ("view", r"CREATE (?:MATERIALIZED )?VIEW planner\.(\w+)"),
    ("trigger", r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)"),
    ("search", r"CREATE TEXT SEARCH \w+ planner\.(\w+)"),
    ("column", r"ALTER TABLE planner\.(\w+)\s+ADD COLUMN (?:IF NOT EXISTS )?(\w+)"),
]
TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|(\$\w*\$).*?\1|;", re.S)
ROW = re.compile(r"--   (\w+) +(\S.*)")  # of a table's comment: one of its columns


def statements(text):
    """(comment above it, the statement, what stands beside its end) of each statement of a script."""
    start = 0
    for token in TOKEN.finditer(text):
        if token[0] != ";":
            continue
        chunk = text[start:token.end()]
        body = re.search(r"^(?!--)(?=\S)", chunk, re.M)
        above = re.split(r"\n\s*\n", chunk[:body.start()])[-1] if body else ""
        beside = re.match(r" *-- *([^\n]*)", text[token.end():])
        yield above, chunk[body.start():] if body else "", beside[1] if beside else ""
        start = token.end() + (beside.end() if beside else 0)


def prose(lines):
    return " ".join(line.lstrip("- ").strip() for line in lines if line.strip("- ")).strip()


def of_columns(table, statement):
    """The comments above and beside the columns in the body of a CREATE TABLE."""
    above, last = [], None
    for line in statement.split("\n")[1:]:
        said, column = line.strip(), re.match(r" {4}([a-z]\w*) ", line)
        if said.startswith("--"):
            above.append(said)
            continue
        if column:
            last = column[1]
            _, mark, beside = line.partition(" -- ")
            if above or mark:
                yield f"column {table}.{last}", prose(above + [beside])
        above = []


def of_script(text):
    before = ""  # of a sequence: its comment is that of the table right below it
    for above, statement, beside in statements(text):
        for kind, start in STARTS:
            found = re.match(start, statement)
            if not found:
                continue
            lines = above.split("\n")
            rows = [row for row in map(ROW.match, lines) if row] if kind == "table" else []
            said = prose([line for line in lines if kind != "table" or not ROW.match(line)] + [beside])
            said = said or (before if kind == "table" else "")
            before = said if kind == "sequence" else ""
            if said:
                yield f"{kind} {'.'.join(found.groups())}", said
            if kind == "table":
                yield from ((f"column {found[1]}.{row[1]}", row[2]) for row in rows)
                yield from of_columns(found[1], statement)


def read(root=common.ROOT):
    """{"table items": meaning, "column items.avail": meaning, ...}"""
    known = {}
    for path in sorted(common.files(root, ["sql/migrations"], {".sql"})):
        if path.name.endswith(".up.sql"):
            known.update(of_script(path.read_text(encoding="utf-8")))
    path = root / "sql/meanings.txt"
    for line in path.read_text(encoding="utf-8").split("\n") if path.exists() else []:
        if line and not line.startswith("#"):
            name, _, meaning = line.partition("  ")
            known[name] = meaning.strip()
    return known
