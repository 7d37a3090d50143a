#!/usr/bin/env python3
"""define_tasks of 10,000 items against the very same rows put in by psql: define.py BINARY; see
README.md."""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

from stores import Program, server_of

LIMIT = 1.5
TASKS, STEPS = 100, 99
# The new rows of a change, by table; what generated columns and triggers make is left to them.
TABLES = {
    "items": "WHERE id IN (SELECT entity_id FROM new)",
    "roll": "WHERE id IN (SELECT entity_id FROM new)",
    "iterations": "WHERE step_id IN (SELECT entity_id FROM new)",
    "steps": "WHERE id IN (SELECT entity_id FROM new)",
    "deps": "WHERE item_id IN (SELECT entity_id FROM new)",
    "audit": "WHERE change = {change}",
    "outbox": "WHERE change = {change}",
}


def plan():
    """A hundred tasks with an objective, each with 99 steps: a third has a draft, half wait for the
    step before."""
    return [{"title": f"Part {t} of a plan that one agent hands in at once", "objective":
             f"What part {t} is for, and how somebody can tell that it is done. " * 3,
             "steps": [dict({"title": f"Step {s} of part {t}: do one thing and look at it",
                             "ref": f"{t}.{s}"},
                            **({"content": f"How step {s} of part {t} is done. " * 10}
                               if s % 3 == 0 else {}),
                            **({"depends_on": [f"{t}.{s - 1}"]} if s % 2 else {}))
                       for s in range(STEPS)]} for t in range(TASKS)]


def columns(server, database, table):
    return server.psql(database, f"""SELECT string_agg(attname, ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = 'planner.{table}'::regclass AND attnum > 0
        AND NOT attisdropped AND attgenerated = ''""")


def captured(server, database, change, how):
    """The rows of a change as a script for psql: an INSERT or a COPY for each table, and what the
    program changes in rows that were there."""
    new = f"WITH new AS (SELECT DISTINCT entity_id FROM planner.audit WHERE change = {change})"
    script = ["SET planner.writer = 'mcp-planner';", "\\timing on", "BEGIN;"]
    # A task comes before its steps, and a roll before what hangs from it: by level.
    parts = [("items", "AND kind = 'task'"), ("roll", ""), ("items", "AND kind = 'step'")]
    parts += [(table, "") for table in TABLES if table not in ("items", "roll")]
    for table, only in parts:
        names = columns(server, database, table)
        where = TABLES[table].format(change=change) + " " + only
        if how == "COPY":
            rows = server.psql(database, f"COPY ({new} SELECT {names} FROM planner.{table} {where}"
                               ") TO STDOUT")
            if rows:
                script += [f"COPY planner.{table} ({names}) FROM STDIN;", rows, "\\."]
            continue
        rows = server.psql(database, f"""{new} SELECT string_agg('(' || (
            SELECT string_agg(coalesce(quote_literal(v.value), 'NULL'), ', ' ORDER BY v.n)
            FROM unnest(ARRAY[{', '.join(f'{name}::text' for name in names.split(', '))}])
                WITH ORDINALITY v (value, n)) || ')', E',\\n') FROM planner.{table} {where}""")
        if rows:
            script.append(f"INSERT INTO planner.{table} ({names}) OVERRIDING SYSTEM VALUE VALUES\n"
                          f"{rows};")
    old = server.psql(database, f"""SELECT format(
            'UPDATE planner.counters SET last_number = %s WHERE project_id = %L;', c.last_number,
            c.project_id) || format('UPDATE planner.roll SET n_children = %s, n_open = %s, '
            'n_avail = %s, sum = %s WHERE project_id = %L AND id = %L;', r.n_children, r.n_open,
            r.n_avail, r.sum, r.project_id, r.id)
        FROM planner.counters c JOIN planner.roll r ON r.project_id = c.project_id
            AND r.id = c.project_id JOIN planner.projects p ON p.id = c.project_id
        WHERE p.slug = 'BIG'""")
    return "\n".join([*script, old, "COMMIT;"]) + "\n"


def put(server, database, script):
    """Milliseconds of all statements, as psql itself tells."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        told = subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", server.dsn(database),
                               "-f", file.name], check=True, stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, LC_ALL="C")).stdout
    return sum(float(ms) for ms in re.findall(r"^Time: ([0-9.]+) ms", told, re.M))


def count(server, database):
    return sorted(server.rows(database, " UNION ALL ".join(
        f"SELECT '{table}', count(*)::text FROM planner.{table}" for table in TABLES)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--server", help="as for scale.py")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ways = ("INSERT", "COPY")
    figures = {way: [] for way in ("define_tasks", *ways)}
    with server_of(os.path.abspath(options.binary), options.server) as server:
        server.build("define_of_program", "BIG", 1, 1000, 100)
        for way in ways:
            server.create(f"define_{way.lower()}", "define_of_program")
        program = Program(server.binary, server.dsn("define_of_program"))
        for number in range(options.rounds + 1):
            answer = program.call("define_tasks", {"parent": "BIG", "tasks": plan()})
            took = {"define_tasks": program.took * 1e3}
            for way in ways:
                took[way] = put(server, f"define_{way.lower()}",
                                captured(server, "define_of_program", answer["change"], way))
            if number > 0:  # the first one warms
                for name, ms in took.items():
                    figures[name].append(ms)
        program.close()
        for way in ways:
            theirs = count(server, f"define_{way.lower()}")
            assert theirs == count(server, "define_of_program"), theirs
        for database in ("define_of_program", *(f"define_{way.lower()}" for way in ways)):
            server.psql("postgres", f"DROP DATABASE {database}")
    print(f"{TASKS * (STEPS + 1):,} items{'ms':>12}   define_tasks against it")
    missed = False
    for name, values in figures.items():
        ratio = statistics.median(a / b for a, b in zip(figures["define_tasks"], values))
        bad = name == "INSERT" and ratio > LIMIT
        missed = missed or bad
        print(f"{name:12}{statistics.median(values):12.0f}   {ratio:.2f}{'!' if bad else ''}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
