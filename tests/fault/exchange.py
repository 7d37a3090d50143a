"""A store that agents have worked on, exported, imported into another one and exported again: the same
bytes, and work goes on there. Imports that are killed at any moment leave nothing; damaged files,
files that are there already and ones that differ change nothing and say why."""
import hashlib
import json
import pathlib
import subprocess
import time

from durability import main, need

ITEMS = 1 + 30 * 50  # of the large file
KILLS = (0, 0.4)  # after it began to write, parts of the time that a dry run takes


def work(server):
    """Something of everything: reviews, disputes, evidence, moves, deletes, undone changes, claims."""
    server.good("create_project", name="Round trip", description="a plan, ü and 🙂 in it", slug="TRIP",
                max_iterations=1)
    server.good("define_tasks", parent="TRIP", tasks=[
        {"title": "One", "steps": [{"title": "a"}, {"title": "b \\ \"q\" `x`"}, {"title": "c"}]},
        {"title": "Two", "steps": [{"title": "d"}, {"title": "e"}]}])
    server.good("link_items", item="TRIP-7", depends_on=["TRIP-2"])
    for step in ("TRIP-2", "TRIP-3", "TRIP-4"):
        server.good("submit_step", step=step, content=f"content of {step}\n\ttab", ready=True)
    server.good("review_step", step="TRIP-2", decision="approve")
    server.good("review_step", step="TRIP-3", decision="counter", content="mine", feedback="so")
    server.good("resolve_dispute", dispute="TRIP-3", resolution="custom", content="settled")
    server.good("review_step", step="TRIP-4", decision="revise", feedback="no", agent="agent-z")
    server.good("complete_step", item="TRIP-2", request_id="trip-1", summary="done",
                evidence=[{"kind": "commit", "reference": "abc", "summary": "x"}])
    server.good("promote_step", step="TRIP-6", breakdown=["p", "q"])
    server.good("update_item", item="TRIP-5", before="TRIP-1")
    gone = server.good("delete_item", item="TRIP-8").data["change"]
    server.good("undo", change=gone)
    server.good("delete_item", item="TRIP-9")
    server.good("next_item", project="TRIP", claim=True, lease_seconds=86400)


def sum_of(path):
    """As docs/EXPORT.md says: of all lines but the last."""
    lines = pathlib.Path(path).read_bytes().splitlines(keepends=True)
    return hashlib.sha256(b"".join(lines[:-1])).hexdigest(), json.loads(lines[-1])["trailer"]


def run(place, data, *arguments, code=0):
    done = place.command(*arguments, "--data-dir", data)
    need(done.returncode == code, f"{arguments}: {done.returncode}: {done.stdout} {done.stderr}")
    return done


def there_and_back(place, other):
    one, two = f"{place.directory}/one.jsonl", f"{place.directory}/two.jsonl"
    told = json.loads(run(place, place.data, "export", one, "--json").stdout)
    need(sum_of(one)[0] == told["sha256"] == sum_of(one)[1]["sha256"], "the sum is another")
    need("exists" in run(place, place.data, "export", one, code=2).stderr, "it was replaced")
    dry = json.loads(run(place, other, "import", one, "--dry-run", "--json").stdout)
    need(not dry["stored"] and dry["kinds"]["item"]["added"] >= 10, f"dry run: {dry}")
    told = run(place, other, "import", one, "--json", "--log-format", "json", "--log-level", "info")
    said = [json.loads(line)["message"] for line in told.stderr.splitlines()]
    need(any(line.endswith(" lines") for line in said), f"no word about progress: {said}")
    told = json.loads(told.stdout)
    for kind, count in told["kinds"].items():
        parts = sum(count[part] for part in ("same", "added", "differing", "not_there", "left_out"))
        need(count["file"] == parts, f"{kind} does not add up: {count}")
    need(told["stored"] and dry["kinds"] == told["kinds"], f"not what the dry run said: {told}")
    run(place, other, "export", "--all", two)
    need(pathlib.Path(one).read_bytes() == pathlib.Path(two).read_bytes(), "other bytes came back")
    again = json.loads(run(place, other, "import", one, "--json").stdout)
    need(not again["stored"] and not again["refused"], f"again: {again}")
    return one


def work_goes_on(place, other, one):
    server = place.serve("--data-dir", other)
    change = server.good("create_task", parent="TRIP", title="new here").data["change"]
    server.good("undo", change=change)
    need("TRIP-2" in server.good("search", project="TRIP", query="content of").text, "search finds nothing")
    server.good("history", item="TRIP-2")
    place.end(server)
    differs = run(place, other, "import", one, code=3).stdout
    need("TRIP: " in differs and "nothing was stored" in differs, differs)
    piped = subprocess.run([place.binary, "import", "-", "--as", "COPY", "--data-dir", other],
                           input=pathlib.Path(one).read_bytes(), capture_output=True, check=False)
    need(piped.returncode == 0 and b"COPY        added" in piped.stdout, f"a pipe: {piped}")
    run(place, other, "export", "TRIP", f"{place.directory}/trip.jsonl")
    run(place, other, "import", f"{place.directory}/trip.jsonl", "--as", "COPY2")
    run(place, other, "export", f"{place.directory}/three.jsonl")
    need("'as' is for a file with one project" in run(
        place, other, "import", f"{place.directory}/three.jsonl", "--as", "COPY3", code=1).stderr,
        "three projects as one copy")
    need(place.sql("SELECT count(*) FROM planner.projects p, planner.roll_check(p.id)",
                   connection(place, other)) == "0", "counters are wrong")


def connection(place, data):
    return json.loads(run(place, data, "status", "--json").stdout)["connection"]


def damaged(place, other, one):
    whole = pathlib.Path(one).read_bytes()
    lines = whole.splitlines(keepends=True)
    before = run(place, other, "export", "-").stdout
    for what, content, words in (
            ("cut", whole[:len(whole) // 2], "cut off"),
            ("short", b"".join(lines[:-1]), "the trailer is missing"),
            ("changed", whole.replace(b"content of TRIP-3", b"content of TRIP-4", 1), "sha256"),
            ("newer", whole.replace(b'"version":1', b'"version":2', 1), "version 2"),
            ("nul", whole.replace(b"content of", b"content\\u0000of", 1), "U+0000"),
            ("utf8", whole.replace(b"content of", b"content\xffof", 1), "invalid UTF-8")):
        path = f"{place.directory}/{what}.jsonl"
        pathlib.Path(path).write_bytes(content)
        said = run(place, other, "import", path, code=1).stderr
        need(words in said and "line " in said and "nothing was stored" in said, f"{what}: {said}")
    need(run(place, other, "export", "-").stdout == before, "something changed")


def killed_at(place, other, big, seconds):
    """Kill an import so long after it began to write; how many items are there then."""
    writes = "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
    process = subprocess.Popen([place.binary, "import", big, "--data-dir", other],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while place.sql(writes, connection(place, other)) == "0":
        need(process.poll() is None, "the import ended before it was seen to write")
    time.sleep(seconds)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while place.sql("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <>"
                    " pg_backend_pid() AND backend_type = 'client backend'",
                    connection(place, other)) != "0":
        need(time.monotonic() < deadline, "a killed import's session goes on")
        time.sleep(0.1)
    return int(place.sql("SELECT count(*) FROM planner.items i JOIN planner.projects p"
                         " ON p.id = i.project_id WHERE p.slug = 'BIG'", connection(place, other)))


def killed(place, other):
    """A large file, killed on the way: nothing of it is there, and then it comes in whole."""
    big = f"{place.directory}/big.jsonl"
    slug = "BIG"
    server = place.serve()
    server.good("create_project", name="Big", description="large enough to be killed", slug=slug)
    server.good("define_tasks", parent=slug, tasks=[
        {"title": f"task {n}", "objective": f"why {n} " * 20,
         "steps": [{"title": f"step {n}.{m}", "content": f"how {m} " * 50} for m in range(49)]}
        for n in range(30)])
    place.end(server)
    run(place, place.data, "export", slug, big)
    begun = time.monotonic()
    run(place, other, "import", big, "--dry-run")
    took = time.monotonic() - begun
    there = [killed_at(place, other, big, part * took) for part in KILLS]
    need(there[0] == 0 and there[-1] in (0, ITEMS), f"a part of it is there: {there}")
    told = json.loads(run(place, other, "import", big, "--json").stdout)
    need(told["stored"] or there[-1] == ITEMS, f"{told}")
    run(place, other, "export", slug, f"{big}.again.jsonl")
    need(place.sql("SELECT count(*) FROM planner.projects p, planner.roll_check(p.id)",
                   connection(place, other)) == "0", "counters are wrong")
    place.note(f"an import of {told['lines']} lines takes {took:.1f} s")


def everything(place):
    other = f"{place.directory}/other"
    server = place.serve()
    work(server)
    keep = place.serve("--data-dir", other)
    keep.good("list_projects")
    try:
        one = there_and_back(place, other)
        work_goes_on(place, other, one)
        damaged(place, other, one)
        killed(place, other)
    finally:
        place.end(keep)
        place.command("stop", "--data-dir", other)


if __name__ == "__main__":
    main(everything)
