#!/usr/bin/env python3
"""Is a plan that was defined a moment ago as fast as one that was counted? fresh.py BINARY; see README.md."""
import argparse
import contextlib
import os
import statistics
import sys

from stores import HERE, Program, server_of

LIMIT = 1.5
LEAST_MS = 2.0  # more, of processor time: less tells of noise
WIDE, DEEP = 9999, 9900
STEPS = {"TEN": [2]}
NO_COUNTING = """DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'planner'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t);
    END LOOP; END $$"""


def wide_rows():
    """One task with thousands of steps."""
    return [{"title": "Everything at once", "steps": [
        {"title": f"Handle request {n} of the user" + (" quokka" if n % 1000 == 7 else "")}
        for n in range(WIDE)]}]


def deep_rows():
    """Tasks of eleven, each with a chain of tasks below it, 60 deep, steps at every level."""
    rows = []
    for top in range(DEEP // 330):
        for level in range(55):
            rows.append({"ref": f"t{top}-{level}", "title": f"Level {level} of part {top}",
                         "objective": "Make the service answer before the request times out.",
                         **({"parent_ref": f"t{top}-{level - 1}"} if level else {})})
            rows[-1]["steps"] = [{"title": f"Check table {step} of level {level}"} for step in range(5)]
    return rows


class Store:
    """One database, and one process of the program on it: the one that defined the plans."""

    def __init__(self, server, name, binary):
        self.server, self.name = server, name
        self.program = Program(binary, server.dsn(name))
        self.backend = None

    def call(self, tool, arguments):
        return self.program.call(tool, arguments)

    def wake(self):
        self.call("list_projects", {"limit": 1})
        self.backend = self.server.psql(self.name, """
            SELECT pid FROM pg_stat_activity WHERE datname = current_database()
            AND application_name <> 'psql' AND backend_type = 'client backend'
            ORDER BY backend_start DESC LIMIT 1""")

    def cpu(self):
        """Milliseconds that the backend has run for."""
        with open(f"/proc/{self.backend}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e6


def project(store, slug):
    store.call("create_project", {"name": f"Plan {slug}", "slug": slug, "description": "A plan to measure.",
                                  "complexity_threshold": 0.99})


def small(store):
    """Ten items, and a call of each kind: the plans of this session are made here."""
    project(store, "TEN")
    store.call("define_tasks", {"parent": "TEN", "tasks": [
        {"title": f"Task {n}", "steps": [{"title": f"Step {m} of {n}"} for m in range(4)]} for n in range(2)]})


def define(store):
    for slug, rows in (("WIDE", wide_rows()), ("DEEP", deep_rows())):
        project(store, slug)
        store.call("define_tasks", {"parent": slug, "tasks": rows})


def work(store, slug):
    """What makes a plan lively: content in all states, disputes, claims, evidence, dependencies."""
    for n in range(100, 112):
        store.call("submit_step", {"step": key(slug, n), "content": f"Draft {n} with a numbat. " * 20})
    for n in range(100, 104):
        store.call("review_step", {"step": key(slug, n), "decision": "approve"})
    for n in range(104, 108):
        disputed = key(slug, n)
        for turn in range(3):
            store.call("review_step", {"step": disputed, "decision": "revise", "feedback": f"No {turn}."})
            if turn < 2:
                store.call("submit_step", {"step": disputed, "content": f"Another draft, {turn}. " * 20})
    for n in range(120, 130):
        store.call("complete_step", {"item": key(slug, n), "evidence": [
            {"kind": "commit", "reference": f"abc{n}"}]})
        store.call("link_items", {"item": key(slug, n + 20),
                                  "depends_on": [key(slug, n + 10)]})
    for n in range(130, 134):
        store.call("claim_item", {"item": key(slug, n), "action": "claim"})


def key(slug, n):
    """The n-th step. All stores give the same numbers."""
    return f"{slug}-{STEPS[slug][n % len(STEPS[slug])]}"


def of(slug):
    """Calls (name, what, arguments of the i-th call); a tool, or a method of the protocol."""
    top = f"{slug}-1"
    deep = f"{slug}-{6 * 40 + 1}" if slug == "DEEP" else top
    return [
        ("outline", "outline", lambda i: {"item": slug}),
        ("outline, depth 1", "outline", lambda i: {"item": slug, "depth": 1}),
        ("outline, depth 64", "outline", lambda i: {"item": slug, "depth": 64, "limit": 200}),
        ("outline, a task", "outline", lambda i: {"item": deep, "depth": 3}),
        ("outline, open", "outline", lambda i: {"item": slug, "include_completed": False, "depth": 64}),
        ("next_item", "next_item", lambda i: {"project": slug}),
        ("next_item, 20", "next_item", lambda i: {"project": slug, "limit": 20}),
        *((f"work_queue {role}", "work_queue", lambda i, role=role: {"project": slug, "role": role})
          for role in ("server", "client", "human", "worker")),
        ("search quokka", "search", lambda i: {"query": "quokka", "project": slug}),
        ("search frequent", "search", lambda i: {"query": "request table", "project": slug}),
        ("search typo", "search", lambda i: {"query": "numbta", "project": slug}),
        ("search key", "search", lambda i: {"query": key(slug, 50), "project": slug}),
        ("get_item", "get_item", lambda i: {"item": key(slug, 104)}),
        *((f"get_item {part}", "get_item", lambda i, part=part: {"item": key(slug, 104), "include": [part]})
          for part in ("content", "dependencies", "iterations", "evidence", "history")),
        ("get_item children", "get_item", lambda i: {"item": top, "include": ["children"]}),
        ("get_item, project", "get_item", lambda i: {"item": slug, "include": ["children", "history"]}),
        ("navigate", "navigate", lambda i: {"item": key(slug, 5000), "limit": 20}),
        ("navigate backward", "navigate", lambda i: {"item": key(slug, 7000), "direction": "backward"}),
        ("history", "history", lambda i: {"item": slug}),
        ("history, an item", "history", lambda i: {"item": key(slug, 104)}),
        ("history, an action", "history", lambda i: {"item": slug, "actions": ["reviewed"]}),
        ("project_stats", "project_stats", lambda i: {"project": slug}),
        ("list_projects", "list_projects", lambda i: {}),
        ("list_disputes", "list_disputes", lambda i: {"project": slug}),
        *((f"read {uri}", "resources/read", lambda i, uri=uri: {"uri": "planner://" + uri})
          for uri in ("projects", f"projects/{slug}", f"projects/{slug}/outline", f"items/{key(slug, 104)}",
                      f"items/{key(slug, 104)}/history")),
        ("list resources", "resources/list", lambda i: {}),
        *((f"prompt {name}", "prompts/get", lambda i, name=name, arguments=arguments: {
            "name": name, "arguments": arguments})
          for name, arguments in (("draft_step", {"step": key(slug, 300)}),
                                  ("review_step", {"step": key(slug, 108)}),
                                  ("assess_complexity", {"step": key(slug, 108)}),
                                  ("settle_dispute", {"dispute": key(slug, 105)}),
                                  ("plan_project", {"project": slug}))),
        ("create_step", "create_step", lambda i: {"task": top, "title": f"One more {i}"}),
        ("create_step between", "create_step",
         lambda i: {"task": top, "title": f"Between {i}", "after": key(slug, 3)}),
        ("create_task", "create_task", lambda i: {"parent": slug, "title": f"One more task {i}"}),
        ("define_tasks of 50", "define_tasks", lambda i: {"parent": top, "tasks": [
            {"title": f"Task {i} {n}", "steps": [{"title": f"Step {m}"} for m in range(4)]} for n in range(10)]}),
        ("update_item", "update_item", lambda i: {"item": key(slug, 200 + i), "title": f"Another title {i}"}),
        *([("update_item, move", "update_item", lambda i: {"item": key(slug, 220 + i), "parent": "DEEP-1"})]
          if slug == "DEEP" else []),
        ("update_item, order", "update_item",
         lambda i: {"item": key(slug, 240 + 5 * i + 1), "before": key(slug, 240 + 5 * i)}),
        ("link_items", "link_items",
         lambda i: {"item": key(slug, 400 + i), "depends_on": [key(slug, 3000 + i)]}),
        ("claim_item", "claim_item", lambda i: {"item": key(slug, 450 + i), "action": "claim", "agent": f"c{i}"}),
        ("next_item, claim", "next_item", lambda i: {"project": slug, "claim": True, "agent": f"n{i}"}),
        ("submit_step", "submit_step", lambda i: {"step": key(slug, 500 + i), "content": f"Content {i} to see."}),
        ("review_step", "review_step",
         lambda i: {"step": key(slug, 500 + i), "decision": "counter", "content": "Mine", "feedback": "No."}),
        ("submit_step, accept", "submit_step", lambda i: {"step": key(slug, 500 + i), "accept": True}),
        ("assess_complexity", "assess_complexity", lambda i: {"step": key(slug, 500 + i)}),
        ("complete_step", "complete_step", lambda i: {"item": key(slug, 520 + i), "evidence": [
            {"kind": "note", "reference": "seen"}]}),
        ("complete_step, waited for", "complete_step", lambda i: {"item": key(slug, 3000 + i)}),
        ("complete_step, reopen", "complete_step", lambda i: {"item": key(slug, 520 + i), "outcome": "reopen"}),
        ("promote_step", "promote_step", lambda i: {"step": key(slug, 540 + i), "breakdown": ["One"]}),
        ("optimize_project", "optimize_project", lambda i: {"project": slug, "dry_run": True}),
        ("resolve_dispute", "resolve_dispute", lambda i: {"dispute": key(slug, 104 + i), "resolution": "server"}),
        ("delete_item", "delete_item", lambda i: {"item": key(slug, 560 + i)}),
        ("delete_item, subtree", "delete_item",
         lambda i: {"item": top if slug == "TEN" else key(slug, 580 + i), "subtree": True}),
        ("update_project", "update_project", lambda i: {"project": slug, "max_iterations": 4 + i}),
        ("undo", "undo", None),
    ]


def run_call(store, what, arguments):
    if "/" in what:
        return store.program.ask(what, arguments)
    return store.call(what, arguments)


def measure(store, what, arguments, calls):
    """Medians: milliseconds of the backend, and from request to answer."""
    used, took = [], []
    store.wake()
    for i in range(calls):
        given = arguments(i) if arguments else {"change": store.last}
        before = store.cpu()
        answer = run_call(store, what, given)
        took.append(store.program.took * 1e3)
        used.append(store.cpu() - before)
        if isinstance(answer.get("change"), int):
            store.last = answer["change"]
    return statistics.median(used), statistics.median(took)


def missed(base, other):
    return other[0] > LIMIT * base[0] and other[0] - base[0] > LEAST_MS


def table(stores, options):
    wrong = 0
    print(f"{'ms, of the backend / until answered':34}" + "".join(f"{s.name[6:]:>18}" for s in stores))
    for slug in ("WIDE", "DEEP"):
        for name, what, arguments in of(slug):
            if options.only not in name:
                continue
            try:
                found = [measure(store, what, arguments, options.calls) for store in stores]
            except RuntimeError as error:
                print(f"{slug} {name:29} {str(error)[-150:]}", flush=True)
                wrong += 1
                continue
            marks = ["!" if missed(found[-1], one) else " " for one in found]
            wrong += marks.count("!")
            print(f"{slug} {name:29}" + "".join(f"{f[0]:8.1f} /{f[1]:7.1f}{m}" for f, m in zip(found, marks)),
                  flush=True)
    return wrong


def build(server, binary, name, counted_at_ten=False, beside=False):
    """Nothing is counted but what is said; the process has called everything while there was next to nothing."""
    server.create(name)
    server.migrate(name)
    server.psql(name, NO_COUNTING)
    if beside:
        server.psql(name, "SELECT pg_temp.store_build('P', 1000, 10, 0)",
                    file=os.path.join(HERE, "../../sql/seed/store.sql"))
    store = Store(server, name, binary)
    small(store)
    if counted_at_ten:
        server.psql(name, "ANALYZE")
    for _, what, arguments in of("TEN"):
        with contextlib.suppress(RuntimeError):  # most of what it names is not there
            run_call(store, what, arguments(0) if arguments else {"change": 0})
    define(store)
    for slug in ("WIDE", "DEEP"):
        STEPS[slug] = [int(row[0]) for row in server.rows(name, f"""
            SELECT i.number FROM planner.items i JOIN planner.projects p ON p.id = i.project_id
            WHERE p.slug = '{slug}' AND i.kind = 'step' ORDER BY i.number""")]
        work(store, slug)
    if beside:
        server.psql(name, "ANALYZE")
    return store


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--server", help="connection string without a database, of a superuser")
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    with server_of(binary, options.server) as server:
        stores = [build(server, binary, "fresh_kept"), build(server, binary, "fresh_new"),
                  build(server, binary, "fresh_ten", counted_at_ten=True),
                  build(server, binary, "fresh_beside", beside=True)]
        for store in stores[1:]:
            store.program.close()
        server.create("fresh_counted", "fresh_new")
        server.psql("fresh_counted", "ANALYZE")
        stores[1:] = [Store(server, name, binary) for name in (
            "fresh_new", "fresh_ten", "fresh_beside", "fresh_counted")]
        wrong = table(stores, options)
        for store in stores:
            store.program.close()
            server.psql("postgres", f"DROP DATABASE {store.name}")
    print(f"\n{wrong} slower than {LIMIT} times what a counted store takes, or failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
