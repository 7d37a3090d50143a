"""Network round trips of every tool call, counted between the program and PostgreSQL.

    round_trips.py BINARY SOCKET_DIRECTORY DATABASE

A proxy passes the bytes on and counts how often the client spoke again after the server had: each
of those cost the distance to the database once. SPEC 5: a read is one, a write at most two,
whatever it does. Every tool that the program lists has to be called here, and every case runs
three times: at first use of its statements on a connection, again, and as part of a trace.
"""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))
import shapes

READ, WRITE = 1, 2


class Proxy:
    """One Unix socket that leads to another. `turns` grows while calls run; read it between them."""

    def __init__(self, directory, target):
        self.target, self.turns = target, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(directory, ".s.PGSQL.5432"))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            threading.Thread(target=self.pump, args=(client, server), daemon=True).start()

    def pump(self, client, server):
        client_spoke_last = False
        while True:
            # The client first: what it had sent before it could hear the server is no new turn.
            ready = select.select([client, server], [], [])[0]
            source = client if client in ready else server
            data = source.recv(1 << 20)
            if not data:
                break
            if source is client and not client_spoke_last:
                self.turns += 1
            client_spoke_last = source is client
            (server if source is client else client).sendall(data)
        client.close()
        server.close()


class Server:
    """The program under test, spoken to in JSON-RPC."""

    def __init__(self, binary, dsn):
        self.last_id = 0
        self.listener = shapes.Listener(shapes.learn(binary))
        self.process = subprocess.Popen(
            [binary, "serve", "--dsn", dsn, "--agent", "tester", "--user", "ann"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                "clientInfo": {"name": "round trips", "version": "1"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.listener.sent(json.dumps(message))
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.last_id += 1
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        answer = json.loads(self.process.stdout.readline())
        assert answer["id"] == self.last_id and "result" in answer, answer
        self.listener.heard(answer)
        return answer["result"]

    def call(self, tool, arguments, **meta):
        result = self.ask("tools/call", {"name": tool, "arguments": arguments, "_meta": meta})
        assert not result.get("isError"), (tool, arguments, result["content"][0]["text"])
        return result["structuredContent"]

    def close(self):
        self.process.stdin.close()
        return self.process.wait(10)


def many_steps(n):
    """Longer than any buffer between client and server, so that neither may wait for the other."""
    return [{"title": f"many {i}", "objective": "o" * 900} for i in range(n)]


def scenario(slug):
    """(tool, arguments) in order; every one succeeds. Keys count up from 1."""
    key = f"{slug}-{{}}".format
    plan = [{"title": "tree", "ref": "a", "steps": [{"title": "s", "content": "c"}],
             "tasks": [{"title": "waits", "depends_on": ["b"], "steps": [{"title": "t"}]}]},
            {"title": "other", "ref": "b", "sequential": True, "steps": [{"title": "u"},
                                                                         {"title": "v"}]}]
    yield "create_project", {"name": slug, "description": "d", "slug": slug, "max_iterations": 1}
    yield "create_task", {"parent": slug, "title": "one"}  # 1
    yield "create_task", {"parent": slug, "title": "two", "before": key(1)}  # 2
    yield "create_task", {"parent": key(2), "title": "deep", "request_id": f"{slug} create"}  # 3
    yield "create_task", {"parent": key(2), "title": "deep", "request_id": f"{slug} create"}
    yield "create_step", {"task": key(3), "title": "drafted", "content": "text"}  # 4
    yield "create_step", {"task": key(3), "title": "empty", "after": key(4)}  # 5
    yield "define_tasks", {"parent": slug, "tasks": plan}  # 6 tree, 7 s, 8 waits, 9 t, 10 other...
    yield "define_tasks", {"parent": slug, "tasks": many_steps(300)}
    yield "submit_step", {"step": key(5), "content": "mine", "assessment": {"score": 0.3}}
    yield "review_step", {"step": key(5), "decision": "approve", "assessment": {"score": 0.4}}
    yield "submit_step", {"step": key(5), "content": "mine again", "reopen": True,
                          "request_id": f"{slug} submit"}
    yield "review_step", {"step": key(5), "decision": "approve", "expected_version": 4}
    yield "review_step", {"step": key(4), "decision": "counter", "content": "no",
                          "feedback": "why"}
    yield "link_items", {"item": key(2), "depends_on": [key(1), key(7)]}
    yield "link_items", {"item": key(2), "depends_on": [key(1)]}
    yield "link_items", {"item": key(2), "depends_on": [key(6)], "remove": [key(1), key(7)]}
    yield "list_disputes", {"project": slug}
    yield "list_disputes", {}
    yield "wait_for_change", {"project": slug}
    yield "get_item", {"item": key(4), "include": ["content", "children", "dependencies",
                                                   "iterations", "evidence", "history",
                                                   "origin"]}
    yield "get_item", {"item": slug}
    yield "resolve_dispute", {"dispute": key(4), "resolution": "hybrid", "content": "both"}
    yield "complete_step", {"item": key(4), "evidence": [{"kind": "test", "reference": "t"}]}
    yield "complete_step", {"item": key(4)}
    yield "complete_step", {"item": key(4), "outcome": "reopen"}
    yield "complete_step", {"item": key(11)}
    yield "complete_step", {"item": key(12)}  # its task is complete, and releases what waited
    yield "complete_step", {"item": key(9), "outcome": "cancelled"}
    yield "create_step", {"task": key(10), "title": "opens again"}
    yield "undo", {"change": "CHANGE"}  # that of the last write
    yield "undo", {"change": "CHANGE"}
    yield "update_item", {"item": key(5), "title": "edited", "request_id": f"{slug} edit"}
    yield "update_item", {"item": key(5), "title": "edited"}
    yield "update_item", {"item": key(5), "before": key(4), "priority": 3}
    yield "update_item", {"item": key(5), "parent": key(1)}
    yield "update_item", {"item": key(6), "parent": key(1)}
    yield "delete_item", {"item": key(5), "expected_version": 8}
    yield "delete_item", {"item": key(6), "subtree": True, "request_id": f"{slug} delete"}
    yield "next_item", {"project": slug, "limit": 5}
    yield "next_item", {"project": slug, "limit": 5, "claim": True, "agent": "b"}
    yield "next_item", {"project": slug, "claim": True, "agent": "c", "request_id": f"{slug} take"}
    yield "next_item", {"project": slug, "claim": True, "agent": "c", "request_id": f"{slug} take"}
    yield "claim_item", {"item": key(30), "agent": "d"}
    yield "claim_item", {"item": key(30), "agent": "d", "lease_seconds": 60}
    yield "navigate", {"item": key(3), "direction": "both"}
    yield "create_step", {"task": key(3), "title": "large"}  # 314
    yield "create_step", {"task": key(3), "title": "larger"}  # 315
    yield "submit_step", {"step": key(314), "content": "- a\n- b"}
    yield "assess_complexity", {"step": key(314)}
    yield "assess_complexity", {"step": key(314), "role": "client", "assessment": {"score": 0.9}}
    yield "promote_step", {"step": key(315), "breakdown": ["a", "b"]}
    yield "optimize_project", {"project": slug, "dry_run": True}
    yield "optimize_project", {"project": slug}
    yield "optimize_project", {"project": slug}
    yield "outline", {"item": slug}
    yield "outline", {"item": slug, "limit": 3}
    yield "search", {"project": slug, "query": "step haash"}
    yield "search", {"project": slug, "query": key(4)}
    yield "project_stats", {"project": slug}
    for role in ("server", "client", "human", "worker"):
        yield "work_queue", {"project": slug, "role": role}
    yield "history", {"item": slug}
    yield "history", {"item": key(4), "actions": ["completed"]}
    yield "list_projects", {}
    yield "list_projects", {"query": slug, "status": "active"}
    yield "update_project", {"project": slug, "require_review": True}
    yield "update_project", {"project": slug, "name": "other", "workspace": f"/tmp/{slug}"}
    yield "update_project", {"project": slug, "name": "other"}
    yield "update_project", {"project": slug, "status": "archived"}


def self_test(proxy, dsn):
    """Three statements one after the other have to be seen as three."""
    before = proxy.turns
    subprocess.run(["psql", "-XAtq", dsn, "-c", "BEGIN", "-c", "SELECT 1", "-c", "COMMIT"],
                   check=True, stdout=subprocess.DEVNULL)
    return proxy.turns - before >= 4  # and one to get in


def main():
    binary, target, database = sys.argv[1:]
    passed, failed = 0, []
    with tempfile.TemporaryDirectory() as directory:
        proxy = Proxy(directory, os.path.join(target, ".s.PGSQL.5432"))
        dsn = f"host={directory} user=planner dbname={database}"
        if not self_test(proxy, dsn):
            failed.append("the proxy does not count")
        server = Server(binary, dsn)
        tools = {tool["name"]: tool for tool in server.ask("tools/list", {})["tools"]}
        limit = {name: READ if tool["annotations"]["readOnlyHint"] else WRITE
                 for name, tool in tools.items()}
        server.call("list_projects", {})  # connects
        change, called, most = 0, set(), dict.fromkeys(limit, 0)
        parent = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
        for use, slug, meta in (("first", "FIRST", {}), ("warm", "WARM", {}),
                                ("traced", "TRACED", parent)):
            for tool, arguments in scenario(slug):
                if arguments.get("change") == "CHANGE":
                    arguments["change"] = change
                before = proxy.turns
                change = server.call(tool, arguments, **meta).get("change", change)
                turns = proxy.turns - before
                called.add(tool)
                most[tool] = max(most[tool], turns)
                if 1 <= turns <= limit[tool]:
                    passed += 1
                else:
                    failed.append(f"{tool}, {use} use: {turns} round trips, {limit[tool]} are "
                                  f"allowed: {json.dumps(arguments)[:200]}")
        failed += [f"{tool} is never called here" for tool in sorted(set(limit) - called)]
        if server.close() != 0:
            failed.append("the server did not end well")
    for tool in sorted(most):
        print(f"{tool:16} {most[tool]} of {limit[tool]}")
    for line in failed:
        print("FAILED:", line)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
