"""Eight processes write at once, pipelined: everything is answered, stored and numbered once."""
import time

from durability import main, need, wait_all

PROCESSES = 8
CALLS = 100


def eight_processes_100_calls_each(place):
    first = place.serve()
    first.good("create_project", name="Many", description="At once", slug="MANY")
    servers = [first] + [place.serve() for _ in range(PROCESSES - 1)]
    for server in servers:
        server.good("list_projects")  # connected
    start = time.monotonic()
    calls = [(server, server.call("create_task", parent="MANY", title=f"p{p} c{c}"))
             for p, server in enumerate(servers) for c in range(CALLS)]
    wait_all(servers)
    seconds = time.monotonic() - start

    answers = [server.answers[number] for server, number in calls]
    failed = [answer.text for answer in answers if answer.failed]
    need(not failed, f"{len(failed)} failed, first: {failed[:1]}")
    keys = sorted(int(answer.data["key"].split("-")[1]) for answer in answers)
    need(keys == list(range(1, PROCESSES * CALLS + 1)), "the answers' numbers have gaps or doubles")
    titles = place.titles("MANY")
    need(len(titles) == PROCESSES * CALLS, f"{len(titles)} are stored")
    for answer in answers:
        need(titles[answer.data["key"]] == answer.data["title"], "an answer tells another's key")
    place.check_store("MANY")
    changes = {answer.data["change"] for answer in answers}
    need(len(changes) == PROCESSES * CALLS, "changes are not one each")
    place.note(f"{len(answers)} answered, {len(titles)} stored, numbers 1 to {keys[-1]},"
               f" {len(answers) / seconds:.0f}/s")


def steps_of_one_task_are_completed_by_all_at_once(place):
    """The roll-up of one parent is what everybody writes; its progress is exact at the end."""
    first = place.serve()
    first.good("create_project", name="Roll", description="Up", slug="ROLL")
    steps = [{"title": f"s{n}"} for n in range(80)]
    first.good("define_tasks", parent="ROLL", tasks=[{"title": "Deep", "tasks": [
        {"title": "Deeper", "steps": steps}]}])
    servers = [first] + [place.serve() for _ in range(3)]
    calls = [(server, server.call("complete_step", item=f"ROLL-{n}"))
             for n in range(3, 83) for server in servers]  # each by four: one wins
    wait_all(servers)

    answers = [server.answers[number] for server, number in calls]
    failed = [answer.text for answer in answers if answer.failed]
    need(not failed, f"{len(failed)} failed, first: {failed[:1]}")
    changed = sum(answer.data["changed"] for answer in answers)
    need(changed == 80, f"{changed} completions changed something, not 80")
    need(first.good("get_item", item="ROLL").data["progress"] == 1, "progress is not 1")
    place.check_store("ROLL")
    place.note(f"{len(answers)} calls, {changed} changed something")


def one_request_id_sent_by_all_at_once_is_one_change(place):
    first = place.serve()
    first.good("create_project", name="Once", description="Only", slug="ONCE")
    servers = [first] + [place.serve() for _ in range(3)]
    calls = [(server, server.call("create_task", parent="ONCE", title=f"t{n}", agent="same",
                                  request_id=f"r{n}"))
             for n in range(30) for server in servers]
    wait_all(servers)

    answers = [server.answers[number] for server, number in calls]
    failed = [answer.text for answer in answers if answer.failed]
    need(not failed, f"{len(failed)} failed, first: {failed[:1]}")
    replayed = sum(answer.data.get("replayed", False) for answer in answers)
    need(replayed == 90, f"{replayed} were replayed, not 90")
    need(len(place.titles("ONCE")) == 30, "a request was carried out twice")
    place.check_store("ONCE")


main(eight_processes_100_calls_each, steps_of_one_task_are_completed_by_all_at_once,
     one_request_id_sent_by_all_at_once_is_one_change)
