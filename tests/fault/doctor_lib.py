"""Shared by doctor_*.py: a store that the program has worked on, and looking at it."""
import json
import os
import pty
import subprocess

from durability import need

BAD = ("warning", "error")
KEYS = {"check", "severity", "seen", "means", "todo"}


def fill(server, slug="DOC"):
    """A project with everything that leaves traces: edits, reviews, disputes, claims, undo."""
    def good(tool, **arguments):
        return server.good(tool, **arguments).data

    good("create_project", name="Doctor", description="A plan that is looked at", slug=slug)
    good("define_tasks", parent=slug, tasks=[
        {"title": "First", "ref": "a", "steps": [{"title": f"one {n}"} for n in range(4)]},
        {"title": "Second", "ref": "b", "depends_on": ["a"], "tasks": [
            {"title": "Deeper", "sequential": True,
             "steps": [{"title": f"two {n}", "content": "Do it, with a word: aardvark."}
                       for n in range(3)]}]},
        {"title": "Third", "ref": "c", "depends_on": ["b"]}])
    step = good("create_step", task=f"{slug}-1", title="Reviewed", content="As it was")["key"]
    good("review_step", step=step, decision="approve")
    other = good("create_step", task=f"{slug}-1", title="Disputed", content="As it was")["key"]
    good("update_project", project=slug, max_iterations=1)
    good("review_step", step=other, decision="counter", content="Otherwise", feedback="no")
    claim = good("claim_item", item=f"{slug}-2")
    good("complete_step", item=f"{slug}-2", token=claim["token"], summary="done",
         evidence=[{"kind": "note", "reference": "seen"}])
    good("complete_step", item=f"{slug}-3", outcome="cancelled")
    good("claim_item", item=f"{slug}-4")
    wide = good("create_step", task=f"{slug}-1", title="Grows", content="- a\n- b\n- c")["key"]
    good("promote_step", step=wide, breakdown=["part one", "part two"])
    gone = good("create_task", parent=slug, title="Goes")["key"]
    good("create_step", task=gone, title="With it")
    good("delete_item", item=gone, subtree=True)
    back = good("delete_item", item=step)
    good("undo", change=back["change"])
    good("update_item", item=f"{slug}-2", title="Renamed to something else")
    return other


def look(place, dsn=None, *arguments, code=None, env=None):
    """The findings by check, and the report."""
    where = ["--dsn", dsn] if dsn else ["--data-dir", place.data]
    done = subprocess.run([place.binary, "doctor", "--json", *where, *arguments], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
                          env={**os.environ, **(env or {})})
    need(done.stdout.startswith("{"), f"no report: {done.returncode} {done.stderr}")
    report = json.loads(done.stdout)
    check_shape(report, done.returncode)
    need(code is None or done.returncode == code, f"exit {done.returncode}: {done.stdout}")
    return {f["check"]: f for f in report["checks"]}, report


def check_shape(report, code):
    need(set(report) == {"ok", "severity", "reached", "counts", "checks"}, f"members: {set(report)}")
    found = [f["severity"] for f in report["checks"]]
    need(report["counts"] == {s: found.count(s) for s in ("ok", "info", "skipped", *BAD)},
         f"counts: {report['counts']}")
    need(report["ok"] == (not any(s in BAD for s in found)), "ok")
    need(code == (0 if report["ok"] else 3), f"exit code {code}")
    for f in report["checks"]:
        wanted = KEYS if f["severity"] in BAD else KEYS - {"means", "todo"}
        need(set(f) == wanted, f"members of {f}")


def bad_of(findings):
    return {name: f["seen"] for name, f in findings.items() if f["severity"] in BAD}


def expect(findings, check, severity, words=""):
    found = findings[check]
    need(found["severity"] == severity and words in found["seen"],
         f"{check} is {found['severity']}, not {severity} with '{words}': {found['seen']}")


def on_a_terminal(command, env=None):
    """What a command writes to a terminal, both streams."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, {**os.environ, "TERM": "xterm", **(env or {})})
    text = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.waitpid(pid, 0)
    os.close(terminal)
    return text.decode()
