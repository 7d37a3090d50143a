"""What other programs have, taken over: the samples that those programs made are counted here without
the importers, and every count, status, edge and time has to agree; again, nothing changes; a source
that has grown, damaged sources, circles and limits. No source is ever written."""
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3

from durability import main, need

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "exchange" / "samples"
DIGEST = "SELECT count(*), max(change) FROM planner.audit"
FULL = os.environ.get("FULL") == "1"


def take(place, path, *arguments, code=0):
    done = place.command("import", str(path), "--json", "--data-dir", place.data, *arguments)
    need(done.returncode == code, f"{path}: {done.returncode}: {done.stdout} {done.stderr}")
    told = json.loads(done.stdout)
    for kind in told.get("kinds", []):
        parts = sum(kind[part] for part in ("added", "kept", "there", "updated", "differs", "refused"))
        need(kind["source"] == parts, f"{path}: {kind} does not add up")
    return told


def counts(told, part="source"):
    return {kind["kind"]: kind[part] for kind in told["kinds"] if kind[part]}


def tree_sum(path):
    """Every name and byte below a source, times of change too."""
    path = pathlib.Path(path)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else \
        sorted(path.parent.glob(path.name + "*"))
    sums = hashlib.sha256()
    for file in files:
        sums.update(f"{file} {file.stat().st_mtime_ns} ".encode() + file.read_bytes())
    return sums.hexdigest()


# ------------------------------------------------------------------ counting without the importers

def count_taskmaster(path):
    found = collections.Counter()
    tags = json.loads((path / ".taskmaster/tasks/tasks.json").read_text())
    for tag in tags.values():
        found["tag"] += 1
        for task in tag["tasks"]:
            found["task"] += 1
            found["dependency"] += len(task["dependencies"])
            for subtask in task["subtasks"]:
                found["subtask"] += 1
                found["dependency"] += len(subtask["dependencies"])
    return found


def count_backlog(path):
    found = collections.Counter()
    kinds = {"tasks": "task", "completed": "task", "archive": "task", "drafts": "draft",
             "docs": "document", "decisions": "decision", "milestones": "milestone"}
    for file in (path / "backlog").rglob("*"):
        if file.is_file():
            first = file.relative_to(path / "backlog").parts[0]
            found[kinds.get(first, "config")] += 1
            front = file.read_text().split("\n---\n")[0]
            listed = re.search(r"^dependencies:\n((?:  - .*\n)+)", front, re.M)
            found["dependency"] += len(listed.group(1).splitlines()) if listed else 0
    return found


def count_beads(path):
    found = collections.Counter()
    for line in path.read_text().splitlines():
        issue = json.loads(line)
        if issue["status"] == "tombstone":
            found["tombstone"] += 1
        elif issue.get("ephemeral"):
            found["ephemeral issue"] += 1
        elif issue["issue_type"] in ("event", "message"):
            found[issue["issue_type"]] += 1
        else:
            found["issue"] += 1
            found["dependency"] += sum(d["type"] == "blocks" for d in issue.get("dependencies", []))
    return found


def count_dhafnck(path):
    found = collections.Counter()
    called = {"project_git_branchs": "branch", "tasks": "task", "task_subtasks": "subtask",
              "subtasks": "subtask"}
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"
                                     " AND name NOT LIKE 'sqlite_%'").fetchall():
        n = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        found[called.get(table, table)] += n
        if table == "task_dependencies":
            found["dependency"] += n
    database.close()
    return found


SOURCES = [("taskmaster", SAMPLES / "taskmaster", count_taskmaster),
           ("backlog", SAMPLES / "backlog", count_backlog),
           ("beads", SAMPLES / "beads/issues.jsonl", count_beads)] + \
          [("dhafnck", SAMPLES / "dhafnck" / f"{name}.db", count_dhafnck)
           for name in ("dump-2025-07", "orm-2025-09", "schema-2025-09")]


def samples_are_taken_over(place):
    for program, path, count in SOURCES:
        before = tree_sum(path)
        expected = {kind: n for kind, n in count(path).items() if n}
        dry = take(place, path, "--dry-run")
        need(dry["program"] == program, f"{path} is taken for {dry['program']}")
        need(counts(dry) == expected, f"{path}: {counts(dry)}, but there are {expected}")
        slugs = [project["slug"] for project in dry["projects"]]
        told = take(place, path)
        need(counts(told, "added") == counts(dry, "added"), f"{path}: the dry run said otherwise")
        for project in told["projects"]:
            place.check_store(project["slug"])
            n = place.sql("SELECT count(*) FROM planner.items i JOIN planner.projects p"
                          f" ON p.id = i.project_id WHERE p.slug = '{project['slug']}'"
                          " AND i.kind <> 'project'")
            need(int(n) >= project["items"], f"{project} has {n}")
        again = take(place, path)
        need(not counts(again, "added") and not counts(again, "kept")
             and not counts(again, "differs"), f"{path}, again: {again['kinds']}")
        need([p["slug"] for p in again["projects"]] == slugs,
             f"{path}, again: {again['projects']}")
        need(tree_sum(path) == before, f"{path} was written")
        place.note(f"{path.name}: {told['kinds'][0]['kind']} {sum(counts(told, 'added').values())}"
                   f" added, {sum(counts(told, 'kept').values())} kept,"
                   f" {sum(counts(told, 'refused').values())} refused")


def what_is_stored(place):
    """Statuses, priorities, order, times, edges and texts of the samples, looked up one by one."""
    def row(record):
        return place.rows(
            "SELECT i.kind, i.status, i.priority, coalesce(i.assignee, ''), u.title, i.n_blockers,"
            " coalesce(to_char(i.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '')"
            " FROM planner.origins o JOIN planner.items i ON i.id = o.item_id"
            f" JOIN planner.items u ON u.id = i.parent_id WHERE o.source_id = 'item:{record}'")[0]

    need(row("master/1")[:5] == ["task", "complete", "75", "", "master"], row("master/1"))
    need(row("master/2.2")[:3] == ["step", "open", "0"] and row("master/2.2")[5] == "1",
         row("master/2.2"))
    need(row("master/5")[1] == "cancelled" and row("master/6")[1] == "open", "task-master's statuses")
    need(row("TASK-1")[:4] == ["task", "open", "75", "@mira"], row("TASK-1"))
    need(row("TASK-1.2.1")[4] == "Second coat" and row("TASK-5")[1] == "cancelled"
         and row("TASK-6")[1] == "complete", "Backlog.md's tree and folders")
    need(row("bd-2oo.1")[4].startswith("Edge Schema") and row("bd-2oo.1")[6].startswith("2025-"),
         row("bd-2oo.1"))
    need(row("task:7b0e5c1a-0001-4000-8000-000000000021")[:4] == ["task", "complete", "75", ""],
         row("task:7b0e5c1a-0001-4000-8000-000000000021"))
    text = place.sql("SELECT objective FROM planner.items WHERE title LIKE 'This title says%'")
    need("both times" in text, "the long title does not stand in the text")
    need(place.sql("SELECT max(char_length(title)) FROM planner.items") == "200", "a title's length")
    record = place.sql("SELECT record FROM planner.origins WHERE source_id = 'item:TASK-4'")
    file = next((SAMPLES / "backlog/backlog/tasks").glob("task-4*"))
    need(record.strip() == file.read_text().strip(), "a record is not verbatim")
    for slug, in place.rows("SELECT slug FROM planner.projects"):
        place.check_store(slug)
    looked = place.command("doctor", "--json", "--data-dir", place.data)
    bad = [c for c in json.loads(looked.stdout)["checks"]
           if c["check"] in ("counters", "blockers", "tree", "order", "steps", "circles", "search",
                             "audit") and c["severity"] in ("warning", "error")]
    need(not bad, f"doctor: {bad}")


def what_is_kept_can_be_looked_at(place):
    """What has no place here is told by get_item: with the item, or with its project."""
    server = place.serve()
    key = place.sql("SELECT p.slug || '-' || i.number FROM planner.origins o"
                    " JOIN planner.items i ON i.id = o.item_id"
                    " JOIN planner.projects p ON p.id = i.project_id WHERE o.source_id = 'item:TASK-4'")
    file = next((SAMPLES / "backlog/backlog/tasks").glob("task-4*")).read_text()
    named = server.good("get_item", item=key)
    need("\nfrom backlog task TASK-4 (include origin has its record)" in named.text, named.text)
    need([list(row) for row in named.data["origin"]] == [["program", "kind", "id", "at"]], named.data)
    told = server.good("get_item", item=key, include=["origin"])
    need(told.data["origin"][0]["record"].strip() == file.strip(), told.data["origin"])
    need("origin: backlog task TASK-4, as read " in told.text and file.strip() in told.text, told.text)
    kept = server.good("get_item", item=key.split("-")[0], include=["origin"])
    need({row["kind"] for row in kept.data["origin"]} ==
         {"place", "config", "decision", "document", "draft", "milestone"}, kept.data["origin"])
    need("Maybe a terrace" in kept.text, kept.text)
    place.end(server)


# ------------------------------------------------------------------ sources made here

def beads(place, name, issues):
    home = pathlib.Path(place.directory) / name / ".beads"
    home.mkdir(parents=True, exist_ok=True)
    (home / "issues.jsonl").write_text("".join(json.dumps(issue) + "\n" for issue in issues))
    return home.parent


def issue(name, *needs, parent=None, **more):
    edges = [{"issue_id": name, "depends_on_id": need, "type": "blocks"} for need in needs]
    edges += [{"depends_on_id": parent, "type": "parent-child"}] if parent else []
    return {"id": name, "title": name, "status": "open", "priority": 2, "issue_type": "task",
            "created_at": "2025-01-01T00:00:00Z", "dependencies": edges, **more}


def grown_and_changed(place):
    first = [issue("g-1"), issue("g-2", "g-1", parent="g-1"), issue("g-3", status="closed")]
    path = beads(place, "grown", first)
    slug = take(place, path)["projects"][0]["slug"]
    first[0]["title"] = "changed"
    path = beads(place, "grown", first + [issue("g-4", "g-1", parent="g-3"), issue("g-5")])
    told = take(place, path)
    need(counts(told, "added") == {"issue": 2, "dependency": 1}, told["kinds"])
    need(counts(told, "differs") == {"issue": 1}, told["kinds"])
    need(told["differences"] == [{
        "kind": "issue", "id": "g-1", "item": f"{slug}-1", "taken_over": False,
        "fields": [{"field": "title", "here": "g-1", "source": "changed"}]}], told["differences"])
    place.check_store(slug)
    change = told["projects"][0]["change"]
    need(place.sql("SELECT status FROM planner.items WHERE title = 'g-3'") == "open",
         "an open child does not open its parent")
    need(place.rows("SELECT action FROM planner.audit a JOIN planner.items i ON i.id = a.entity_id"
                    " WHERE i.title = 'g-3' ORDER BY a.id") == [["created"], ["reopened"]],
         "the parent's reopening is not in the history")
    # What was deleted or cancelled here takes nothing more, and stays as it is.
    server = place.serve()
    undone = server.good("undo", change=change).data["change"]
    place.check_store(slug)
    need(not counts(take(place, path), "added"), "what was undone here came again")
    server.good("undo", change=undone)
    server.good("delete_item", item=f"{slug}-5")
    server.good("complete_step", item=f"{slug}-4", outcome="cancelled")
    place.end(server)
    grown = [issue("g-6", parent="g-5"), issue("g-7", parent="g-4")]
    path = beads(place, "grown", first + [issue("g-4", "g-1", parent="g-3"), issue("g-5")] + grown)
    told = take(place, path)
    need(counts(told, "refused")["issue"] >= 1 and len(told["remarks"]) >= 2, told)
    place.check_store(slug)


def toys(place, tasks):
    """A source of task-master, whose subtasks become steps."""
    home = pathlib.Path(place.directory) / "toys/.taskmaster/tasks"
    home.mkdir(parents=True, exist_ok=True)
    (home / "tasks.json").write_text(json.dumps({"master": {"tasks": tasks}}))
    return home.parent.parent


def toy(number, *needs, **more):
    return {"id": number, "title": f"t-{number}", "description": "", "status": "pending",
            "dependencies": list(needs), "subtasks": [], **more}


def fields(told):
    return {d["item"].split("-")[1]: ({f["field"] for f in d["fields"]}, d["taken_over"],
                                      d.get("why_not")) for d in told["differences"]}


def told_and_taken_over(place):
    """What has changed there is told field by field; --update takes it over where nobody changed it
    here, each item with the audit rows of any other change, so that undo takes it back."""
    sub = [toy(1, description="one"), toy(2, description="two"), toy(3), toy(4, description="four")]
    tasks = [toy(1, subtasks=sub), toy(2, 1), toy(3, 2), toy(4), toy(5), toy(6), toy(7, tags=["a"]),
             toy(8, subtasks=[toy(1)])]
    path = toys(place, tasks)
    slug = take(place, path)["projects"][0]["slug"]
    # 1 (2 to 5), 6 to 11, 12 (13)
    server = place.serve()
    server.good("submit_step", step=f"{slug}-5", content="mine")
    server.good("update_item", item=f"{slug}-8", title="mine")
    server.good("delete_item", item=f"{slug}-9")
    server.good("claim_item", item=f"{slug}-10")
    tasks[0].update(title="train", description="of wood", priority="high", status="done")
    sub[0].update(description="one, larger", status="done")
    sub[1].update(title="second")
    sub[2].update(description="three")
    sub[3].update(description="four, larger")
    tasks[1].update(dependencies=[])
    tasks[2].update(dependencies=[1, 2])
    tasks[3].update(title="theirs", dependencies=[2])
    tasks[4].update(title="theirs")
    tasks[5].update(title="theirs")
    tasks[6].update(tags=["a", "b"], status="in-progress")
    tasks[7]["subtasks"][0].update(status="cancelled")
    toys(place, tasks)
    before = place.sql(DIGEST)
    told = take(place, path)
    need(place.sql(DIGEST) == before and not counts(told, "updated"), "told, and changed")
    need(fields(told) == {
        "1": ({"title", "text", "priority", "status"}, False, None),
        "2": ({"text", "status"}, False, None),
        "3": ({"title"}, False, None), "4": ({"text"}, False, None),
        "5": ({"text"}, False, "it was changed here, too"), "6": ({"depends_on"}, False, None),
        "7": ({"depends_on"}, False, None),
        "8": ({"title", "depends_on"}, False, "it was changed here, too"),
        "9": ({"title"}, False, "it was deleted here"),
        "10": ({"title"}, False, "it is claimed by " + place.sql("SELECT agent FROM planner.claims")),
        "11": ({"tags", "status"}, False, None), "13": ({"status"}, False, None)}, fields(told))
    need({f["field"]: f for f in told["differences"][-2]["fields"]}["tags"] ==
         {"field": "tags", "kept": '["a"]', "source": '["a","b"]'}, told["differences"])
    need(counts(take(place, path, "--update", "--dry-run"), "updated") == counts(
        told := take(place, path, "--update"), "updated") == {"task": 4, "subtask": 4}, told["kinds"])
    need(told["projects"][0]["updated"] == 7 and counts(told, "differs") ==
         {"task": 3, "subtask": 1, "dependency": 1}, told)
    state = ("SELECT i.number, i.title, coalesce(i.objective, t.content, ''), i.status, i.priority,"
             " coalesce(s.status, ''), array(SELECT b.number FROM planner.deps d JOIN planner.items b"
             " ON b.id = d.blocked_by WHERE d.item_id = i.id ORDER BY 1)"
             " FROM planner.items i JOIN planner.projects p ON p.id = i.project_id"
             " LEFT JOIN planner.steps s ON s.id = i.id LEFT JOIN planner.iterations t"
             f" ON t.step_id = s.id AND t.number = s.server_number WHERE p.slug = '{slug}'"
             " AND i.kind <> 'project' ORDER BY 1")
    updated = place.rows(state)
    need([row[1:] for row in updated] == [
        ["train", "of wood", "open", "75", "", "{}"],
        ["t-1", "one, larger", "complete", "0", "client_review", "{}"],
        ["second", "two", "open", "0", "client_review", "{}"],
        ["t-3", "three", "open", "0", "client_review", "{}"],
        ["t-4", "mine", "open", "0", "client_review", "{}"],
        ["t-2", "", "open", "0", "", "{}"], ["t-3", "", "open", "0", "", "{1,6}"],
        ["mine", "", "open", "0", "", "{}"], ["t-5", "", "open", "0", "", "{}"],
        ["t-6", "", "open", "0", "", "{}"], ["t-7", "", "open", "0", "", "{}"],
        ["t-8", "", "open", "0", "", "{}"], ["t-1", "", "cancelled", "0", "pending", "{}"]], updated)
    place.check_store(slug)
    need('"b"' in place.sql("SELECT record FROM planner.origins WHERE source_id = 'item:master/7'"
                            " OR source_id = 'item:7'"), "the record that is kept is the old one")
    again = take(place, path, "--update")
    need(not counts(again, "updated") and not counts(again, "added"), again["kinds"])
    # Undo takes all of it back; what was taken back was decided here, and does not come again.
    undone = server.good("undo", change=told["projects"][0]["change"]).data["change"]
    place.check_store(slug)
    was = place.rows(state)
    need(was[0][1:] == ["t-1", "", "open", "0", "", "{}"] and was[1][2:4] == ["one", "open"]
         and was[3][2] == "" and was[5][6] == "{1}" and was[6][6] == "{6}" and was[12][3] == "open", was)
    need(not counts(take(place, path, "--update"), "updated"), "what was undone came again")
    server.good("undo", change=undone)
    need(place.rows(state) == updated, "done again, it is not the same")
    place.check_store(slug)
    server.good("claim_item", item=f"{slug}-10", action="release",
                token=server.good("claim_item", item=f"{slug}-10").data["token"])
    place.end(server)
    # The claim is gone; a circle that the source has now is left out, and said.
    tasks[1].update(dependencies=[3])
    toys(place, tasks)
    told = take(place, path, "--update")
    need(fields(told)["10"] == ({"title"}, True, None), told["differences"])
    place.check_store(slug)


def decided_here_stays(place):
    """A review is a change, also after a record with it was renewed; and nothing is opened below what the
    same import cancels."""
    sub = [toy(1, description="one"), toy(2, status="cancelled")]
    tasks = [toy(11, subtasks=sub[:1]), toy(12, subtasks=sub[1:])]
    path = toys(place, tasks)
    slug = take(place, path, "--project", "TOYSB")["projects"][0]["slug"]
    again = ("--project", slug, "--update")
    server = place.serve()
    server.good("review_step", step=f"{slug}-2", decision="approve")
    sub[0].update(tags=["a"])
    toys(place, tasks)
    need(fields(take(place, path, *again)) == {"2": ({"tags"}, True, None)}, "the record is not renewed")
    sub[0].update(description="one, larger")
    tasks[1].update(status="cancelled")
    sub[1].update(status="pending")
    toys(place, tasks)
    told = take(place, path, *again)
    need(fields(told) == {"2": ({"text"}, False, "it was changed here, too"),
                          "3": ({"status"}, True, None), "4": ({"status"}, True, None)}, told["differences"])
    need(place.rows("SELECT i.number, i.status, i.content_status FROM planner.items i JOIN planner.projects p"
                    f" ON p.id = i.project_id WHERE p.slug = '{slug}' AND i.number IN (2, 3, 4) ORDER BY 1")
         == [["2", "open", "agreed"], ["3", "cancelled", ""], ["4", "cancelled", ""]], "another state")
    place.check_store(slug)
    place.end(server)


def long_values_are_told_in_part(place):
    """From shortly before the first difference on, 200 bytes of each with --json; 40 of many."""
    def source(word):
        return beads(place, "values", [issue("v-0", description="é" * 40 + word + "x" * 200)] +
                     [issue(f"v-{n}", title=f"{word} {n}") for n in range(1, 42)])

    take(place, source("old"))
    told = take(place, source("new"))
    field = told["differences"][0]["fields"][0]
    need(field["here"] == "..." + "é" * 10 + "old" + "x" * 177 + "...", field)
    need(field["source"] == "..." + "é" * 10 + "new" + "x" * 177 + "...", field)
    need(len(told["differences"]) == 42, len(told["differences"]))
    done = place.command("import", str(source("new")), "--data-dir", place.data)
    lines = done.stdout[done.stdout.index("Changed in the source"):].splitlines()[1:]
    need(len([line for line in lines if line.startswith("  issue")]) == 40
         and "(2 more: --json has all)" in lines[40], lines)
    need(f'text "...{"é" * 10}old{"x" * 34}..." here' in lines[0], lines[0])
    export = f"{place.directory}/one.jsonl"
    place.command("export", "VALUES", export, "--data-dir", place.data)
    done = place.command("import", "--update", export, "--data-dir", place.data)
    need(done.returncode == 2 and "--update" in done.stderr, f"an export was updated from: {done}")


def moved_is_done(place):
    """Backlog.md moves the file of what is done: the same record means something else."""
    home = pathlib.Path(place.directory) / "moved"
    shutil.copytree(SAMPLES / "backlog", home)
    slug = "MOVED"
    take(place, home, "--project", slug)
    file = next((home / "backlog/tasks").glob("task-2*"))
    os.rename(file, home / "backlog/completed" / file.name)
    told = take(place, home, "--project", slug, "--update")
    need([(d["id"], [f["field"] for f in d["fields"]], d["taken_over"]) for d in told["differences"]]
         == [("TASK-2", ["status"], True)], told["differences"])
    need(place.sql("SELECT i.status FROM planner.items i JOIN planner.projects p ON p.id = i.project_id"
                   f" WHERE p.slug = '{slug}' AND i.title = 'Buy the paint'") == "complete", "not done")
    place.check_store(slug)
    need(not take(place, home, "--project", slug, "--update")["differences"], "again")


def circles_and_strays(place):
    path = beads(place, "circles", [
        issue("c-1", "c-3"), issue("c-2", "c-1"), issue("c-3", "c-2"), issue("c-4", "c-4", "none"),
        issue("c-5", parent="c-6"), issue("c-6", parent="c-5"), issue("c-7", "c-8"),
        issue("c-8", parent="c-7"), issue("c-9", "c-1", "c-1", parent="lost"),
        issue("c-9", title="twice")])
    told = take(place, path)
    need(counts(told, "refused") == {"issue": 1, "dependency": 5}, told)
    said = "\n".join(told["remarks"])
    for words in ("would close a circle", "is the item itself", "none, which is no item",
                  "is named twice", "its id is in the source twice", "its parents form a circle",
                  "its parent lost is no item"):
        need(words in said, f"{words}: {said}")
    place.check_store(told["projects"][0]["slug"])
    again = take(place, path)
    need(not counts(again, "added"), again["kinds"])


def closed_and_cancelled(place):
    path = beads(place, "states", [
        issue("s-1", status="closed", closed_at="2025-02-01T00:00:00Z"), issue("s-2", parent="s-1"),
        issue("s-3"), issue("s-4", parent="s-3", status="closed", closed_at="2025-03-01T00:00:00Z"),
        issue("s-5", status="cancelled"), issue("s-6", parent="s-5"),
        issue("s-7", parent="s-6", status="closed")])
    told = take(place, path)
    place.check_store(told["projects"][0]["slug"])
    states = dict(place.rows("SELECT title, status FROM planner.items WHERE title LIKE 's-%'"))
    need(states == {"s-1": "open", "s-2": "open", "s-3": "complete", "s-4": "complete",
                    "s-5": "complete", "s-6": "complete", "s-7": "complete"}, states)
    need(place.sql("SELECT completed_at AT TIME ZONE 'UTC' FROM planner.items WHERE title = 's-3'")
         == "2025-03-01 00:00:00", "completion's time")


def limits(place):
    deep = [issue(f"d-{n}", parent=f"d-{n - 1}" if n > 1 else None) for n in range(1, 67)]
    told = take(place, beads(place, "deep", deep))
    need(sum("stands higher" in r for r in told["remarks"]) == 2, told["remarks"])
    place.check_store(told["projects"][0]["slug"])
    long = [issue("l-1", title="x" * 200), issue("l-2", title="y" * 201),
            issue("l-3", description="z" * 262145), issue("l-4", notes="n" * 1048577)]
    told = take(place, beads(place, "long", long))
    said = "\n".join(told["remarks"])
    need("l-2: the title is cut" in said and "l-1" not in said and "l-3: the text is cut" in said
         and "l-4: is larger than 1 MiB" in said, said)
    need(counts(told, "refused") == {"issue": 1}, told["kinds"])
    many = [issue(f"m-{n}", *([f"m-{n - 1}"] if n else [])) for n in range(10001)]
    take(place, beads(place, "many", many), code=1)
    need("MANY" not in str(place.rows("SELECT slug FROM planner.projects")), "10,001 were taken")
    if FULL:
        told = take(place, beads(place, "many", many[:10000]))
        need(counts(told, "added") == {"issue": 10000, "dependency": 9999}, told["kinds"])
        place.sql("ANALYZE")
        place.check_store(told["projects"][0]["slug"])


def same_name_elsewhere(place):
    one = beads(place, "a/same", [issue("x-1")])
    two = beads(place, "b/same", [issue("x-1", description="another")])
    take(place, one)
    before = place.sql(DIGEST)
    told = take(place, two, code=1)
    need("was imported from" in told["error"] and "--force" in told["error"], told)
    need(place.sql(DIGEST) == before, "a refused import changed something")
    need(take(place, two, "--project", "OTHER")["projects"][0]["slug"] == "OTHER", "a project's slug")
    need(counts(take(place, two, "--force"), "differs") == {"issue": 1}, "--force")


def damaged(place):
    """Each says what is wrong, and nothing is changed."""
    home = pathlib.Path(place.directory) / "damaged"
    home.mkdir()
    whole = (SAMPLES / "taskmaster/.taskmaster/tasks/tasks.json").read_bytes()
    database = (SAMPLES / "dhafnck/orm-2025-09.db").read_bytes()
    shutil.copytree(SAMPLES / "backlog", home / "front")
    shutil.copytree(SAMPLES / "backlog", home / "unended")
    task = next((home / "front/backlog/tasks").glob("task-4*"))
    task.write_text(task.read_text().replace("labels:", "labels: [", 1))
    task = next((home / "unended/backlog/tasks").glob("task-4*"))
    task.write_text("---\nid: TASK-4\ntitle: no end\n")
    empty = sqlite3.connect(home / "empty.db")
    empty.execute("CREATE TABLE other (id)")
    empty.commit()
    lacking = sqlite3.connect(home / "lacking.db")
    lacking.execute("CREATE TABLE tasks (id, name)")
    lacking.execute("INSERT INTO tasks VALUES (1, 'x')")
    lacking.commit()
    cases = [("tasks.json", whole[:-40], "taskmaster", "is not the JSON"),
             ("utf16.json", whole.decode().encode("utf-16"), "taskmaster", "is not UTF-8"),
             ("latin.json", b'{"tasks": [{"id": 1, "title": "caf\xe9"}]}', "taskmaster", "JSON"),
             ("none.json", b'{"a": 1}', "taskmaster", "holds no list 'tasks'"),
             ("zero.json", rb'{"tasks": [{"id": 1, "title": "a\u0000"}]}', "taskmaster", "title"),
             ("cut.jsonl", b'{"id": "a", "title": "b"}\n{"id": "c', "beads", "line 2"),
             ("list.jsonl", b"[1]\n", "beads", "is no object"),
             ("other.jsonl", b'{"issue": 1}\n{"issue": 2}\n', "beads", "nothing in"),
             ("text.db", b"no database", "dhafnck", "is no SQLite database"),
             ("short.db", database[:2000], "dhafnck", "cannot be read as a SQLite database"),
             ("empty.db", None, "dhafnck", "no table 'tasks'"),
             ("lacking.db", None, "dhafnck", "no column 'title'"),
             ("front", None, "backlog", "line"), ("unended", None, "backlog", "has no end"),
             ("nothing", None, "beads", "cannot be read")]
    before = place.sql(DIGEST)
    for name, content, program, words in cases:
        if content is not None:
            (home / name).write_bytes(content)
        told = take(place, home / name, "--from", program, code=2 if name == "nothing" else 1)
        need(words in told["error"] and name in told["error"], f"{name}: {told}")
    need(place.sql(DIGEST) == before, "a damaged source changed something")
    done = place.command("import", str(home / "list.jsonl"), "--data-dir", place.data)
    need(done.returncode == 2 and "--from" in done.stderr, f"not certain: {done}")
    for name, words in ((".taskmaster", "holds no .taskmaster/tasks/tasks.json; task-master"),
                        (".beads", "holds no .beads/issues.jsonl; 'bd export'")):
        (home / f"new{name}" / name).mkdir(parents=True) # set up, and nothing in it yet
        need(words in take(place, home / f"new{name}", code=1)["error"], name)


def a_journal_beside(place):
    """What a program that was killed left in its WAL is read, and the file stays as it was. Read before
    without it: what differs is the one row."""
    home = pathlib.Path(place.directory) / "journal"
    home.mkdir()
    shutil.copy(SAMPLES / "dhafnck/orm-2025-09.db", home / "work.db")
    writer = sqlite3.connect(home / "work.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("UPDATE tasks SET title = 'only in the journal' WHERE title = 'Sow'")
    for end in ("", "-wal"):
        shutil.copy(home / f"work.db{end}", home / f"left.db{end}")
    before = tree_sum(home / "left.db")
    told = take(place, home / "left.db")
    need(counts(told, "differs") == {"task": 1}, told["kinds"])
    need([d["fields"] for d in told["differences"]] ==
         [[{"field": "title", "here": "Sow", "source": "only in the journal"}]], told["differences"])
    need(tree_sum(home / "left.db") == before, "the source was written")
    writer.close()


def everything(place):
    """One store for all of it; a server keeps it up between commands."""
    place.serve().good("list_projects")
    for scenario in (samples_are_taken_over, what_is_stored,
                     what_is_kept_can_be_looked_at, grown_and_changed, circles_and_strays,
                     closed_and_cancelled, told_and_taken_over,
                     decided_here_stays,
                     long_values_are_told_in_part, moved_is_done,
                     limits, same_name_elsewhere, damaged, a_journal_beside):
        scenario(place)


if __name__ == "__main__":
    main(everything)
