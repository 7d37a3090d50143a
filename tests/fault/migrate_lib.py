"""Shared by migrate_*.py: databases to migrate, the program one migration later, and comparisons."""
import json
import os
import pathlib
import subprocess

from durability import need

TOP = pathlib.Path(__file__).resolve().parents[2]
STORE = TOP / "sql/seed/store.sql"
NEWEST = len(list(TOP.glob("sql/migrations/*.up.sql")))
NEXT = 9001  # what mcp-planner-next has beside these

# Everything that the schema consists of, as lines. What the tests themselves put there is called stop.
SCHEMA = """SELECT 'class ' || c.relname || ' ' || c.relkind::text FROM pg_class c
 WHERE c.relnamespace = 'planner'::regnamespace
UNION ALL SELECT 'column ' || a.attrelid::regclass || ' ' || a.attname || ' '
 || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
 || coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a
 JOIN pg_class c ON c.oid = a.attrelid
 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'planner'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i
 JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'planner'::regnamespace
UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'planner'::regnamespace AND conname <> 'stop'
UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
 WHERE pronamespace = 'planner'::regnamespace AND prokind <> 'a'
UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'planner'::regnamespace
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
 WHERE NOT tgisinternal AND tgname <> 'stop'"""

DATA = """SELECT to_jsonb(i) - 'colour' FROM planner.items i UNION ALL SELECT to_jsonb(s) FROM planner.steps s
UNION ALL SELECT to_jsonb(r) FROM planner.roll r UNION ALL SELECT to_jsonb(p) FROM planner.projects p
UNION ALL SELECT to_jsonb(t) FROM planner.iterations t UNION ALL SELECT to_jsonb(a) FROM planner.audit a"""


def next_program(place):
    """The program as it would be one migration later."""
    path = pathlib.Path(place.binary).parent / "tests/mcp-planner-next"
    need(path.exists(), f"{path} was not built")
    return str(path)


class Database:
    """One database of a throwaway server."""

    def __init__(self, place, postgres, name, template=None):
        self.place, self.postgres, self.name = place, postgres, name
        self.dsn = f"{postgres.plain} dbname={name}"
        source = f" TEMPLATE {template.name} STRATEGY file_copy" if template else ""
        place.sql(f"CREATE DATABASE {name}{source}", postgres.dsn)

    def drop(self):
        self.place.sql(f"DROP DATABASE {self.name} WITH (FORCE)", self.postgres.dsn)

    def sql(self, statement):
        return self.place.sql(statement, self.dsn)

    def migrate(self, program, *arguments):
        done = subprocess.run([program, "migrate", *arguments, "--json", "--dsn", self.dsn],
                              stdin=subprocess.DEVNULL, text=True, capture_output=True, check=False,
                              timeout=120)
        return done

    def migrated(self, program, *arguments):
        done = self.migrate(program, *arguments)
        need(done.returncode == 0, f"migrate {arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def fill(self, items):
        script = (f"SET client_min_messages = warning; SET planner.writer = 'mcp-planner';\n"
                  f"{STORE.read_text()}\nSELECT pg_temp.store_build('BIG', 1, {items}, 100); ANALYZE;")
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.dsn], input=script,
                              text=True, capture_output=True, check=False)
        need(done.returncode == 0, f"store.sql: {done.stderr}")

    def digest(self, lines):
        return self.sql(f"SELECT md5(string_agg(x.line::text, E'\\n' ORDER BY x.line::text)) FROM ({lines}) x (line)")

    def schema(self):
        return self.digest(SCHEMA)

    def data(self):
        return self.digest(DATA)

    def versions(self):
        return self.sql("SELECT string_agg(version::text, ' ' ORDER BY version)"
                        " FROM planner.schema_migrations")

    def check(self):
        found = self.sql("SELECT c FROM planner.projects p, planner.roll_check(p.id) c")
        need(found == "", f"roll-ups differ: {found[:200]}")

    def dump(self):
        done = subprocess.run([f"{self.postgres.bin}/pg_dump", "--schema-only", "-n", "planner",
                               "-d", self.dsn], check=True, capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C"})
        return [line for line in done.stdout.split("\n")
                if not line.startswith(("\\restrict", "\\unrestrict"))]
