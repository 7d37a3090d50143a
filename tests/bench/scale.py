#!/usr/bin/env python3
"""Does a call cost the same at a million items as at a thousand? scale.py BINARY; see README.md."""
import argparse
import os
import statistics
import sys

from stores import Program, server_of

LIMIT = 1.5
SEARCH_LIMIT = 3.0
SEARCH_MS = 150
SAMPLE = 16  # places that are worked at, evenly over the store, as many in each


class Store:
    """A store, one process of the program on it, and the places to work at."""

    def __init__(self, server, name, projects, items, session):
        self.name, self.projects, self.items = name, projects, items
        self.program = Program(server.binary, server.dsn(name) + session)
        self.server, self.backend = server, None
        slug = "p.slug || '-' || i.number"
        where = "JOIN planner.projects p ON p.id = i.project_id"

        def places(what, condition, n=SAMPLE):
            """Of four times as many points, evenly over the store, the next item that fits."""
            part = items // (4 * n) if projects == 1 else 0
            rows = server.rows(name, f"""
                SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                SET enable_bitmapscan = off; SET enable_sort = off;
                WITH p AS (SELECT id, slug, row_number() OVER (ORDER BY id) - 1 AS n
                           FROM planner.projects)
                SELECT DISTINCT ON (i.project_id, i.number) {what}
                FROM generate_series(0, {4 * n - 1}) k
                JOIN p ON p.n = k * {projects} / {4 * n}
                CROSS JOIN LATERAL (
                    SELECT i.project_id, i.number FROM planner.items i
                    WHERE i.project_id = p.id AND {condition}
                      AND i.number BETWEEN k * {part} AND k * {part} + {max(1000, part // 8)}
                    ORDER BY i.number LIMIT 1) i
                ORDER BY i.project_id, i.number""")
            many = min(n, len(rows))
            return [rows[k * len(rows) // many][0] for k in range(many)]

        # Steps that nothing waits for, below tasks with other open steps: completing one is the
        # ordinary case.
        self.steps = places(slug, """i.kind = 'step' AND i.depth = 6 AND i.avail
            AND i.assignee IS NULL
            AND NOT EXISTS (SELECT FROM planner.claims c WHERE c.project_id = i.project_id
                            AND c.item_id = i.id)
            AND NOT EXISTS (SELECT FROM planner.deps d WHERE d.project_id = i.project_id
                            AND d.blocked_by = i.id)
            AND NOT EXISTS (SELECT FROM planner.deps d WHERE d.project_id = i.project_id
                            AND d.blocked_by = i.parent_id)
            AND (SELECT n_open FROM planner.roll r
                 WHERE r.project_id = i.project_id AND r.id = i.parent_id) > 2""")
        self.tasks = places(slug, """i.kind = 'task' AND i.depth = 5 AND i.status = 'open'
            AND NOT EXISTS (SELECT FROM planner.deps d WHERE d.project_id = i.project_id
                            AND d.item_id = i.id)
            AND NOT EXISTS (SELECT FROM planner.deps d WHERE d.project_id = i.project_id
                            AND d.blocked_by = i.id)""")
        self.roots = places("p.slug", "i.kind = 'project'")
        self.drafts = places(slug, """i.kind = 'step' AND i.depth = 6 AND i.status = 'open'
            AND NOT EXISTS (SELECT FROM planner.claims c WHERE c.project_id = i.project_id
                            AND c.item_id = i.id)
            AND EXISTS (SELECT FROM planner.steps s WHERE s.project_id = i.project_id
                        AND s.id = i.id AND s.status = 'pending')""")
        wide = server.rows(name, f"""SELECT {slug} FROM planner.roll r
            JOIN planner.items i USING (project_id, id) {where}
            ORDER BY r.n_children DESC LIMIT 1""")
        self.wide = wide[0][0]
        self.wide_steps = [row[0] for row in server.rows(name, f"""
            SELECT {slug} FROM planner.items i {where} JOIN planner.items u ON u.id = i.parent_id
            WHERE p.slug || '-' || u.number = '{self.wide}' AND i.kind = 'step' AND i.avail
            AND NOT EXISTS (SELECT FROM planner.claims c WHERE c.item_id = i.id)
            ORDER BY i.number LIMIT {SAMPLE}""")]
        middle, last = server.rows(name, """SELECT to_char(x AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM (VALUES
            ((SELECT at FROM planner.audit WHERE id = (SELECT max(id) / 2 FROM planner.audit))),
            ((SELECT at FROM planner.audit WHERE id = (SELECT max(id) - 20 FROM planner.audit)))
            ) v (x)""")
        self.middle, self.last = middle[0], last[0]


    def wake(self):
        """Connected, and by which backend: an idle program lets its connection go."""
        self.program.call("list_projects", {"limit": 1})
        self.backend = self.server.psql(self.name, """
            SELECT pid FROM pg_stat_activity WHERE datname = current_database()
            AND application_name <> 'psql' AND backend_type = 'client backend'
            ORDER BY backend_start DESC LIMIT 1""")

    def cpu(self):
        """Microseconds that the program and its backend have run for, as the kernel counts them."""
        used = 0
        for pid in (self.program.process.pid, self.backend):
            with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                used += int(file.read().split()[0])
        return used / 1e3


class Op:
    """One line of the table. `call` gives tool and arguments for the i-th call, `after` what puts
    things back, which is not timed. Operations that the program does not have yet are left out."""

    def __init__(self, name, tool, call, after=None, limit=LIMIT):
        self.name, self.tool, self.call, self.after, self.limit = name, tool, call, after, limit


def at(places, i):
    return places[i % len(places)]


def moved(store, i):
    """Steps wander: to the next task of the sample and, at the second visit, one further; where the
    sample has a task of each project only, to their project and back."""
    step = at(store.steps, i)
    if store.projects == 1:
        return {"item": step, "parent": at(store.tasks, i + 1 + i // len(store.steps))}
    slug = step.split("-")[0]
    places = [slug + "-1", slug + "-2"]
    return {"item": step, "parent": places[i // len(store.steps) % 2]}


def searched(query):
    return lambda s, i: {"query": query, "project": s.roots[0]}


def put_back(s, i, answer):
    return "complete_step", {"item": at(s.steps, i), "outcome": "reopen"}


def released(s, i, answer):
    item = answer["items"][0]
    return "claim_item", {"item": item["key"], "action": "release", "token": token_of(answer)}


def token_of(answer):
    item = answer["items"][0]
    for holder in (item, item.get("claim", {}), answer.get("claim", {}), answer):
        if "token" in holder:
            return holder["token"]
    raise RuntimeError(f"no token in {answer}")


OPS = [
    Op("create_step", "create_step",
       lambda s, i: {"task": at(s.tasks, i), "title": f"One more step, number {i}"}),
    Op("create_step, 10,000 siblings", "create_step",
       lambda s, i: {"task": s.wide, "title": f"One more step, number {i}"}),
    Op("create_step between two of 10,000", "create_step",
       lambda s, i: {"task": s.wide, "title": f"One more step, number {i}",
                     "after": at(s.wide_steps, i)}),
    Op("create_step with content", "create_step",
       lambda s, i: {"task": at(s.tasks, i), "title": f"One more step, number {i}",
                     "content": "What has to be done, in a few words. " * 10}),
    Op("create_task", "create_task",
       lambda s, i: {"parent": at(s.tasks, i), "title": f"One more task, number {i}"}),
    Op("complete_step", "complete_step", lambda s, i: {"item": at(s.steps, i)}, put_back),
    Op("submit_step", "submit_step",
       lambda s, i: {"step": at(s.drafts, i), "content": f"Attempt {i} at it. " * 20}),
    Op("next_item", "next_item", lambda s, i: {"project": at(s.roots, i)}),
    Op("next_item with claim", "next_item",
       lambda s, i: {"project": at(s.roots, i), "claim": True}, released),
    Op("update_item: move", "update_item", moved),
    Op("update_item: to the first place of 10,000", "update_item",
       lambda s, i: {"item": at(s.wide_steps, i + 1),
                     "before": at(s.wide_steps, i)}),
    Op("update_item: title", "update_item",
       lambda s, i: {"item": at(s.steps, i), "title": f"Another title, number {i}"}),
    Op("get_item, step", "get_item", lambda s, i: {"item": at(s.steps, i)}),
    Op("get_item, step, everything", "get_item", lambda s, i: {"item": at(s.steps, i), "include": [
        "content", "dependencies", "iterations", "evidence", "history"]}),
    Op("get_item, 10,000 children", "get_item", lambda s, i: {"item": s.wide}),
    Op("get_item, project", "get_item", lambda s, i: {"item": at(s.roots, i)}),
    Op("outline, first page", "outline", lambda s, i: {"item": at(s.roots, i)}),
    Op("outline, only open", "outline",
       lambda s, i: {"item": at(s.roots, i), "include_completed": False}),
    Op("outline, 10,000 children", "outline", lambda s, i: {"item": s.wide}),
    Op("history, first page", "history", lambda s, i: {"item": at(s.roots, i)}),
    Op("history, since the last 20", "history",
       lambda s, i: {"item": at(s.roots, i), "since": s.last}),
    Op("history, until the middle", "history",
       lambda s, i: {"item": at(s.roots, i), "until": s.middle}),
    Op("history, one action", "history",
       lambda s, i: {"item": at(s.roots, i), "actions": ["agreed"]}),
    Op("history, of a step", "history", lambda s, i: {"item": at(s.steps, i)}),
    Op("navigate", "navigate", lambda s, i: {"item": at(s.steps, i)}),
    Op("work_queue, client", "work_queue",
       lambda s, i: {"project": at(s.roots, i), "role": "client"}),
    Op("work_queue, worker", "work_queue",
       lambda s, i: {"project": at(s.roots, i), "role": "worker"}),
    Op("list_disputes", "list_disputes", lambda s, i: {"project": at(s.roots, i), "limit": 5}),
    Op("list_projects", "list_projects", lambda s, i: {}),
    Op("project_stats", "project_stats", lambda s, i: {"project": at(s.roots, i)}, limit=None),
    Op("search, 10 hits", "search", searched("quokka"), limit=SEARCH_LIMIT),
    Op("search, 1,000 hits (of 1,000: 200)", "search", searched("wombat"), limit=SEARCH_LIMIT),
    Op("search, 40 hits in contents", "search", searched("numbat"), limit=SEARCH_LIMIT),
    Op("search, a typing error", "search", searched("quoka"), limit=SEARCH_LIMIT),
    Op("search, a hit of 10 items", "search", searched("zebra"), limit="150 ms"),
    Op("search, two frequent words", "search", searched("user request"), limit="150 ms"),
    Op("search, a key", "search", lambda s, i: {"query": at(s.steps, i), "project": s.roots[0]},
       limit=SEARCH_LIMIT),
]


def knows(tools, op):
    """Does the program take these arguments yet?"""
    if op.tool not in tools:
        return False
    if op.name == "next_item with claim":
        return "claim" in tools[op.tool]["inputSchema"]["properties"]
    return True


def measure(store, op, calls, start):
    """The p50 of some calls in microseconds, and the processor time that one took."""
    took, used = [], []
    store.wake()
    for i in range(start, start + calls):
        arguments = op.call(store, i)
        before = store.cpu()
        answer = store.program.call(op.tool, arguments)
        took.append(store.program.took * 1e6)
        used.append(store.cpu() - before)
        if op.after:
            store.program.call(*op.after(store, i, answer))
    return statistics.median(took), statistics.median(used)


def rounds_of(stores, op, calls, rounds):
    """Figures by store, one a round; the stores take turns, in an order that shifts."""
    figures = {store.name: [] for store in stores}
    for store in stores:  # plans are made; pages are read, and written since the checkpoint
        measure(store, op, SAMPLE if op.limit else 1, 0)
    if not op.limit:  # it reads everything: told, not judged
        calls, rounds = 1, 3
    for number in range(rounds):
        for store in stores[number % len(stores):] + stores[:number % len(stores)]:
            figures[store.name].append(measure(store, op, calls, SAMPLE + number * calls))
    return figures


def verdict(op, ratios, p50):
    if op.limit is None:
        return ""
    if op.limit == "150 ms":
        return "!" if max(p50) > SEARCH_MS * 1000 else ""
    return "!" if max(ratios) > op.limit else ""


def medians(stores, figures, which):
    """Over the rounds: of each store's figures, and of their ratios to the first store."""
    mine = [[figure[which] for figure in figures[store.name]] for store in stores]
    return ([statistics.median(m) for m in mine],
            [statistics.median(a / b for a, b in zip(m, mine[0])) for m in mine[1:]])


def head(stores):
    names = [f"{s.items // 1000}k" + (f"/{s.projects}" if s.projects > 1 else "") for s in stores]
    wide = 6 * (len(stores) - 1)
    print(f"{'p50 (us)':43}" + "".join(f"{name:>9}" for name in names)
          + f"  {'p50 to the first':>{wide}}  {'processor time':>{wide}}", flush=True)


def tell(stores, mine, op, figures):
    """One line; whether the limit was missed."""
    p50, ratios = medians(mine, figures, 0)
    _, used = medians(mine, figures, 1)
    mark = verdict(op, ratios, p50)
    gap = len(stores) - len(mine)
    print(f"{op.name:43}" + "".join(f"{v:9.0f}" for v in p50) + " " * (2 + 9 * gap)
          + "".join(f"{r:6.2f}" for r in ratios) + " " * 6 * gap + f"{mark:2}"
          + "".join(f"{r:6.2f}" for r in used), flush=True)
    return mark == "!"


def run(stores, options):
    tools = stores[0].program.tools()
    missed = 0
    head(stores)
    for op in OPS:
        if not any(part in op.name for part in options.only.split(",")):
            continue
        if not knows(tools, op):
            print(f"{op.name:43} is not there yet")
            continue
        try:
            mine = [s for s in stores if s.projects == 1 or "10,000" not in op.name]
            missed += tell(stores, mine, op, rounds_of(mine, op, options.calls, options.rounds))
        except (RuntimeError, KeyError, IndexError, OSError) as error:
            print(f"{op.name:43} {str(error)[-150:]}", flush=True)
            missed += 1
    print(f"\n{missed} limits missed")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--server", help="connection string without a database, of a server whose "
                        "databases scale_* are made and kept; without it, one of our own")
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--spread", default="100000,1000000", help="sizes over 1,000 projects")
    parser.add_argument("--calls", type=int, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-wait", action="store_true", help="commits do not wait for the disk, "
                        "which takes most of the time of a write and hides the rest")
    parser.add_argument("--only", default="", help="operations whose name has one of these in it, with commas")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    session = " options='-c synchronous_commit=off'" if options.no_wait else ""
    with server_of(binary, options.server) as server:
        stores = []
        plans = [("one", 1, int(n)) for n in options.sizes.split(",") if n]
        plans += [("many", 1000, int(n)) for n in options.spread.split(",") if n]
        for kind, projects, items in plans:
            name = f"scale_{kind}_{items}"
            if not server.has(name):
                server.build(name, "BIG" if projects == 1 else "P", projects, items // projects,
                             min(10000, items // 10) if projects == 1 else 0)
            stores.append(Store(server, name, projects, items, session))
        server.psql("postgres", "CHECKPOINT")
        missed = run(stores, options)
        for store in stores:
            store.program.close()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
