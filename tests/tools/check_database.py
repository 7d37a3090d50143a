#!/usr/bin/env python3
"""docs/DATABASE.md is what the database, the migrations and sql/queries say, and tells all of it.

    check_database.py BINARY            compare the document with what would be written
    check_database.py BINARY --renew    write it anew
    check_database.py --self-test

Needs PLANNER_TEST_DSN (77, skipped, without). Catalogs and plans come from a database of its own with
10,000 items; meanings from the comments of the migrations and sql/meanings.txt; what statements take
from tests/bench/queries.json, which tests/bench/queries.py BINARY writes; the runbooks are
docs/RUNBOOKS.md.
"""
import json
import re
import sys

import common
import meanings
from queryhead import EACH, TARGETS, is_late

sys.path.insert(0, str(common.ROOT / "tests/store"))
import calls  # noqa: E402

DOCUMENT, RUNBOOKS, TIMES = "docs/DATABASE.md", "docs/RUNBOOKS.md", "tests/bench/queries.json"
RENEW = "tests/tools/check_database.py BINARY --renew"
ITEMS = 10000
KINDS = {"sequence": "Sequence", "statistics": "Statistics", "type": "Type", "search": "Text search"}


class Missing(Exception):
    """Something that has to be told is told nowhere."""


def cell(text):
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").strip()


def code(text):
    return f"`{re.sub(r'[`]', '', str(text))}`" if text not in (None, "") else ""


def table(heads, rows):
    rows = [[cell(field) for field in row] for row in rows]
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


class Meanings:
    def __init__(self, known):
        self.known, self.used, self.missing = known, set(), []

    def of(self, kind, name, otherwise=None):
        for key in (f"{kind} {name}", f"{kind} *.{name.split('.')[-1]}"):
            if key in self.known:
                self.used.add(key)
                return self.known[key]
        if otherwise is None:
            self.missing.append(f"{kind} {name}")
        return otherwise or ""


# ------------------------------------------------------------------ tables

def of_default(column):
    if column["default"] == "generated":
        return f"generated: {code(column['value'])}"
    return column["default"] or code(column["value"])


PLAIN = [(r"^PRIMARY KEY", "", "the key"), (r"^FOREIGN KEY.* REFERENCES projects\(", "", "the project is there"),
         (r"^FOREIGN KEY \(project_id,.* REFERENCES (\w+)\(project_id,", "",
          "what it names is there, in the same project"),
         (r"^CHECK", r"_known$", "no other values"), (r"^CHECK", r"_range$", "limits of the number"),
         (r"^CHECK", r"_size$", "limits of the length")]


def of_constraint(constraint, say):
    """What it is for: said by its form and name, or to be told."""
    name, says = constraint["name"], constraint["says"]
    return say.of("constraint", name, next((meaning for form, end, meaning in PLAIN
                                            if re.search(form, says) and re.search(end, name)), None))


def of_table(t, say):
    name = t["name"]
    note = [note for note in ({"unlogged": "unlogged", "view": "a view", "partitioned": "partitioned"}
                              .get(t["kind"]), t["options"]) if note]
    out = [f"### {name}", "", say.of("table", name) + (f" ({', '.join(note)})" if note else ""), ""]
    out += table(["column", "type", "null", "default", "meaning"],
                 [[code(c["name"]), c["type"], "yes" if c["null"] else "no", of_default(c),
                   say.of("column", f"{name}.{c['name']}")] for c in t["columns"]])
    if t["constraints"]:
        out += table(["constraint", "says", "for"],
                     [[code(k["name"]), code(k["says"]), of_constraint(k, say)] for k in t["constraints"]])
    if t["indexes"]:
        out += table(["index", "on", "for"],
                     [[code(x["name"]), code(("unique " if x["unique"] else "") + x["says"]),
                       say.of("index", x["name"], "the key" if x["key"] else None)]
                      for x in t["indexes"]])
    if t["triggers"]:
        out += table(["trigger", "runs"],
                     [[code(x["name"]), code(x["says"])] for x in t["triggers"]])
    return out


def of_functions(functions, say):
    rows = [[code(f"{f['name']}({f['arguments']})"),
             code(f["result"]) if f["result"] else "", f["is"], say.of("function", f["name"])]
            for f in functions]
    return table(["function", "returns", "", "does"], rows)


# ------------------------------------------------------------------ statements

def of_plan(node, depth=0):
    """The nodes of a plan with the tables and indexes that they read, without figures."""
    label = node.get("Subplan Name")
    what = node["Node Type"]
    if what == "ModifyTable":
        what = node["Operation"]
    if node.get("Join Type", "Inner") != "Inner":
        what += f" ({node['Join Type'].lower()})"
    if "Index Name" in node:
        what += f" {node['Index Name']}"
    for key in ("Relation Name", "CTE Name", "Function Name"):
        if key in node:
            what += f" on {node[key]}"
    yield "  " * depth + (re.sub(r" \(returns.*", "", label) + ": " if label else "") + what
    for child in node.get("Plans", []):
        yield from of_plan(child, depth + 1)


def reads_server(node):
    """Is there a catalog or a view of the server in the plan? unnest() and the like are no such thing."""
    what = node.get("Relation Name") or node.get("Function Name") or ""
    return (node.get("Schema") == "information_schema"
            or node.get("Schema") == "pg_catalog" and what.startswith("pg_")
            or any(reads_server(child) for child in node.get("Plans", [])))


def plan_lines(plan):
    if plan is None:
        return ["Plan: none, it is no query.", ""]
    if reads_server(plan):
        return ["Plan: reads catalogs and views of the server, whose statistics are the server's.", ""]
    lines = list(of_plan(plan))
    if lines == ["Result"]:
        return ["Plan: reads no table.", ""]
    return ["```", *lines, "```", ""]


def of_target(cost):
    return f"{TARGETS[cost]:,} ms{EACH.get(cost, '')}"


def of_time(cost, took):
    """What it took on each store; above the target is what is so on the largest."""
    said = [f"with {int(size):,} items p50 {t['p50']:g} ms, p95 {t['p95']:g} ms"
            + (f" for {t['thousands'] * 1000:,.0f}" if cost in EACH and t["thousands"] * 1000 != int(size) else "")
            for size, t in by_size(took)]
    verdict = ", **above its target**" if is_late(cost, by_size(took)[-1][1]) else ""
    return "; ".join(said) + verdict


def by_size(took):
    return sorted(took.items(), key=lambda one: int(one[0]))


def of_query(name, head, plan, took):
    out = [f"### {name}.sql", "", head.purpose, "",
           f"Class {head.cost}, target {of_target(head.cost)}; {of_time(head.cost, took)}.", ""]
    if head.parameters:
        out += table(["", "type", "meaning"],
                     [[f"${n}", kind, meaning] for n, (kind, meaning) in enumerate(head.parameters, 1)])
    return out + plan_lines(plan)


def of_classes(heads, times):
    sizes = sorted({int(size) for took in times.values() for size in took})
    rows = []
    for cost in TARGETS:
        names = [name for name, head in heads.items() if head.cost == cost]
        row = [cost, of_target(cost), len(names)]
        for size in map(str, sizes):
            each = {name: times[name][size]["p95"] / times[name][size].get("thousands", 1) for name in names}
            slowest = max(each, key=each.get, default=None)
            row.append(f"{float(f'{each[slowest]:.3g}'):,g} ms ({slowest})" if slowest else "")
        rows.append([*row, ", ".join(name for name in names if is_late(cost, by_size(times[name])[-1][1]))])
    return table(["class", "target (p95)", "statements", *(f"slowest with {size:,} items" for size in sizes),
                  "above the target"], rows)


def not_measured(heads, times):
    """What is wrong with the times: a sentence with what to do, or None."""
    sizes = {size for took in times.values() for size in took}
    names = [name for name, head in heads.items() if times.get(name, {}).keys() != sizes
             or any((head.cost in EACH) != ("thousands" in took) for took in times[name].values())]
    left = sorted(times.keys() - heads.keys())
    if left:
        return f"{TIMES}: {', '.join(left)}: no such file in sql/queries, take the line out"
    return names and (f"{TIMES} does not tell what these take: {', '.join(names)}. A block that calls them belongs "
                      "in tests/store/plans.sql (calls of tools) or tests/bench/upkeep.sql (the rest); then "
                      f"tests/bench/queries.py BINARY --only {','.join(names)} (two minutes), then {RENEW}") or None


# ------------------------------------------------------------------ the whole

def of_runbooks(text):
    """A row for each heading of the runbooks: where it is, and the sentence below it."""
    found = re.findall(r"^## ([^\n]+)\n+((?:[^\n]+\n)+)", text, re.M)
    rows = [[f"[{title}](RUNBOOKS.md#{re.sub(r'[^a-z0-9 -]', '', title.lower()).replace(' ', '-')})",
             re.split(r"(?<=[.:])\s", first)[0]] for title, first in found]
    return table(["runbook", "when"], rows)


INTRODUCTION = """# The database

Written by `{renew}` from the catalogs of a migrated store, the comments of
`sql/migrations` with `sql/meanings.txt`, the headers of `sql/queries`, and plans that PostgreSQL
{version} made. A test fails when it is stale. Why things are as they are stands in
[ARCHITECTURE.md](../ARCHITECTURE.md), how a schema changes in [MIGRATIONS.md](MIGRATIONS.md), what is
past one machine in [SCALING.md](SCALING.md).

- [Tables](#tables): {tables}
- [Sequences, types and the like](#sequences-types-and-the-like)
- [Functions](#functions): {functions}
- [Statements](#statements): {queries}, with classes, plans and times
- [Runbooks](#runbooks)
"""

STATEMENTS = """Each is a file of `sql/queries`; what a parameter is stands in its header. The **plan** is
that of the program's session settings (no scan of a whole table where there is an index, no hash, no
merge, no bitmap; a generic plan), on {items:,} items: nodes with the tables and indexes that they
read. Functions that are not inlined have plans of their own, which are not shown; a test looks at all of
them (`tests/store/plans_test.c`).

The **class** says what a call may cost on a store of 100,000 items. What it really took, in processor
time of the server's process, with everything in memory: {how} Of several
calls of one statement the slowest counts. A call of a tool is several of them. Statements of class
**upkeep** are no part of one: they look at a project or the store as a whole, or prepare something that
does, and their target is for each 1,000 items of the set that they are given, else of the store.
"""


def render(facts, heads, plans, times, runbooks, say):
    """The document as a text. Raises Missing when something has no meaning."""
    out = [INTRODUCTION.format(renew=RENEW, version=facts["version"], tables=len(facts["tables"]),
                               functions=len(facts["functions"]), queries=len(heads)), "## Tables", ""]
    for t in facts["tables"]:
        out += of_table(t, say)
    out += ["## Sequences, types and the like", ""]
    out += table(["", "name", "meaning"], [[KINDS[kind], code(name), say.of(kind, name)]
                                           for kind, name in facts["others"] or []])
    out += ["## Functions", "", *of_functions(facts["functions"], say)]
    out += ["## Statements", "", STATEMENTS.format(items=ITEMS, how=times["how"])]
    wrong = not_measured(heads, times["statements"])
    if wrong:
        raise Missing(wrong)
    out += of_classes(heads, times["statements"])
    for name, head in heads.items():
        out += of_query(name, head, plans.get(name), times["statements"][name])
    out += ["## Runbooks", "", *of_runbooks(runbooks)]
    if say.missing:
        raise Missing("a comment in its migration, or a line in sql/meanings.txt, should say what this "
                      "means: " + ", ".join(say.missing))
    return "\n".join(out).rstrip("\n") + "\n"


def finding(have, want):
    """Where they differ first."""
    if have == want:
        return None
    for n, (one, other) in enumerate(zip(have.split("\n") + [""], want.split("\n") + [""]), 1):
        if one != other:
            return (f"{DOCUMENT}:{n}: stale, run {RENEW}\n  has:       {one[:200]}\n"
                    f"  should be: {other[:200]}")
    return f"{DOCUMENT}: stale, run {RENEW}"


def left_over(say):
    """Lines of sql/meanings.txt about what is not there."""
    own = {line.partition("  ")[0] for line in
           (common.ROOT / "sql/meanings.txt").read_text(encoding="utf-8").split("\n")
           if line and not line.startswith("#")}
    return sorted(own - say.used)


def read(path):
    return (common.ROOT / path).read_text(encoding="utf-8")


def written_anew(binary):
    """(the document, what is wrong with its sources, the server's version)"""
    heads, say = calls.queries(), Meanings(meanings.read())
    with calls.store(binary, "document") as made:
        made.fill(ITEMS, ITEMS // 10)
        facts = made.ask(read("tests/tools/catalogue.sql"))
        plans = calls.plans(made, heads)
    text = render(facts, heads, plans, json.loads(read(TIMES)), read(RUNBOOKS), say)
    wrong = [f"sql/meanings.txt: '{name}' is about nothing that exists" for name in left_over(say)]
    return text, wrong, facts["version"]


def same_server(text, version):
    made = re.search(r"plans that PostgreSQL\n(\d+) made", text)
    return made is not None and int(made[1]) == version


def main(args):
    if args == ["--self-test"]:
        return self_test()
    if not args or args[1:] not in ([], ["--renew"]):
        print(__doc__)
        return 2
    try:
        text, wrong, version = written_anew(args[0])
    except Missing as missing:
        print(missing)
        return 1
    path = common.ROOT / DOCUMENT
    if args[1:]:
        path.write_text(text, encoding="utf-8")
    elif path.exists() and not same_server(path.read_text(encoding="utf-8"), version):
        print(f"{DOCUMENT} has the plans of another PostgreSQL than {version}: not compared")
        return calls.SKIPPED
    else:
        wrong.append(finding(path.read_text(encoding="utf-8") if path.exists() else "", text))
    wrong = list(filter(None, wrong))
    print("\n".join(wrong) if wrong else f"{DOCUMENT}: as it should be")
    return 1 if wrong else 0


# ------------------------------------------------------------------ the test of the test

MIGRATION = """-- The head of the file.
-- locks: nobody

-- What is counted.
--   n  how many
CREATE TABLE planner.counts (
    name text PRIMARY KEY, -- of what
    -- when it was
    -- looked at
    at timestamptz DEFAULT now(),
    n integer
);
-- For the newest.
CREATE INDEX counts_by_time ON planner.counts (at); -- a walk
INSERT INTO planner.counts VALUES ('a;b', now(), 1);
CREATE FUNCTION planner.f() RETURNS void LANGUAGE sql AS $$ SELECT 1; -- no comment
$$;
-- Does it; or not.
CREATE FUNCTION planner.g() RETURNS void LANGUAGE sql AS $$ SELECT 1; $$;
ALTER TABLE planner.counts ADD COLUMN m integer; -- more
-- Numbers for them.
CREATE SEQUENCE planner.number;
CREATE TABLE planner.numbered (id bigint);
"""
SAID = {"table counts": "What is counted.", "column counts.n": "how many", "column counts.name": "of what",
        "column counts.at": "when it was looked at", "index counts_by_time": "For the newest. a walk",
        "function g": "Does it; or not.", "column counts.m": "more", "sequence number": "Numbers for them.",
        "table numbered": "Numbers for them."}


def sample():
    facts = {"version": 15, "others": [["sequence", "number"]], "functions": [
                 {"name": "g", "arguments": "a integer", "result": "void", "is": "sql, stable"}],
             "tables": [{"name": "counts", "kind": "unlogged", "options": "", "triggers": None,
                         "columns": [{"name": "name", "type": "text", "null": False, "default": None,
                                      "value": "'a'::text || 'b'"}],
                         "constraints": [{"name": "counts_pkey", "says": "PRIMARY KEY (name)"}],
                         "indexes": [{"name": "counts_pkey", "key": "counts_pkey", "unique": True,
                                      "says": "btree (name)"}]}]}
    heads = {"look": calls.Head("-- Looks\n-- at it.\n-- $1 text  what, or\n--    null\n"
                                "-- class: simple\nSELECT $1;\n")}
    plan = {"Node Type": "Nested Loop", "Join Type": "Left", "Plans": [
        {"Node Type": "Index Scan", "Index Name": "counts_pkey", "Relation Name": "counts",
         "Schema": "planner", "Subplan Name": "InitPlan 1 (returns $0)"}]}
    times = {"how": "On a machine.",
             "statements": {"look": {"1000": {"p50": 1, "p95": 2}, "20000": {"p50": 3, "p95": 51}}}}
    return facts, heads, {"look": plan}, times, "## Upgrade\n\nWhen there is a newer\none. Do it.\n"


def changed(change):
    """The document of the sample with something else in it."""
    parts = sample()
    known = dict(SAID)
    change(*parts, known)
    try:
        return render(*parts, Meanings(known))
    except Missing as missing:
        return str(missing)


def self_test():
    wrong = [f"{name}: {meanings_of.get(name)!r}, not {said!r}"
             for meanings_of in [dict(meanings.of_script(MIGRATION))] for name, said in SAID.items()
             if meanings_of.get(name) != said]
    if dict(meanings.of_script(MIGRATION)).keys() != SAID.keys():
        wrong.append("meanings of what has none")
    good = changed(lambda *parts: None)
    for part in ("What is counted. (unlogged)", "| `name` | text | no | `'a'::text \\|\\| 'b'` | of what |",
                 "| `counts_pkey` | `unique btree (name)` | the key |", "| `g(a integer)` | `void` | sql, stable |",
                 "Class simple, target 50 ms; with 1,000 items p50 1 ms, p95 2 ms; with 20,000 items p50 3 ms, "
                 "p95 51 ms, **above its target**.",
                 "| $1 | text | what, or null |", "Nested Loop (left)\n  InitPlan 1: Index Scan counts_pkey on counts",
                 "| simple | 50 ms | 1 | 2 ms (look) | 51 ms (look) | look |",
                 "| [Upgrade](RUNBOOKS.md#upgrade) | When there is a newer one. |"):
        if part not in good:
            wrong.append(f"the sample has no line {part!r}")
    samples = [
        lambda f, h, p, t, r, k: f["tables"][0]["columns"][0].update(type="uuid"),
        lambda f, h, p, t, r, k: f["tables"][0]["constraints"][0].update(says="PRIMARY KEY (at)"),
        lambda f, h, p, t, r, k: f["functions"][0].update(arguments=""),
        lambda f, h, p, t, r, k: p["look"]["Plans"][0].update({"Index Name": "another"}),
        lambda f, h, p, t, r, k: t["statements"]["look"]["20000"].update(p95=2),
        lambda f, h, p, t, r, k: k.update({"function g": "Does something else."}),
        lambda f, h, p, t, r, k: h.update(more=h["look"]) or t["statements"].update(more=t["statements"]["look"]),
    ]
    for n, change in enumerate(samples):
        if finding(good, changed(change)) is None:
            wrong.append(f"change {n} is not noticed")
    if "constraint counts_odd" not in changed(lambda f, h, p, t, r, k: f["tables"][0]["constraints"].append(
            {"name": "counts_odd", "says": "CHECK (n % 2 = 1)"})):
        wrong.append("a constraint without a meaning is not noticed")
    if "column counts.name" not in changed(lambda f, h, p, t, r, k: k.pop("column counts.name")):
        wrong.append("a column without a meaning is not noticed")
    for what, change in (
            ("without a time", lambda f, h, p, t, r, k: h.update(more=h["look"])),
            ("without the time of a size", lambda f, h, p, t, r, k: t["statements"].update(
                more={"1000": {"p50": 1, "p95": 1}}) or h.update(more=h["look"])),
            ("that is gone and has a time", lambda f, h, p, t, r, k: t["statements"].update(
                more=t["statements"]["look"]))):
        if "tests/bench/queries.json" not in changed(change)[:30]:
            wrong.append(f"a statement {what} is not noticed")
    for function, shown in (("unnest", True), ("pg_stat_get_activity", False)):
        scan = {"Node Type": "Function Scan", "Function Name": function, "Schema": "pg_catalog"}
        if (f"Function Scan on {function}" in plan_lines(scan)) != shown:
            wrong.append(f"the plan that reads {function} is {'not ' * shown}told")
    if finding(good, good) is not None:
        wrong.append("the same is told as stale")
    print("\n".join(wrong + [f"{len(samples) + len(SAID) + 18} samples, {len(wrong)} misjudged"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
