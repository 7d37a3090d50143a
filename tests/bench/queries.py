#!/usr/bin/env python3
"""What each statement of sql/queries takes on a large store, held against the target of its class.

    queries.py BINARY [--server CONNINFO] [--rounds N] [--items N]

Runs the calls of tests/store/plans.sql and tests/bench/queries.sql, each block in a transaction that is
rolled back, and writes tests/bench/queries.json, which docs/DATABASE.md shows: renew that with
tests/tools/check_database.py BINARY --renew. Ends with 1 when a statement misses its target. What a call
takes is the processor time of the server's process (log_statement_stats): everything is in memory and
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
from queryhead import TARGETS  # noqa: E402
from stores import server_of  # noqa: E402

RESULT = os.path.join(HERE, "queries.json")
DATABASE = "queries_bench"
FIRST = re.compile(r"-- before everything.*?\n\n", re.S)
STATISTICS = re.compile(r"^@ (\d+) (\d+) (\w+)\nLOG:  QUERY STATISTICS\nDETAIL:  ! system usage stats:\n"
                        r"!\s+([\d.]+) s user, ([\d.]+) s system", re.M)
WARM, FEW = 2, 3  # rounds that do not count; those that do, of blocks that take seconds


def blocks(text, items):
    """(the block, how many items its bulk statements are for, or None)"""
    words = {"a tenth": items // 10, "all": items}
    for block in text.split("\n\n"):
        if re.search(r"^EXECUTE ", block, re.M):
            said = re.search(r"^-- items: (.*)$", block, re.M)
            yield block, (words.get(said[1]) or int(said[1])) if said else None


def script_of(heads, block, mark):
    """The block with a warning "@ block place name" before each call, which the statistics follow."""
    parts = ["BEGIN;", heads["session_settings"].statement + ";", "SET LOCAL client_min_messages = log;"]
    for place, statement in enumerate(re.split(r"(?<=;)\n", block)):
        call = re.search(r"^EXECUTE (\w+)", statement, re.M)
        parts.append(f"\\warn @ {mark} {place} {call[1]}\n{statement}" if call else statement)
    return "\n".join([*parts, "ROLLBACK;", ""])


def measure(store, heads, all_blocks, rounds):
    """{(block, place, name): [milliseconds]}"""
    script = ["SET jit = off; SET log_min_messages = fatal;", calls.prepared(heads)[0], "\\o /dev/null",
              "SET log_statement_stats = on;"]
    for turn in range(rounds + WARM):
        script += [script_of(heads, block, n) for n, (block, _) in enumerate(all_blocks)
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


def of_statements(heads, all_blocks, took):
    """{name: {p50, p95, thousands of items for bulk ones}} of the slowest call of each."""
    found = {}
    for (n, _, name), times in took.items():
        items = all_blocks[n][1]
        if heads[name].cost == "bulk" and items is None:
            continue
        result = {"p50": three_digits(statistics.median(times)), "p95": three_digits(percentile(times, 95))}
        if heads[name].cost == "bulk":
            result["thousands"] = items / 1000
        if name not in found or result["p50"] > found[name]["p50"]:
            found[name] = result
    return dict(sorted(found.items()))


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
    return f"{len(names) or os.cpu_count()} cores of {names[0] if names else platform.machine()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--server")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--items", type=int, default=100000)
    args = parser.parse_args()
    heads = calls.queries()
    texts = [(calls.TOP / path).read_text(encoding="utf-8")
             for path in ("tests/store/plans.sql", "tests/bench/queries.sql")]
    all_blocks = [block for text in texts for block in blocks(text, args.items)]
    with server_of(args.binary, args.server) as server:
        server.build(DATABASE, "BIG", 1, args.items, args.items // 10)
        for text in texts:
            server.psql(DATABASE, FIRST.search(text)[0])
        version = server.psql(DATABASE, "SHOW server_version").split(" ")[0]
        load = os.getloadavg()[0]
        took = measure(server, heads, all_blocks, args.rounds)
        load = max(load, os.getloadavg()[0])
        server.psql("postgres", f"DROP DATABASE {DATABASE}")
    found = of_statements(heads, all_blocks, took)
    how = (f"{args.items:,} items in a project, PostgreSQL {version}, {processor()} (load up to {load:.0f}), "
           f"{args.rounds} rounds, without COMMIT.")
    with open(RESULT, "w", encoding="utf-8") as file:
        file.write('{"how": ' + json.dumps(how) + ',\n "statements": {\n  ' + ",\n  ".join(
            f"{json.dumps(name)}: {json.dumps(result)}" for name, result in found.items()) + "\n }}\n")
    late = [name for name, result in found.items() if TARGETS[heads[name].cost] is not None
            and result["p95"] / result.get("thousands", 1) > TARGETS[heads[name].cost]]
    for name, result in sorted(found.items(), key=lambda one: -one[1]["p95"]):
        print(f"{name:24} {heads[name].cost:8} {result['p50']:10g} {result['p95']:10g}"
              f"{' ms for ' + format(result['thousands'] * 1000, ',.0f') if 'thousands' in result else ''}"
              f"{'  above its target' if name in late else ''}")
    print(f"{len(found)} statements measured, {len(late)} above their target; {how}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
