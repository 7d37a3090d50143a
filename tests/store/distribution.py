#!/usr/bin/env python3
"""No statement and no key stands in the way of distribution by project: distribution.py BINARY

The tables that have a project are really distributed: their schema is made anew with PARTITION BY HASH
(project_id), and each of the two parts stands for a machine. PostgreSQL refuses by itself a unique key
that does not have the project in it, as Citus does. Then the calls of tests/store/plans.sql run for one of
many projects, and auto_explain tells the plan of every statement that was executed, of those inside of
functions, too:

- each scan of a distributed table has a condition on project_id, or looks up in a directory;
- what a statement looked at lay in one part: nothing joins across machines.

And the program itself, as it is, works a plan on it.

What is not so is listed in docs/SCALING.md with the reason, and what is listed there is so. Statements of
class upkeep are not held to it. Needs PLANNER_TEST_DSN (77, skipped, without).
"""
import re
import subprocess
import sys

import calls
from stores import Program

PARTS, ITEMS, WIDE = 2, 1500, 600
SCALING, CALLS = calls.TOP / "docs/SCALING.md", calls.TOP / "tests/store/plans.sql"


def listed(text):
    """{heading: {name: reason}}: the tables behind "<!-- list: heading -->"."""
    lists = {}
    for heading, rows in re.findall(r"<!-- list: (\w+) -->\n\n((?:\|[^\n]*\n)+)", text):
        lists[heading] = {}
        for row in rows.split("\n")[2:-1]:
            names, reason = [field.strip() for field in row.strip("|").split("|")][:2]
            lists[heading].update((name, reason) for name in re.findall(r"`([^`]+)`", names))
    return lists


# ------------------------------------------------------------------ a distributed store

# Statements that PostgreSQL refuses to run, with why; all others are run.
REFUSED = """CREATE FUNCTION pg_temp.tried(p text) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE p;
    RETURN NULL;
EXCEPTION WHEN feature_not_supported OR invalid_table_definition OR invalid_foreign_key THEN
    RETURN substring(p FROM '(?:CONSTRAINT|INDEX) (\\w+)') || '|' || sqlerrm;
END $body$;
"""

# A second project in the other part, like the first but for its ids: there is something to find that must
# not be found. And some hundred small ones, so that a look at all of them is no good plan.
OTHERS = """
CREATE TEMP TABLE digits AS
SELECT d.hex FROM planner.projects p
CROSS JOIN LATERAL (SELECT lpad(to_hex(n), 2, '0') AS hex FROM generate_series(1, 255) n) d
WHERE satisfies_hash_partition('planner.items'::regclass, 2, 0, p.id)
   <> satisfies_hash_partition('planner.items'::regclass, 2, 0,
                               overlay(p.id::text PLACING d.hex FROM 35)::uuid) LIMIT 1;
CREATE FUNCTION pg_temp.other(p uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT overlay(p::text PLACING d.hex FROM 35)::uuid FROM digits d $$;
DO $$
DECLARE
    t record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR t IN SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') AS columns,
            string_agg(CASE WHEN a.atttypid = 'uuid'::regtype THEN format('pg_temp.other(%I)', a.attname)
                WHEN a.atttypid = 'tsvector'::regtype
                THEN format('replace(%I::text, ''#BIG'', ''#OTHER'')::tsvector', a.attname)
                WHEN a.attname = 'slug' THEN '''OTHER''' WHEN a.attname = 'change' THEN 'change + 1000000'
                ELSE quote_ident(a.attname) END, ', ') AS fields
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            AND a.attgenerated = '' AND NOT a.attisdropped
        WHERE c.relnamespace = 'planner'::regnamespace AND (c.relkind = 'p' OR c.relname = 'projects')
        GROUP BY c.oid
    LOOP
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s', t.name, t.columns,
                       t.fields, t.name);
    END LOOP;
    INSERT INTO planner.projects (id, slug, description)
    SELECT md5('small' || n)::uuid, 'SMALL' || n, 'small' FROM generate_series(1, 400) n;
    INSERT INTO planner.counters (project_id) SELECT id FROM planner.projects WHERE slug ~ 'SMALL';
    INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title)
    SELECT id, id, 'project', 0, 'V', 0, slug FROM planner.projects WHERE slug ~ 'SMALL';
    INSERT INTO planner.roll (project_id, id) SELECT id, id FROM planner.projects WHERE slug ~ 'SMALL';
END $$;
"""

WITH_PROJECT = """SELECT coalesce(json_agg(c.relname ORDER BY c.relname), '[]') FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    WHERE c.relnamespace = 'planner'::regnamespace AND a.attname = 'project_id' AND NOT a.attisdropped"""

# Foreign keys between tables that have a project, where it is not the project that refers to the project.
CROSSING = """SELECT coalesce(json_agg(k.conname), '[]') FROM pg_constraint k
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'project_id'
    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'project_id'
    WHERE k.contype = 'f' AND k.connamespace = 'planner'::regnamespace
      AND coalesce(array_position(k.conkey, a.attnum), -1)
          <> coalesce(array_position(k.confkey, b.attnum), -2)"""


def statements(dump):
    return re.split(r"(?<=;)\n\n", dump)


def in_parts(statement, tables):
    """A CREATE TABLE of pg_dump with its parts, when it is one of the tables."""
    found = re.search(r"^CREATE TABLE planner\.(\w+) \(", statement, re.M)
    if not found or found[1] not in tables:
        return statement
    return re.sub(r"\)\s*(WITH \([^)]*\))?;\s*$", lambda end: ")\nPARTITION BY HASH (project_id);",
                  statement) + "".join(
        f"\nCREATE TABLE planner.{found[1]}_p{n} PARTITION OF planner.{found[1]}"
        f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {n});" for n in range(PARTS))


def dump(made, section):
    text = subprocess.run(["pg_dump", "-O", "-x", "-n", "planner", "-n", "given", f"--section={section}",
                           made.dsn(made.name)], check=True, capture_output=True, encoding="utf-8",
                          timeout=120).stdout
    # what is for psql, and what a server older than pg_dump does not know
    return re.sub(r"^(\\(un)?restrict .*|SET transaction_timeout.*)\n", "", text, flags=re.M)


def run(made, script):
    done = made.run("SET client_min_messages = warning;\n" + script)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def distribute(plain, made, tables):
    """`made` becomes `plain`, in parts. What of its keys PostgreSQL refuses: {name: why}."""
    made.psql(made.name, "DROP SCHEMA planner CASCADE")
    run(made, "\n\n".join(in_parts(one, tables) for one in statements(dump(plain, "pre-data"))))
    run(made, dump(plain, "data"))
    run(made, OTHERS)
    keys = [one.replace("ALTER TABLE ONLY", "ALTER TABLE") for one in statements(dump(plain, "post-data"))]
    told = run(made, REFUSED + "\n".join(f"SELECT pg_temp.tried($try${one}$try$);" for one in keys))
    made.psql(made.name, calls.PLANNING, "ANALYZE")
    return dict(line.split("|", 1) for line in told.split("\n") if "|" in line)


# ------------------------------------------------------------------ what was executed

NODE = re.compile(r"^ *(?:->  )?(?P<how>\w[\w ]*?(?: using \w+)?) on (?P<table>\w+?)_p(?P<part>\d)(?: \w+)?"
                  r"  \(.*(?:loops=\d+|(?P<never>never executed))\)$")


class Scan:
    """A scan of a part of a table: how, with which conditions, and whether there was any."""

    def __init__(self, found):
        self.how, self.table, self.part = found["how"], found["table"], int(found["part"])
        self.executed, self.says = found["never"] is None, ""

    def is_bound(self):
        """It looks for one project, or for the root of one, whose id is the project's. In a plan the
        columns of the scan itself stand without the name of a table."""
        return (re.search(r"(?<![\w.])project_id = (?!id\b)|= project_id\b", self.says)
                or "project_id = id" in self.says and re.search(r"(?<![\w.])id = ", self.says))

    def is_look_up(self):
        """It looks for the one row of an id."""
        return re.search(r"\((?:id = (?:\$\d+|w(?:_\d+)?\.id)|w(?:_\d+)?\.id = id)\)", self.says)


def scans(plan):
    found, last = [], None
    for line in plan.split("\n"):
        node = NODE.match(line)
        if node:
            last = Scan(node)
            found.append(last)
        elif re.match(r" *(?:->|CTE |InitPlan|SubPlan)", line):
            last = None
        elif last and re.match(r" *(?:Index Cond|Recheck Cond|Filter|TID Cond|One-Time Filter): ", line):
            last.says += line.strip() + " "
    return found


def script_of(heads, blocks):
    """The blocks, each in a transaction that is rolled back, under the eyes of auto_explain."""
    return "\n".join([calls.PLANNING, calls.prepared(heads)[0], "\\set SHOW_CONTEXT always",
                      """LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;
        SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;
        SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice;""",
                      "\\o /dev/null", *(
        f"BEGIN;\n{heads['session_settings'].statement};\nSET LOCAL client_min_messages = notice;\n"
        f"{block}\nROLLBACK;" for block in blocks), ""])


def told(text):
    """(whose statement, its plan) of all that was told, each plan once. A statement of no query and
    of no function is the test's own."""
    seen = set()
    for notice in re.split(r"^(?=(?:NOTICE|WARNING|ERROR):  )", text, flags=re.M)[1:]:
        head, _, notice = notice.partition("\n")
        if not head.startswith("NOTICE:  duration: ") or notice in seen:
            continue
        seen.add(notice)
        plan, _, context = notice.partition("\nCONTEXT:  ")
        query = re.match(r"Query Text: PREPARE (\w+) AS", plan)
        function = re.search(r'function "?(?:planner\.)?(\w+)', context)
        if function or query or context:
            yield function[1] if function else query[1] if query else "a foreign key", plan


class Judge:
    def __init__(self, tables, lists, free):
        self.tables, self.lists, self.free = tables, lists, free
        self.n, self.found, self.met, self.whose = 0, {}, set(), set()

    def look(self, whose, plan):
        parts = set()
        self.whose.add(whose)
        for scan in (scan for scan in scans(plan) if scan.table in self.tables):
            self.n += 1
            if scan.is_bound():
                parts |= {scan.part} if scan.executed else set()
            elif f"{scan.table}_id_key" in self.lists["keys"] and scan.is_look_up():
                self.met.add(f"{scan.table}_id_key")
            else:
                self.blame(whose, f"looks at {scan.table} without its project", f"{scan.how}: {scan.says}")
        if len(parts) > 1:
            self.blame(whose, "looked at more than one project", "")

    def blame(self, whose, what, how):
        if whose in self.lists["statements"]:
            self.met.add(whose)
        elif whose not in self.free:
            self.found.setdefault(f"{whose} {what}", how)


def run_calls(made, heads, blocks, judge):
    done = made.run(script_of(heads, blocks))
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    for whose, plan in told(done.stderr):
        judge.look(whose, plan)


# ------------------------------------------------------------------ the test

def reads(plan):
    return {plan.get("Relation Name", "")}.union(*(reads(child) for child in plan.get("Plans", [])))


def not_run(made, heads, judge):
    """Statements that no block runs read no distributed table, or are upkeep."""
    names = [name for name in heads if name not in judge.whose and name not in judge.free]
    parts = {f"{table}_p{n}" for table in judge.tables for n in range(PARTS)}
    for name, plan in calls.plans(made, heads, names).items():
        if reads(plan) & parts:
            yield f"{name} is in no block of tests/store/plans.sql, so nobody saw what it reads"


def of_lists(lists, tables, refused, judge):
    """What is listed is so, and nothing else."""
    for name in sorted(set(refused) - set(lists["keys"])):
        yield f"the key {name} does not have the project in it: {refused[name]}"
    for name in sorted(set(lists["keys"]) - set(refused)):
        yield f"docs/SCALING.md lists the key {name}, which has the project in it or is not there"
    for name in sorted(set(lists["statements"]) - judge.met):
        yield f"docs/SCALING.md lists the statement {name}, which is bound to one project or is not there"
    for name in sorted(set(lists["tables"]) - set(tables)):
        yield f"docs/SCALING.md lists the table {name}, which has no project_id or is not there"


def worked(made, tables):
    """A session of the program on the store: the plan is right afterwards, and lies in one part."""
    program = Program(made.binary, made.dsn(made.name))
    program.call("create_project", {"name": "Parted", "description": "In one part", "slug": "PART"})
    program.call("define_tasks", {"parent": "PART", "tasks": [{"title": "A", "steps": [
        {"title": "one", "ref": "one"}, {"title": "two", "depends_on": ["one"]}]}]})
    program.call("submit_step", {"step": "PART-2", "content": "quokka"})
    program.call("review_step", {"step": "PART-2", "decision": "counter", "content": "no", "feedback": "no"})
    claim = program.call("next_item", {"project": "PART", "claim": True})
    program.call("complete_step", {"item": "PART-2", "token": claim["items"][0]["token"],
                                   "evidence": [{"kind": "note", "reference": "seen"}]})
    change = program.call("update_item", {"item": "PART-3", "title": "other"})["change"]
    program.call("undo", {"change": change})
    program.call("promote_step", {"step": "PART-3", "breakdown": ["three", "four"]})
    if program.call("outline", {"item": "PART"})["progress"] != 0.5:
        yield "the program counts the progress wrong on it"
    if [item["key"] for item in program.call("search", {"query": "quokka", "project": "PART"})["items"]] != ["PART-2"]:
        yield "the program does not find on it what is there"
    program.close()
    if made.psql(made.name, "SELECT count(*) FROM planner.projects p, planner.roll_check(p.id)"
                 " WHERE p.slug = 'PART'") != "0":
        yield "the program leaves wrong counters on it"
    parts = made.psql(made.name, " UNION ".join(
        f"SELECT right(t.tableoid::regclass::text, 1) FROM planner.{table} t JOIN planner.projects p"
        " ON p.id = t.project_id WHERE p.slug = 'PART'" for table in sorted(tables)))
    if parts not in map(str, range(PARTS)):
        yield f"rows of one project lie in the parts {parts}"


# What has to be found: the test of the test.
BAD = {"unbound": ("SELECT count(*) FROM planner.items WHERE title = 'x'", "looks at items without"),
       "across": ("SELECT count(*) FROM planner.deps d JOIN planner.items i ON i.id = d.blocked_by"
                  " WHERE d.project_id = given.id('project')", "looks at items without its project"),
       "several": ("SELECT count(*) FROM planner.counters c JOIN planner.projects p ON p.id = c.project_id",
                   "counters"),
       "each": ("SELECT (SELECT count(*) FROM planner.roll r WHERE r.project_id = p.id)"
                " FROM planner.projects p", "looked at more than one project")}
BAD_KEY = "ALTER TABLE planner.evidence ADD CONSTRAINT evidence_bad_key UNIQUE (id)"


def finds_what_is_bad(made, heads, judge):
    probe = Judge(judge.tables, judge.lists, judge.free)
    block = "".join(f"PREPARE {name} AS {text};\nEXECUTE {name};\n" for name, (text, _) in BAD.items())
    run_calls(made, {"session_settings": heads["session_settings"]}, [block], probe)
    for name, (_, said) in BAD.items():
        if not any(line.startswith(f"{name} ") and said in line for line in probe.found):
            yield f"the test is blind: '{name}' should have been found; found: {probe.found}"
    if "evidence_bad_key" not in run(made, f"{REFUSED}SELECT pg_temp.tried($try${BAD_KEY}$try$);"):
        yield "the test is blind: a key without the project was taken"


def main(binary):
    lists, heads = listed(SCALING.read_text(encoding="utf-8")), calls.queries()
    script = CALLS.read_text(encoding="utf-8")
    blocks = [block for block in script.split("\n\n") if re.search(r"^(EXECUTE|SET LOCAL) ", block, re.M)]
    with calls.store(binary, "plain") as plain, calls.store(binary, "apart") as made:
        plain.fill(ITEMS, WIDE)
        run(plain, re.search(r"-- before everything.*?\n\n", script, re.S)[0])
        tables = plain.ask(WITH_PROJECT)
        judge = Judge(set(tables) - set(lists["tables"]), lists,
                      {name for name, head in heads.items() if head.cost == "upkeep"})
        refused = distribute(plain, made, judge.tables)
        run_calls(made, heads, blocks, judge)
        wrong = [f"{what} {how}" for what, how in sorted(judge.found.items())]
        wrong += [f"the foreign key {name} leads to another project" for name in plain.ask(CROSSING)]
        wrong += [*not_run(made, heads, judge), *of_lists(lists, tables, refused, judge),
                  *worked(made, judge.tables), *finds_what_is_bad(made, heads, judge)]
    for line in wrong:
        print(f"{line}: bind it to the project, or list it in docs/SCALING.md with the reason")
    print(f"{len(judge.tables)} tables in {PARTS} parts, {len(judge.whose)} statements and functions, "
          f"{judge.n} scans looked at; {len(wrong)} findings")
    return 1 if wrong or judge.n < 1000 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
