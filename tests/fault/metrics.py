"""Metrics as Prometheus takes them.

    metrics.py BINARY DATA_DIRECTORY CHECKOUT

Servers make calls, end, are killed; what is exposed adds up, passes promtool, and is all that the
dashboard and the alert rules ask for. The list in docs/METRICS.md is what the program prints.
"""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

BINARY, DATA, TOP = sys.argv[1], sys.argv[2], sys.argv[3]
ENV = {k: v for k, v in os.environ.items() if not k.startswith("PLANNER_")}
MONITORING = os.path.join(TOP, "examples/monitoring")


class Server:
    def __init__(self, *more):
        self.process = subprocess.Popen([BINARY, "serve", "--data-dir", DATA, *more], env=ENV,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                "clientInfo": {"name": "metrics", "version": "1"}})

    def ask(self, method, params):
        line = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, tool, **arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


def metrics(*more, code=0):
    done = subprocess.run([BINARY, "metrics", "--data-dir", DATA, *more], env=ENV,
                          capture_output=True, text=True)
    assert done.returncode == code, (done.returncode, done.stderr)
    return done.stdout


def check(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return text


def value(text, series):
    found = [line for line in text.splitlines() if line.startswith(series + " ")]
    assert len(found) == 1, (series, found)
    return float(found[0].rsplit(" ", 1)[1])


def names(text):
    """Families of an exposition."""
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}


def await_(what, condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited in vain for " + what
        time.sleep(0.1)


def counters_add_up():
    a, b = Server(), Server()
    a.call("create_project", name="Auth", description="d", slug="AUTH")
    for i in range(3):
        a.call("create_task", parent="AUTH", title=f"by a {i}")
    for i in range(2):
        b.call("create_task", parent="AUTH", title=f"by b {i}")
    b.call("get_item", item="AUTH-99")
    a.ask("no/such/method", {})
    a.end()
    b.end()
    text = check(metrics())
    created = 'mcp_planner_tool_calls_total{tool="create_task",outcome="ok"}'
    assert value(text, created) == 5
    assert value(text, 'mcp_planner_tool_duration_seconds_count{tool="create_task"}') == 5
    assert value(text, 'mcp_planner_tool_calls_total{tool="get_item",outcome="not_found"}') == 1
    assert value(text, 'mcp_planner_protocol_errors_total{code="method_not_found"}') == 1
    assert value(text, 'mcp_planner_items{kind="task",status="open"}') == 5
    assert value(text, "mcp_planner_up") == 1 and value(text, "mcp_planner_scrape_errors_total") == 0
    return created


def idle_server_adds(created):
    server = Server()
    server.call("create_task", parent="AUTH", title="while it goes on")
    await_("the counts of a server that goes on", lambda: value(metrics(), created) == 6)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(2) == 0


def killed_server_loses_no_more_than_its_own(created):
    server = Server()
    server.call("create_task", parent="AUTH", title="one")
    server.process.kill()
    server.process.wait()
    assert value(metrics(), created) in (6, 7)


def per_project():
    assert "AUTH" not in metrics()
    assert value(check(metrics("--per-project", "3")), 'mcp_planner_project_items_total{project="AUTH"}') >= 6


def no_parameters_in_slow_statements():
    log = subprocess.run(
        [BINARY, "serve", "--data-dir", DATA, "--slow-statement", "1ms", "--log-format", "json"], env=ENV,
        input='{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
              '"capabilities":{},"clientInfo":{"name":"m","version":"1"}}}\n'
              + "".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": "tools/call", "params": {
                  "name": "define_tasks", "arguments": {"parent": "AUTH", "request_id": f"bulk-{i}", "tasks": [
                      {"title": "a secret title"}] * 500}}}) + "\n" for i in range(2)),
        capture_output=True, text=True).stderr
    slow = [json.loads(line) for line in log.splitlines() if "slow_statement" in line]
    assert slow, log
    assert all(s["query"] and s["duration_ms"] >= 1 and s.get("tool", "define_tasks") == "define_tasks"
               for s in slow), slow
    assert any(s.get("request_id") == "bulk-1" for s in slow), slow
    assert "secret" not in log


def textfile():
    path = DATA + ".prom"
    metrics("--textfile", path)
    with open(path) as file:
        check(file.read())
    os.unlink(path)
    loop = subprocess.Popen([BINARY, "metrics", "--data-dir", DATA, "--textfile", path, "--interval", "1s"],
                            env=ENV)
    await_("the file", lambda: os.path.exists(path))
    first = os.stat(path).st_ino
    await_("the file again", lambda: os.stat(path).st_ino != first)
    loop.send_signal(signal.SIGTERM)
    assert loop.wait(2) == 0
    assert glob.glob(os.path.join(os.path.dirname(path), ".*.prom*")) == []
    metrics("--textfile", os.path.dirname(path) + "/no/such/directory.prom", code=1)
    metrics("--interval", "1s", "--textfile", os.path.dirname(path) + "/no/such/directory.prom", code=1)
    metrics("--interval", "1s", code=2)
    metrics("--interval", "999ms", "--textfile", path, code=2)
    metrics("--json", code=2)


def database_away():
    subprocess.run([BINARY, "stop", "--data-dir", DATA], env=ENV, check=True, stdout=subprocess.DEVNULL)
    metrics("--textfile", DATA + ".prom", code=3)
    os.unlink(DATA + ".prom")
    metrics("--textfile", os.path.dirname(DATA) + "/no/such/directory.prom", code=1)
    text = check(metrics(code=3))
    assert value(text, "mcp_planner_up") == 0
    assert value(text, "mcp_planner_private_cluster_running") == 0
    other = DATA + ".other"
    os.mkdir(other)
    with open(other + "/file", "w"):
        pass
    done = subprocess.run([BINARY, "metrics", "--data-dir", other], env=ENV, capture_output=True, text=True)
    assert done.returncode == 3 and "holds other files" in done.stderr, done
    assert value(done.stdout, 'mcp_planner_scrape_success{part="cluster"}') == 0
    assert "private_cluster_running" not in done.stdout, "the alert on up would be silent"
    state = json.loads(subprocess.run([BINARY, "status", "--json", "--data-dir", DATA], env=ENV,
                                      capture_output=True, text=True).stdout)
    assert not state["running"], "a scrape has started the database"


def reference():
    printed = metrics("reference")
    with open(os.path.join(TOP, "docs/METRICS.md")) as file:
        inside = file.read().split("<!-- metrics begin -->\n")[1].split("<!-- metrics end -->")[0]
    assert inside.strip() == printed.strip(), "docs/METRICS.md is not what `metrics reference` prints"
    return set(re.findall(r"`(mcp_planner_\w+)`", printed))


def examples_ask_for_what_is_there(known):
    for path in sorted(glob.glob(MONITORING + "/*.json") + glob.glob(MONITORING + "/*.y*ml")):
        with open(path) as file:
            asked = set(re.findall(r"\bmcp_planner_\w+", file.read()))
        for name in sorted(asked):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            assert name in known or base in known, f"{path}: {name} is no metric"


def dashboard_asks_in_promql():
    """promtool reads rules only: each question of the dashboard becomes one."""
    with open(MONITORING + "/dashboard.json") as file:
        panels = json.load(file)["panels"]
    asked = [t["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
             for panel in panels for t in panel.get("targets", [])]
    assert len(asked) > 30
    rules = [{"record": f"asked:{i}", "expr": expr} for i, expr in enumerate(asked)]
    path = DATA + ".rules.json"
    with open(path, "w") as file:  # JSON is YAML
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def main():
    known = reference()
    created = counters_add_up()
    idle_server_adds(created)
    killed_server_loses_no_more_than_its_own(created)
    per_project()
    no_parameters_in_slow_statements()
    told = names(metrics("--per-project", "1"))
    assert told <= known, told - known
    textfile()
    database_away()
    examples_ask_for_what_is_there(known)
    dashboard_asks_in_promql()
    for rules in glob.glob(MONITORING + "/*.rules.yml"):
        subprocess.run(["promtool", "check", "rules", rules], check=True, stdout=subprocess.DEVNULL)
    for tests in glob.glob(MONITORING + "/*.test.yml"):
        subprocess.run(["promtool", "test", "rules", tests], check=True, stdout=subprocess.DEVNULL)
    print(f"metrics: {len(told)} of {len(known)} families told, all checked by promtool")


if __name__ == "__main__":
    main()
