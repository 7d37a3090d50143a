"""Every write tool, sent again: by the same process and by two, through faults, at the limits.

    repetition.py BINARY SOCKET_DIRECTORY DATABASE

A write tool that has no case here fails the test. For each: the stored answer is given again under its
request id and nothing is changed by it; other arguments are a conflict; two processes that send one
call at once make one change; done work is no change; a wrong expected_version is told with the right one;
serialization failures and deadlocks are survived without a row more in the audit, and given up after
a bounded number; a COMMIT whose answer is lost is looked up before anything is repeated.
"""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

from round_trips import Proxy, Server

ATTEMPTS = 12  # of one write, in all (service/write.h)
FAULTS = """
CREATE SEQUENCE public.fault_turn;
CREATE TABLE public.fault (n integer, code text);
INSERT INTO public.fault VALUES (0, '40001');
CREATE FUNCTION public.fault() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    f public.fault;
BEGIN
    SELECT * INTO f FROM public.fault;
    IF f.n > 0 AND nextval('public.fault_turn') <= f.n THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = f.code;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER fault BEFORE INSERT ON planner.audit FOR EACH STATEMENT EXECUTE FUNCTION public.fault();
"""


class Cutter(Proxy):
    """A proxy that breaks the connection at the next COMMIT: before it is sent on, or after it was done."""

    when = None  # None, "before", "after"

    def pump(self, client, server):
        cutting = False
        while True:
            ready = select.select([client, server], [], [])[0]
            source = client if client in ready else server
            data = source.recv(1 << 20)
            if not data or cutting:
                break  # what the server answered to COMMIT goes nowhere
            if source is client and self.when and (b"tx commit" in data or b"COMMIT" in data):
                cutting, when, self.when = True, self.when, None
                if when == "before":
                    break
            (server if source is client else client).sendall(data)
        for end in (client, server):
            end.close()


class Psql:
    """Questions to the database beside the program."""

    def __init__(self, dsn):
        self.dsn = dsn

    def __call__(self, statements):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.dsn, "-c", statements],
                              check=True, stdout=subprocess.PIPE, timeout=60)
        return done.stdout.decode().strip()

    def changes(self):
        return self("SELECT count(DISTINCT change) || ' ' || count(*) FROM planner.audit")


class Locker:
    """Holds the audit, so that writers meet there."""

    def __init__(self, psql):
        self.psql = psql
        self.held = subprocess.Popen(["psql", "-XAtq", psql.dsn], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.held.stdin.write(b"BEGIN; LOCK TABLE planner.audit IN EXCLUSIVE MODE; SELECT 'held';\n")
        self.held.stdin.flush()
        self.held.stdout.readline()

    def release_when_waited_for(self, n):
        until = time.monotonic() + 10
        while time.monotonic() < until and int(self.psql(
                "SELECT count(DISTINCT pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE NOT granted AND datname = current_database()")) < n:
            time.sleep(0.02)
        self.held.communicate(b"COMMIT;\n", timeout=20)


class Plan:
    """A project of its own for one check, as a tool's case wants it."""

    count = 0

    def __init__(self, server):
        Plan.count += 1
        self.server, self.slug = server, f"RP{Plan.count}"
        self.do("create_project", name=self.slug, description="d", slug=self.slug, max_iterations=1)
        self.do("create_task", parent=self.slug, title="task")  # 1
        self.do("create_step", task=self.key(1), title="drafted", content="text")  # 2
        self.do("create_step", task=self.key(1), title="empty")  # 3
        self.do("create_task", parent=self.slug, title="other")  # 4

    def key(self, number):
        return f"{self.slug}-{number}"

    def do(self, tool, **arguments):
        return self.server.call(tool, arguments)


def disputed(p):
    p.do("review_step", step=p.key(2), decision="counter", content="no")
    return {"dispute": p.key(2), "resolution": "server"}, {"dispute": p.key(2), "resolution": "client"}


def undoable(p):
    change = p.do("create_task", parent=p.slug, title="to undo")["change"]
    later = p.do("create_task", parent=p.slug, title="to undo, too")["change"]
    return {"change": change}, {"change": later}


def large(p):
    p.do("submit_step", step=p.key(2), content="text, again",
         assessment={"score": 0.9, "should_promote": True, "breakdown": ["a", "b"]})
    return {"project": p.slug}, {"project": p.slug, "dry_run": True}


# The arguments of a call that changes something, and others that would, too.
CASES = {
    "create_project": lambda p: ({"name": p.slug + "N", "description": "d", "slug": p.slug + "N"},
                                 {"name": p.slug + "O", "description": "d"}),
    "update_project": lambda p: ({"project": p.slug, "name": "n"}, {"project": p.slug, "name": "o"}),
    "define_tasks": lambda p: ({"parent": p.slug, "tasks": [{"title": "t", "steps": [{"title": "s"}]}]},
                               {"parent": p.slug, "tasks": [{"title": "u"}]}),
    "create_task": lambda p: ({"parent": p.slug, "title": "t"}, {"parent": p.slug, "title": "u"}),
    "create_step": lambda p: ({"task": p.key(1), "title": "t", "content": "c"},
                              {"task": p.key(1), "title": "u"}),
    "update_item": lambda p: ({"item": p.key(4), "title": "n", "before": p.key(1)},
                              {"item": p.key(4), "title": "o"}),
    "delete_item": lambda p: ({"item": p.key(4)}, {"item": p.key(3)}),
    "link_items": lambda p: ({"item": p.key(4), "depends_on": [p.key(1)]},
                             {"item": p.key(4), "depends_on": [p.key(2)]}),
    "next_item": lambda p: ({"project": p.slug, "claim": True},
                            {"project": p.slug, "claim": True, "lease_seconds": 60}),
    "claim_item": lambda p: ({"item": p.key(2)}, {"item": p.key(3)}),
    "complete_step": lambda p: ({"item": p.key(2)}, {"item": p.key(3)}),
    "submit_step": lambda p: ({"step": p.key(3), "content": "c"}, {"step": p.key(3), "content": "d"}),
    "review_step": lambda p: ({"step": p.key(2), "decision": "approve"},
                              {"step": p.key(2), "decision": "counter", "content": "no"}),
    "assess_complexity": lambda p: (
        {"step": p.key(2), "role": "client", "assessment": {"score": 0.4}},
        {"step": p.key(2), "role": "client", "assessment": {"score": 0.5}}),
    "promote_step": lambda p: ({"step": p.key(2), "breakdown": ["a", "b"]},
                               {"step": p.key(2), "breakdown": ["c"]}),
    "optimize_project": large,
    "resolve_dispute": disputed,
    "undo": undoable,
}
# Sent again without a request id, the work of these is done; the others do it again, or refuse.
DONE_ONCE = {"update_project", "update_item", "link_items", "claim_item", "complete_step",
             "assess_complexity", "optimize_project"}


class Wrong(Exception):
    pass


def need(condition, *what):
    if not condition:
        raise Wrong(" ".join(str(w)[:600] for w in what))


class Checks:
    def __init__(self, psql, servers, cutter, cut):
        self.psql, self.servers, self.cutter, self.cut = psql, servers, cutter, cut
        self.server = servers[0]

    def case(self, tool):
        return CASES[tool](Plan(self.server))

    def changed_by(self, act):
        """What act answers, and how many changes and rows of the audit came of it."""
        before = [int(n) for n in self.psql.changes().split()]
        answer = act()
        after = [int(n) for n in self.psql.changes().split()]
        return answer, (after[0] - before[0], after[1] - before[1])

    def ok(self, tool, arguments, server=None):
        result = (server or self.server).ask("tools/call", {"name": tool, "arguments": arguments})
        need(not result.get("isError"), "refused:", result["content"])
        return result["structuredContent"]

    def no(self, tool, arguments, server=None):
        result = (server or self.server).ask("tools/call", {"name": tool, "arguments": arguments})
        need(result.get("isError"), "was not refused:", result.get("structuredContent"))
        return result

    def usual(self, tool):
        """One call without trouble: the change, and its rows."""
        arguments = self.case(tool)[0]
        answer, made = self.changed_by(lambda: self.ok(tool, arguments))
        need(made[0] == 1, made, "changes; answered", answer)
        return made

    def same_id_gives_the_stored_answer(self, tool):
        arguments, other = self.case(tool)
        arguments["request_id"] = other["request_id"] = f"{tool} {Plan.count}"
        first = self.ok(tool, arguments)
        again, made = self.changed_by(lambda: self.ok(tool, arguments, self.servers[1]))
        need(again.pop("replayed") is True, again)
        for answer in (first, again):
            answer.pop("says", None)
        need(first == again and made == (0, 0), first, again, made)
        refused, made = self.changed_by(lambda: self.no(tool, other))
        need("'request_id'" in refused["content"][0]["text"] and made == (0, 0), refused, made)

    def one_call_by_two_processes_is_one_change(self, tool):
        arguments = self.case(tool)[0]
        arguments["request_id"] = f"{tool} {Plan.count}"
        answers = [None, None]

        def send(nth):
            answers[nth] = self.servers[nth].ask("tools/call", {"name": tool, "arguments": arguments})

        def both():
            locker = Locker(self.psql)
            threads = [threading.Thread(target=send, args=(n,)) for n in range(2)]
            for thread in threads:
                thread.start()
            locker.release_when_waited_for(2)
            for thread in threads:
                thread.join(60)

        made = self.changed_by(both)[1]
        texts = [answer["content"][0]["text"] for answer in answers]
        need(not any(answer.get("isError") for answer in answers), texts)
        replayed = [answer["structuredContent"].get("replayed", False) for answer in answers]
        need(made[0] == 1 and sorted(replayed) == [False, True], made, replayed, texts)

    def done_work_is_no_change(self, tool):
        arguments = self.case(tool)[0]
        self.ok(tool, arguments)
        again = self.server.ask("tools/call", {"name": tool, "arguments": arguments})
        if tool in DONE_ONCE:
            need(again.get("structuredContent", {}).get("changed") is False, again["content"])

    def a_wrong_version_is_told_with_the_right_one(self, tool):
        arguments = self.case(tool)[0]
        refused, made = self.changed_by(lambda: self.no(tool, {**arguments, "expected_version": 999}))
        version = refused["_meta"]["current_version"]
        need(made == (0, 0) and isinstance(version, int), refused, made)
        self.ok(tool, {**arguments, "expected_version": version})

    def faults_are_survived_without_a_row_more(self, tool):
        usual = self.usual(tool)
        for code in ("40001", "40P01"):
            arguments = self.case(tool)[0]
            self.psql(f"SELECT setval('public.fault_turn', 1, false);"
                      f" UPDATE public.fault SET n = 3, code = '{code}'")
            made = self.changed_by(lambda: self.ok(tool, arguments))[1]
            turns = int(self.psql("SELECT last_value FROM public.fault_turn"))
            self.psql("UPDATE public.fault SET n = 0")
            need(made == usual and turns >= 4, code, made, "not", usual, "after", turns, "turns")

    def faults_without_end_are_given_up(self, tool):
        arguments = self.case(tool)[0]
        self.psql("SELECT setval('public.fault_turn', 1, false); UPDATE public.fault SET n = 1000")
        refused, made = self.changed_by(lambda: self.no(tool, arguments))
        turns = int(self.psql("SELECT last_value FROM public.fault_turn"))
        self.psql("UPDATE public.fault SET n = 0")
        need("call again" in refused["content"][0]["text"] and made == (0, 0), refused, made)
        need(turns == ATTEMPTS, turns, "attempts")
        self.ok(tool, arguments)

    def a_lost_commit_is_looked_up(self, tool):
        usual = self.usual(tool)
        for when in ("before", "after"):
            for request_id in (None, f"{tool} {when} {Plan.count}"):
                arguments = self.case(tool)[0]
                if request_id:
                    arguments["request_id"] = request_id
                self.cut.ask("tools/call", {"name": "list_projects", "arguments": {}})  # connects
                self.cutter.when = when
                act = lambda: self.cut.ask("tools/call", {"name": tool, "arguments": arguments})
                answer, made = self.changed_by(act)
                text = answer["content"][0]["text"]
                need(self.cutter.when is None, "there was no COMMIT")
                need(made == usual, when, made, "not", usual, text)
                if when == "before" or request_id:
                    need(not answer.get("isError"), when, request_id, text)
                else:
                    need("it was stored" in text, text)

    def request_ids_have_1_to_64_characters(self, tool):
        arguments = self.case(tool)[0]
        for bad in ("", "x" * 65, "ä" * 65):
            refused = self.no(tool, {**arguments, "request_id": bad})
            need("'request_id'" in refused["content"][0]["text"], refused)
        self.ok(tool, {**arguments, "request_id": f"{Plan.count:05}" + "ä" * 59})

    def all_of(self, tool, schema):
        yield self.same_id_gives_the_stored_answer
        yield self.one_call_by_two_processes_is_one_change
        yield self.done_work_is_no_change
        if "expected_version" in schema["properties"]:
            yield self.a_wrong_version_is_told_with_the_right_one
        yield self.faults_are_survived_without_a_row_more
        yield self.faults_without_end_are_given_up
        yield self.a_lost_commit_is_looked_up
        yield self.request_ids_have_1_to_64_characters


def run(checks, tools, only):
    passed, failed = 0, []
    for name, tool in tools.items():
        if tool["annotations"]["readOnlyHint"] or (only and name not in only):
            continue
        if name not in CASES:
            failed.append(f"{name} has no case here")
            continue
        for check in checks.all_of(name, tool["inputSchema"]):
            try:
                check(name)
                passed += 1
            except (Wrong, AssertionError, KeyError) as wrong:
                failed.append(f"{name}: {check.__name__}: {wrong!r}"[:1500])
    return passed, failed


def main():
    binary, target, database, *only = sys.argv[1:]
    direct = f"host={target} user=planner dbname={database}"
    psql = Psql(direct)
    psql(FAULTS)
    with tempfile.TemporaryDirectory() as directory:
        cutter = Cutter(directory, os.path.join(target, ".s.PGSQL.5432"))
        servers = [Server(binary, direct), Server(binary, direct)]
        cut = Server(binary, f"host={directory} user=planner dbname={database}")
        tools = {tool["name"]: tool for tool in servers[0].ask("tools/list", {})["tools"]}
        passed, failed = run(Checks(psql, servers, cutter, cut), tools, only)
        for server in (*servers, cut):
            if server.close() != 0:
                failed.append("a server did not end well")
    for line in failed:
        print("FAILED:", line)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
