#!/usr/bin/env python3
"""What each statement of sql/queries takes on a small and on a large store, held against its target.

    queries.py BINARY [--server CONNINFO] [--rounds N] [--items N,N] [--only NAME,NAME]

Runs the calls of tests/store/plans.sql, and of queries.sql and upkeep.sql beside this, each block in a
transaction that is rolled back, and writes tests/bench/queries.json, which docs/DATABASE.md shows: renew
that with tests/tools/check_database.py BINARY --renew. With --only the file is kept but for the statements
named, of which it gets new figures. Ends with 1 when a statement misses its target or is in no block. What a
call takes is the processor time of the server's process (log_statement_stats): everything is in memory and
nothing waits, so on a quiet machine it is the time as well, and on a busy one it is not about the others.
Of a statement's calls the slowest counts. No COMMIT is in it. Without --server a PostgreSQL of its own below
/tmp.
"""
import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../store"), os.path.join(HERE, "../tools")]
import calls  # noqa: E402
from queryhead import EACH, is_late  # noqa: E402
from stores import server_of  # noqa: E402

RESULT = os.path.join(HERE, "queries.json")
DATABASE = "queries_bench"
FIRST = re.compile(r"-- before everything.*?\n\n", re.S)
TEXTS = ("tests/store/plans.sql", "tests/bench/queries.sql", "tests/bench/upkeep.sql")
STATISTICS = re.compile(r"^@ (\d+) (\d+) (\w+)\n(?:(?!@ |LOG: ).*\n)*LOG:  QUERY STATISTICS\n"
                        r"DETAIL:  ! system usage stats:\n"
                        r"!\s+([\d.]+) s user, ([\d.]+) s system", re.M)
WARM, FEW = 1, 2  # rounds that do not count; those that do, of blocks that take seconds


def blocks(text, only):
    """Those that call statements, or those statements that are named."""
    for block in text.split("\n\n"):
        called = set(re.findall(r"^EXECUTE (\w+)", block, re.M))
        if called & only if only else called:
            yield block


def items_of(block, items, ask):
    """How many items the bulk statements of a block are for, or None."""
    said = re.search(r"^-- items: (.*)$", block, re.M)
    if said is None:
        return None
    words = {"a tenth": items // 10, "all": items}
    return words.get(said[1]) or int(ask(said[1]) if said[1].startswith("SELECT") else said[1])


def script_of(heads, can, block, mark):
    """The block with a warning "@ block place name" before each call, which the statistics follow. What
    cannot be prepared stands there itself."""
    parts = ["BEGIN;", heads["session_settings"].statement + ";", "SET LOCAL client_min_messages = log;"]
    for place, statement in enumerate(re.split(r"(?<=;)\n", block)):
        call = re.search(r"^EXECUTE (\w+)", statement, re.M)
        if call and call[1] not in can:
            statement = heads[call[1]].statement + ";"
        parts.append(f"\\warn @ {mark} {place} {call[1]}\n{statement}" if call else statement)
    return "\n".join([*parts, "ROLLBACK;", ""])


def measure(store, heads, all_blocks, rounds):
    """{(block, place, name): [milliseconds]}"""
    text, can = calls.prepared(heads)
    # Else those that set it would keep their own statistics from us.
    text = text.replace("set_config('client_min_messages', 'warning', true)",
                        "set_config('client_min_messages', 'log', true)")
    script = ["SET jit = off; SET log_min_messages = fatal;", text, "\\o /dev/null",
              "SET log_statement_stats = on;"]
    for turn in range(rounds + WARM):
        script += [script_of(heads, can, block, n) for n, block in enumerate(all_blocks)
                   if turn < WARM + FEW or "\n-- slow" not in block]
    done = subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", store.dsn(DATABASE)], check=False,
                          input="\n".join(script), capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    took = {}
    for n, place, name, user, system in STATISTICS.findall(done.stderr):
        took.setdefault((int(n), int(place), name), []).append((float(user) + float(system)) * 1000)
    return {call: times[WARM:] for call, times in took.items()}


def percentile(times, percent):
    return sorted(times)[min(len(times) - 1, round(len(times) * percent / 100))]


def three_digits(value):
    return float(f"{value:.3g}")


def of_statements(heads, size, items, took):
    """{name: {p50, p95, thousands of items}} of the slowest call of each."""
    found = {}
    for (n, _, name), times in took.items():
        if heads[name].cost == "bulk" and items[n] is None:
            continue
        result = {"p50": three_digits(statistics.median(times)), "p95": three_digits(percentile(times, 95))}
        if heads[name].cost in EACH:
            result["thousands"] = (items[n] or size) / 1000
        if name not in found or result["p50"] > found[name]["p50"]:
            found[name] = result
    return found


def of_store(server, heads, size, only, rounds):
    """What the statements take on a store of that size."""
    texts = [(calls.TOP / path).read_text(encoding="utf-8") for path in TEXTS]
    all_blocks = [block for text in texts for block in blocks(text, only)]
    server.build(DATABASE, "BIG", 1, size, size // 10)
    for text in texts:
        server.psql(DATABASE, FIRST.search(text)[0])
    items = [items_of(block, size, lambda question: server.psql(DATABASE, question)) for block in all_blocks]
    took = measure(server, heads, all_blocks, rounds)
    server.psql("postgres", f"DROP DATABASE {DATABASE}")
    return of_statements(heads, size, items, took)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
    return f"{len(names) or os.cpu_count()} cores of {names[0] if names else platform.machine()}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--server")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--items", default="1000,100000")
    parser.add_argument("--only", default="")
    return parser.parse_args()


def told(heads, found, largest):
    """Prints what they take on the largest store; the names of those above their target."""
    late = []
    for name, sizes in sorted(found.items(), key=lambda one: -one[1][largest]["p95"]):
        result = sizes[largest]
        if is_late(heads[name].cost, result):
            late.append(name)
        print(f"{name:24} {heads[name].cost:8} {result['p50']:10g} {result['p95']:10g}"
              f"{' ms for ' + format(result['thousands'] * 1000, ',.0f') if 'thousands' in result else ''}"
              f"{'  above its target' if name in late else ''}")
    return late


def write(kept, how, found):
    statements = {**kept, **found}
    with open(RESULT, "w", encoding="utf-8") as file:
        file.write('{"how": ' + json.dumps(how) + ',\n "statements": {\n  ' + ",\n  ".join(
            f"{json.dumps(name)}: {json.dumps(result)}" for name, result in sorted(statements.items()))
            + "\n }}\n")


def main():
    args = arguments()
    heads = calls.queries()
    only = set(filter(None, args.only.split(",")))
    if only - heads.keys():
        print(f"sql/queries has no {', '.join(sorted(only - heads.keys()))}")
        return 2
    sizes = sorted(map(int, args.items.split(",")))
    found = {}
    with server_of(args.binary, args.server) as server:
        version = server.psql("postgres", "SHOW server_version").split(" ")[0]
        load = os.getloadavg()[0]
        for size in sizes:
            for name, result in of_store(server, heads, size, only, args.rounds).items():
                if not only or name in only:
                    found.setdefault(name, {})[str(size)] = result
            load = max(load, os.getloadavg()[0])
    how = (f"PostgreSQL {version}, {processor()} (load up to {load:.0f}), {args.rounds} rounds, "
           "without COMMIT.")
    missing = sorted(name for name in only or heads if found.get(name, {}).keys() != set(map(str, sizes)))
    found = {name: result for name, result in found.items() if name not in missing}
    with open(RESULT, encoding="utf-8") as file:
        old = json.load(file)
    write(old["statements"] if only else {}, old["how"] if only else how, found)
    late = told(heads, found, str(sizes[-1]))
    for name in missing:
        print(f"{name}: in no block of {' or '.join(TEXTS)}, or a bulk one in none that says for how many items")
    print(f"{len(found)} statements measured, {len(missing)} not, {len(late)} above their target; {how}")
    return 1 if late or missing else 0


if __name__ == "__main__":
    sys.exit(main())
