#!/usr/bin/env python3
"""Make the samples again: make.py REPOSITORY DIRECTORY

REPOSITORY is a clone of DhafnckMCP. Its own schema of three versions is run (the dump of the first
store, the ORM models of version 0.0.2c by SQLAlchemy, the schema of version 0.0.5), then the content
below is put in, which is ours.
"""
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import types

VERSIONS = {
    "dump-2025-07.db": ("15503b3", "dhafnck_mcp_main/database/data/dhafnck_mcp_dump.sql"),
    "orm-2025-09.db": ("15503b3", "dhafnck_mcp_main/src/fastmcp/task_management/infrastructure/"
                                  "database/models.py"),
    "schema-2025-09.db": ("bf90a74", "agenthub_main/src/fastmcp/task_management/infrastructure/"
                                     "database/init_schema_sqlite.sql"),
}
AT = "2025-09-0%d 10:00:00"


def show(repository, commit, path):
    return subprocess.run(["git", "-C", repository, "show", f"{commit}:{path}"], check=True,
                          capture_output=True, text=True).stdout


def schema_of_dump(text):
    """The statements of a dump that make something; its rows are not ours."""
    statement = ""
    for line in text.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            if re.match(r"\s*CREATE\s+(TABLE|INDEX|UNIQUE|TRIGGER|VIEW)", statement, re.I) \
                    and "sqlite_sequence" not in statement.split("(")[0]:
                yield statement
            statement = ""


def run_models(repository, commit, path, database):
    """The models import two helpers; with SQLAlchemy 1.4 a mapped column is a column."""
    import sqlalchemy
    import sqlalchemy.orm
    with tempfile.TemporaryDirectory() as work:
        package = pathlib.Path(work) / "models_of_dhafnck"
        package.mkdir()
        for name in ("models.py", "uuid_column_type.py"):
            text = show(repository, commit, str(pathlib.PurePosixPath(path).with_name(name)))
            (package / name).write_text(text)
        (package / "__init__.py").write_text("")
        base = types.ModuleType("models_of_dhafnck.database_config")
        base.Base = sqlalchemy.orm.declarative_base()
        sys.modules[base.__name__] = base
        if not hasattr(sqlalchemy.orm, "mapped_column"):
            sqlalchemy.orm.mapped_column = sqlalchemy.Column
        sys.path.insert(0, work)
        __import__("models_of_dhafnck.models")
        engine = sqlalchemy.create_engine(f"sqlite:///{database}")
        base.Base.metadata.create_all(engine)
        engine.dispose()


def content(version):
    """Rows by table; columns that a version does not have are left out, others get a value."""
    def uid(n):
        return f"7b0e5c1a-000{version}-4000-8000-{n:012d}"

    def task(n, branch, title, status, priority, **more):
        return dict(id=uid(n), git_branch_id=uid(branch), title=title, status=status,
                    priority=priority, description=f"What {title.lower()} is for.",
                    created_at=AT % 2, updated_at=AT % 3, **more)

    def subtask(n, of, title, status, **more):
        return dict(id=uid(n), task_id=uid(of), title=title, status=status, created_at=AT % 2,
                    updated_at=AT % 4, **more)

    yield "projects", dict(id=uid(1), name="Bakery", description="Bread for the street",
                           status="active", metadata='{"city": "Łódź"}')
    yield "projects", dict(id=uid(2), name="Garden 🌱", description="", status="active")
    for n, project, name in ((11, 1, "main"), (12, 1, "feature/oven"), (13, 2, "main")):
        yield "project_git_branchs", dict(id=uid(n), project_id=uid(project), name=name,
                                          description=f"Work on {name}", status="todo",
                                          assigned_agent_id="@baker_agent", priority="high")
    yield "tasks", task(21, 11, "Knead the dough", "done", "high", details="Ten minutes;\n\"by hand\"",
                        completion_summary="It rose.", testing_notes="Poked it.",
                        estimated_effort="1 hour", completed_at="2025-09-04 11:30:00.250000")
    yield "tasks", task(22, 11, "Bake the bread", "in_progress", "critical", details="230 °C",
                        due_date="2025-10-01")
    yield "tasks", task(23, 12, "Build the oven", "blocked", "urgent")
    yield "tasks", task(24, 12, "Paint the oven", "cancelled", "low")
    yield "tasks", task(25, 13, "Dig the beds", "review", "medium")
    yield "tasks", task(26, 13, "Sow", "todo", "medium")
    yield "subtask", subtask(31, 22, "Heat the oven", "done", progress_notes="Hot.",
                             completion_summary="230", assignees='["@baker_agent", "@helper"]')
    yield "subtask", subtask(32, 22, "Put the loaves in", "todo", description="Six of them",
                             blockers="The peel is broken", insights_found='["steam helps"]')
    yield "subtask", subtask(33, 23, "Lay the stones", "testing", priority="high")
    for n, of, who in ((41, 22, "@baker_agent"), (42, 22, "@helper"), (43, 23, "@mason_agent")):
        yield "task_assignees", dict(id=uid(n), task_id=uid(of), assignee_id=who, assignee=who)
    for n, of, on in ((1, 22, 21), (2, 22, 23), (3, 26, 25), (4, 23, 22)):
        yield "task_dependencies", dict(id=n, task_id=uid(of), depends_on_task_id=uid(on))
    yield "labels", dict(id=1, name="warm", label="warm", color="#ff0000")
    yield "task_labels", dict(task_id=uid(22), label_id=1)
    yield "agents", dict(id=uid(51), name="baker_agent", capabilities='["kneading"]')
    yield "project_contexts", dict(id=uid(61), project_id=uid(1), data='{"flour": "rye"}')
    yield "branch_contexts", dict(id=uid(62), branch_id=uid(12), data='{"stones": 40}')
    yield "task_contexts", dict(id=uid(63), task_id=uid(22), data='{"loaves": 6}')
    yield "api_tokens", dict(id="token-1", name="laptop", token_hash="not-a-real-hash",
                             expires_at=AT % 9)


def fill(database, version):
    tables = {}
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        tables[name] = {c[1]: c for c in database.execute(f'PRAGMA table_info("{name}")')}
    for table, row in content(version):
        if table == "subtask":
            table = "subtasks" if "subtasks" in tables else "task_subtasks"
        if table not in tables:
            continue
        columns = tables[table]
        row = {k: v for k, v in row.items() if k in columns}
        for name, (_, _, kind, needed, default, key) in columns.items():
            if needed and default is None and name not in row and not key:
                row[name] = AT % 1 if name.endswith("_at") else \
                    "you" if name == "user_id" else "{}" if "JSON" in kind.upper() else \
                    0 if "INT" in kind.upper() else ""
        names = ", ".join(f'"{k}"' for k in row)
        database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(row))})',
                         list(row.values()))


def main(repository, directory):
    for version, (name, (commit, path)) in enumerate(VERSIONS.items()):
        file = pathlib.Path(directory) / name
        file.unlink(missing_ok=True)
        database = sqlite3.connect(file)
        database.execute("PRAGMA page_size = 512")
        database.execute("VACUUM")
        if path.endswith(".py"):
            database.close()
            run_models(repository, commit, path, file)
            database = sqlite3.connect(file)
        elif "dump" in path:
            for statement in schema_of_dump(show(repository, commit, path)):
                database.execute(statement)
        else:
            database.executescript(show(repository, commit, path))
        fill(database, version)
        database.commit()
        database.execute("VACUUM")
        database.close()
        print(name, file.stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
