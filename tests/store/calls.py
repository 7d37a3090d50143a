"""A store of some size in a database of its own, and every statement of sql/queries prepared on it.

The server is the one that PLANNER_TEST_DSN names, a superuser's connection. What is told about a plan
depends on statistics, so everything is counted, not sampled, and nothing counts again meanwhile.
"""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/bench"), str(TOP / "tests/tools")]
from queryhead import Head  # noqa: E402
from stores import Server  # noqa: E402

SKIPPED = 77
# As they are when nobody has said otherwise, wherever the server comes from.
PLANNING = """SET default_statistics_target = 10000; SET jit = off; SET work_mem = '4MB';
SET random_page_cost = 4; SET effective_cache_size = '4GB'; SET max_parallel_workers_per_gather = 0;
SET plan_cache_mode = force_generic_plan;"""


def queries(root=TOP):
    """{name: Head} of sql/queries."""
    return {path.stem: Head(path.read_text(encoding="utf-8"))
            for path in sorted((root / "sql/queries").glob("*.sql"))}


class Store(Server):
    """One database of the server, made and dropped by `store`."""

    def __init__(self, binary, dsn, name):
        super().__init__(binary, dsn)
        self.name = name

    def dsn(self, database):
        if "://" not in self.conninfo:
            return f"{self.conninfo} dbname={database}"
        parts = urllib.parse.urlsplit(self.conninfo)
        return urllib.parse.urlunsplit(parts._replace(path="/" + database))

    def migrate(self, database):
        subprocess.run([self.binary, "migrate", "up", "--dsn", self.dsn(database)], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)

    def make(self):
        self.psql("postgres", f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        self.migrate(self.name)

    def drop(self):
        self.psql("postgres", f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def fill(self, items, wide):
        """A project, BIG, with so many items, `wide` of them below one parent (sql/seed/store.sql)."""
        self.psql(self.name, """DO $$ DECLARE t regclass; BEGIN
            FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'planner'::regnamespace
            LOOP EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t); END LOOP; END $$""",
                  f"SELECT pg_temp.store_build('BIG', 1, {items}, {wide})",
                  PLANNING, "VACUUM ANALYZE", file=str(TOP / "sql/seed/store.sql"))

    def ask(self, statement):
        """What a statement answers, which is one JSON value."""
        return json.loads(self.psql(self.name, "SET search_path = planner", statement))

    def run(self, script, settings=""):
        """A script through psql; what it prints, and what it warns of with the notices among it."""
        return subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(self.name)],
                              check=False, input=settings + script, capture_output=True,
                              encoding="utf-8", timeout=500)


@contextlib.contextmanager
def store(binary, kind):
    """A new database, with the schema and nothing in it. Skips the test where there is no server."""
    dsn = os.environ.get("PLANNER_TEST_DSN") or os.environ.get("TEST_DATABASE_URL")
    if not dsn:
        print("PLANNER_TEST_DSN names no server: skipped")
        sys.exit(SKIPPED)
    made = Store(binary, dsn, f"planner_{kind}_{os.getpid()}")
    made.make()
    try:
        yield made
    finally:
        made.drop()


def prepared(heads, utility=re.compile(r"(CREATE|ALTER|DROP|LOCK|DO)\b")):
    """The statements that prepare all queries, and the names of those that can be."""
    can = [name for name, head in heads.items() if not utility.match(head.statement)]
    return "".join(f"PREPARE {name} AS {heads[name].statement};\n" for name in can), can


def plans(made, heads, of=None):
    """{name: the plan of the statement with the program's settings, whatever is bound to it}, as
    EXPLAIN (FORMAT JSON, VERBOSE) gives it; of all or of some."""
    text, names = prepared(heads)
    names = [name for name in names if of is None or name in of]
    script = [PLANNING, text, "BEGIN;", heads["session_settings"].statement, "\\g /dev/null\n"]
    for name in names:
        values = ", ".join("NULL" for _ in heads[name].parameters)
        script.append(f"EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF) EXECUTE {name}"
                      f"{f' ({values})' if values else ''};\n\\echo @@\n")
    done = made.run("".join(script))
    if done.returncode:
        raise RuntimeError(done.stderr)
    found = done.stdout.split("@@\n")[:-1]
    return {name: json.loads(text)[0]["Plan"] for name, text in zip(names, found, strict=True)}
