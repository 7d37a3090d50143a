#!/usr/bin/env python3
"""Play a planning session of two roles and a person: examples/session.py BINARY

Two servers share one private PostgreSQL in a throwaway directory: a drafter (--role server) and a
reviewer (--role client). The plan is examples/roadmap.json, the road map of mcp-planner itself.
Only the agents and the person are played; what stands after an arrow, and every tree and trail, is
the answer of the real program.
Exit code 0: the session went as it should; 1: something was wrong, and the last line says what.
"""
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
ANSWER_SECONDS = 60  # the first call makes a database
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WIDTH = 100
COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class Wrong(Exception):
    """Something was not as it should be; the message is for a person."""


# ------------------------------------------------------------------ telling


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def scene(title):
    print(f"\n{paint('1;36', '== ' + title)}", flush=True)


def say(text):
    print(paint("2", textwrap.fill(text, WIDTH)), flush=True)


MARKS = {"[x]": "32", "[ ]": "1", "[.]": "2", "[~]": "33", "[!]": "1;31", "[-]": "2"}


def show(text, indent="    "):
    """What the program answered, as a model reads it."""
    for line in text.split("\n"):
        if COLOUR:
            line = re.sub(r"\[[x .~!-]\]", lambda m: paint(MARKS[m.group()], m.group()), line)
            line = re.sub(r"\b\d+%", lambda m: paint("1", m.group()), line)
        print(f"{indent}{line}", flush=True)


def show_cut(text, lines):
    shown = text.split("\n")
    show("\n".join(shown[:lines]))
    if len(shown) > lines:
        show(f"({len(shown) - lines} more lines)")


def bar(progress):
    done = int(progress * 40)
    print(f"    [{paint('32', '#' * done)}{'.' * (40 - done)}] {progress * 100:.0f}%", flush=True)


# ------------------------------------------------------------------ one agent and its server


class Agent:
    """A host with one server process, speaking JSON-RPC over its stdin and stdout."""

    def __init__(self, binary, name, role, person=None):
        self.name, self.person = name, person
        self.last_id, self.input = 0, b""
        self.process = subprocess.Popen(
            [binary, "serve", "--config", "/dev/null", "--agent", name, "--role", role],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        try:
            self.greet(binary)
        except BaseException:
            self.kill()
            raise

    def greet(self, binary):
        answer = self.request("initialize", {
            "protocolVersion": "2025-11-25",
            "capabilities": {"elicitation": {}} if self.person else {},
            "clientInfo": {"name": "quickstart", "version": "1"}})
        if answer["result"]["serverInfo"]["name"] != "mcp-planner":
            raise Wrong(f"{binary} is not mcp-planner")
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            raise Wrong(f"the server of {self.name} has ended ({self.process.wait()})") from None

    def receive(self):
        deadline = time.monotonic() + ANSWER_SECONDS
        while b"\n" not in self.input:
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(0, deadline - time.monotonic()))
            if not ready:
                raise Wrong(f"the server of {self.name} did not answer in {ANSWER_SECONDS} s")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                raise Wrong(f"the server of {self.name} has ended ({self.process.wait()})")
            self.input += data
        line, self.input = self.input.split(b"\n", 1)
        return json.loads(line)

    def request(self, method, params):
        self.last_id += 1
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("method") == "elicitation/create" and self.person:
                self.send({"jsonrpc": "2.0", "id": message["id"],
                           "result": self.person(message["params"])})
            elif message.get("id") == self.last_id:
                return message

    def call(self, tool, quiet=False, **arguments):
        """Call a tool; its structured answer, with the text under "text"."""
        answer = self.request("tools/call", {"name": tool, "arguments": arguments})
        if "error" in answer:
            raise Wrong(f"{tool}: {answer['error']['message']}")
        result = answer["result"]
        text = result["content"][0]["text"]
        if result.get("isError"):
            raise Wrong(f"{tool}: {text}")
        if not quiet:
            print(f"  {paint('35', self.name)} {tool} -> {text}", flush=True)
        return {**result["structuredContent"], "text": text}

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.process.stdin.close()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Wrong(f"the server of {self.name} did not end with its input") from None
        if code != 0:
            raise Wrong(f"the server of {self.name} ended with {code}")


def expect(condition, problem):
    if not condition:
        raise Wrong(problem)


# ------------------------------------------------------------------ the contents of the argument

DUMP = """A backup is the output of pg_dump, written to the file that was named.
It is one consistent picture, also while agents work.
Nothing else is needed: pg_restore reads it."""

DUMP_AGAIN = """A backup is the output of pg_dump, written to the file that was named.
It is one consistent picture, also while agents work.
The exit code of pg_dump tells whether it is whole.
Nothing else is needed: pg_restore reads it."""

MANIFEST = """A backup is the output of pg_dump under a temporary name, and a manifest beside it.
The manifest has the schema version, and for each table its rows and a hash.
When both are on the disk they get their names, so a file that has its name is whole.
A restore compares with the manifest: an exit code says nothing about a disk that forgot."""

HYBRID = MANIFEST + """
A backup without a manifest is still restored, when the caller says so: old ones have none."""

TOOL = """backup FILE writes the backup and its manifest; restore FILE reads them into an empty store.
Over a store that is not empty only with --replace, and then in one transaction: never half."""


def person(question):
    """The human: a host would show this form; here the answer is prepared."""
    say("The client declared elicitation, so the program asks the person. This is the form that a "
        "host would show; here the script answers it:")
    show_cut(question["message"], 30)
    properties = question["requestedSchema"]["properties"]
    for choice in properties["resolution"]["oneOf"]:
        print(f"    ( ) {choice['const']:8}{choice['title']}")
    for name in properties:
        if name != "resolution":
            print(f"    [____] {properties[name]['title']}: {properties[name]['description']}")
    print(f"  {paint('33', 'the person')} chooses hybrid, writes the content and a reason",
          flush=True)
    return {"action": "accept", "content": {
        "resolution": "hybrid", "content": HYBRID,
        "reason": "The manifest, and the drafter is right that plain dumps must stay readable."}}


# ------------------------------------------------------------------ the session


def plan(drafter):
    roadmap = json.loads((HERE / "roadmap.json").read_text(encoding="utf-8"))
    scene("The plan: mcp-planner's own road map (examples/roadmap.json)")
    drafter.call("create_project", slug="PLAN", name="mcp-planner road map", max_iterations=2,
                 separate_authors=True, human_only=True,
                 description="Coding agents plan together, review each other and finish; a person "
                             "settles what they cannot. What works, and what comes.")
    made = drafter.call("define_tasks", **roadmap)
    keys = {item["ref"]: item["key"] for item in made["items"] if "ref" in item}
    expect(made["created"] > 30 and "backups.design" in keys, "the road map was not stored whole")
    outline = drafter.call("outline", quiet=True, item="PLAN", depth=1)
    show(outline["text"])
    return keys


def finish_what_is_done(drafter, keys):
    scene("What works already is completed, with evidence")
    for ref, key in keys.items():
        if ref.startswith("done.") and ref not in ("done.server", "done.collaboration", "done.informed",
                                                       "done.agents"):
            drafter.call("complete_step", item=key, evidence=[
                {"kind": "test", "reference": "tests/run.sh"}])
    outline = drafter.call("outline", quiet=True, item="PLAN")
    expect("[x]" in outline["text"], "nothing is complete")
    show_cut(outline["text"], 24)


def agree(drafter, reviewer, step):
    scene("A draft, a review, agreement")
    drafter.call("submit_step", step=step, content=TOOL, assessment={"score": 0.4},
                 reasoning="What could destroy a plan has to be asked for.")
    show(TOOL, "      | ")
    work = reviewer.call("get_item", quiet=True, item=step)
    expect(work["server_content"] == TOOL, "the reviewer reads another draft than was written")
    approved = reviewer.call("review_step", step=step, decision="approve", draft=work["draft"],
                             assessment={"score": 0.5})
    expect(approved["status"] == "agreed", f"{step} should be agreed, not {approved['status']}")


def disagree(drafter, reviewer, task, step):
    scene("A draft, and a disagreement that the rounds do not settle")
    drafter.call("submit_step", step=step, content=DUMP, reasoning="The least code.")
    show(DUMP, "      | ")
    feedback = ("A machine that loses power leaves half a file under the right name, and nobody finds "
                "out before the day on which it is needed.")
    reviewer.call("review_step", step=step, decision="revise", draft=1, feedback=feedback)
    show(feedback, "      > ")
    drafter.call("submit_step", step=step, content=DUMP_AGAIN,
                 reasoning="pg_dump knows best whether it came to its end.")
    show(DUMP_AGAIN, "      | ")
    last = reviewer.call("review_step", step=step, decision="counter", content=MANIFEST,
                         reasoning="Only what was compared is a backup.")
    show(MANIFEST, "      | ")
    expect(last["status"] == "disputed", f"{step} should be disputed, not {last['status']}")
    outline = reviewer.call("outline", quiet=True, item=task)
    expect("[!]" in outline["text"], "the outline does not show the dispute")
    show(outline["text"])
    reviewer.call("list_disputes", project="PLAN")


def settle(drafter, step):
    scene("The person decides")
    try:
        drafter.call("resolve_dispute", quiet=True, dispute=step, resolution="server")
    except Wrong as refused:
        print(f"  {paint('35', drafter.name)} {refused}", flush=True)
    else:
        raise Wrong("an agent settled a dispute of a project that lets only a human do so")
    settled = drafter.call("resolve_dispute", dispute=step)
    expect(settled["resolution"] == "hybrid", f"resolved as {settled['resolution']}, not hybrid")
    item = drafter.call("get_item", quiet=True, item=step)
    expect(item["final_content"] == HYBRID, "the final content is not what the person wrote")


def walk_to_the_end(agents):
    scene("A rehearsal of the rest: both agents claim what is ready until nothing is")
    say("(In truth this is still to be built; it is completed here to show how the numbers follow.)")
    count = 0
    while True:
        agent = agents[count % 2]
        ready = agent.call("next_item", quiet=True, project="PLAN", claim=True)
        if not ready["items"]:
            break
        mine = ready["items"][0]
        done = agent.call("complete_step", item=mine["key"], token=mine["token"])
        expect(done["changed"], f"{done['key']} was ready and did not complete")
        count += 1
        if count % 8 == 0:
            bar(agent.call("outline", quiet=True, item="PLAN", limit=1)["progress"])
    print(f"  {paint('35', agent.name)} next_item -> {ready['text']}")
    project = agents[0].call("get_item", quiet=True, item="PLAN")
    bar(project["progress"])
    expect(project["progress"] == 1, f"the progress is {project['progress']}, not 1")


def regret(drafter, task):
    scene("A mistake, and its undoing")
    gone = drafter.call("delete_item", item=task, subtree=True)
    outline = drafter.call("outline", quiet=True, item="PLAN")
    expect(f" {task} " not in outline["text"], f"{task} was deleted and is still there")
    drafter.call("undo", change=gone["change"])
    outline = drafter.call("outline", quiet=True, item=task)
    show(outline["text"])


def look_back(reviewer, step):
    scene(f"The audit trail of {step}, newest first")
    trail = reviewer.call("history", quiet=True, item=step)
    show(trail["text"])
    actions = [row["action"] for row in trail["items"]]
    for action in ("created", "submitted", "reviewed", "disputed", "resolved", "claimed",
                   "completed"):
        expect(action in actions, f"the audit trail of {step} lacks '{action}'")
    everything = reviewer.call("history", quiet=True, item="PLAN", limit=200)
    say(f"The whole project has {len(everything['items'])} audit rows, each written in the "
        "transaction of its change.")


def play(agents):
    drafter, reviewer = agents
    keys = plan(drafter)
    finish_what_is_done(drafter, keys)
    agree(drafter, reviewer, keys["backups.tool"])
    disagree(drafter, reviewer, keys["backups"], keys["backups.design"])
    settle(drafter, keys["backups.design"])
    regret(drafter, keys["watching"])
    walk_to_the_end(agents)
    look_back(reviewer, keys["backups.design"])


# ------------------------------------------------------------------ the throwaway directory


def clean_environment(directory):
    """Only the throwaway database counts, whatever this shell is set up for."""
    for name in list(os.environ):
        if re.match(r"(PLANNER_|PG|DATABASE_|SUPABASE_)", name) and name != "PLANNER_PG_BINDIR":
            del os.environ[name]
    os.environ["PLANNER_DATA_DIR"] = f"{directory}/data"


def stop(binary, directory):
    """The database of the session ends, and its directory with it; True when both are gone."""
    ended = subprocess.run([binary, "stop", "--config", "/dev/null"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False, timeout=60)
    shutil.rmtree(directory, ignore_errors=True)
    if ended.returncode != 0:
        print(ended.stderr, file=sys.stderr)
    return ended.returncode == 0 and not os.path.exists(directory)


def run(binary):
    # Root's database runs as another account, which has to pass through this directory.
    directory = tempfile.mkdtemp(prefix="mcp-planner-quickstart.", dir="/tmp")
    agents = []
    try:
        os.chmod(directory, 0o711)
        clean_environment(directory)
        say("Two servers start, each for one agent; the first call makes a database in "
            f"{directory}, which is removed at the end.")
        agents.append(Agent(binary, "drafter", "server", person))
        agents.append(Agent(binary, "reviewer", "client"))
        play(agents)
        for agent in agents:
            agent.close()
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        for agent in agents:
            agent.kill()
        gone = stop(binary, directory)
    expect(gone, f"something is left of {directory}")


def end(number, frame):
    raise Wrong(f"ended by signal {number}")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for number in ENDING:
        signal.signal(number, end)
    try:
        run(os.path.abspath(sys.argv[1]))
    except (Wrong, OSError, subprocess.TimeoutExpired, KeyError, ValueError) as problem:
        print(paint("1;31", f"the session failed: {problem}"), file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
