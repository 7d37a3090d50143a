"""Many processes share one plan by claims: each step is done once, and none is left.

With FULL set fifty processes and 5,000 steps, else eight and 400.
"""
import collections
import random
import time

from durability import FULL, main, need, slay, turn_all

PROCESSES, STEPS = (50, 5000) if FULL else (8, 400)
KILLED = PROCESSES // 4
TASKS = 10
IDLE_SECONDS = 0.02
LIMIT_SECONDS = 1800 if FULL else 300


class Worker:
    """Claims the next step, completes it with the token, and so on until nothing is left."""

    def __init__(self, place, name, lease):
        self.name, self.lease, self.done, self.idle_until = name, lease, False, 0
        self.server = place.serve("--data-dir", place.data, "--agent", name)
        self.claims = []  # (key, token), all it ever got
        self.completed, self.refused, self.waited, self.lost = [], 0, 0, 0
        self.number, self.what = self.server.call("list_projects"), "hello"
        self.holds = False  # keeps what it gets next, and does nothing more

    def ask(self):
        self.what = "claim"
        self.number = self.server.call("next_item", project="MANY", claim=True,
                                       lease_seconds=self.lease)

    def step(self):
        """Go on when the answer is there, or when there may be something new to claim."""
        if self.number is None and self.what == "held":
            return
        if self.number is None:
            if time.monotonic() >= self.idle_until:
                self.ask()
            return
        answer = self.server.answers.get(self.number)
        if answer is None:
            need(not self.server.ended, f"{self.name} ended")
            return
        self.number = None
        if self.what == "claim":
            self.took(answer)
        elif self.what == "complete":
            self.closed(answer)
            self.ask()
        else:
            self.ask()

    def closed(self, answer):
        """Who is slower than its lease may have lost the item, and is told so."""
        if self.lease < 900 and ("'token'" in answer.text or not answer.data.get("changed")):
            self.lost += 1
            return
        need(not answer.failed and answer.data["changed"], f"{self.name}: {answer.text}")
        self.completed.append(self.claims[-1][0])

    def took(self, answer):
        if answer.failed:
            need("call again" in answer.text, f"{self.name}: {answer.text}")
            self.refused += 1
            self.ask()
        elif answer.data["items"]:
            item = answer.data["items"][0]
            self.claims.append((item["key"], item["token"]))
            if self.holds:
                self.what = "held"
                return
            self.what = "complete"
            self.number = self.server.call("complete_step", item=item["key"], token=item["token"])
        elif answer.data["n_open"] == 0:
            self.done = True
        else:
            self.waited += 1
            self.idle_until = time.monotonic() + IDLE_SECONDS


def work(workers, until):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not until():
        need(time.monotonic() < deadline, f"not done within {LIMIT_SECONDS} s")
        for worker in workers:
            if not worker.done:
                worker.step()
        turn_all([w.server for w in workers if not w.done], IDLE_SECONDS)


def plan(place):
    """Ten tasks; the last waits for the first."""
    first = place.serve()
    first.good("create_project", name="Many", description="Shared by all", slug="MANY")
    tasks = [{"title": f"T{t}", "ref": f"t{t}", "depends_on": ["t0"] if t == TASKS - 1 else [],
              "steps": [{"title": f"s{t}-{n}"} for n in range(STEPS // TASKS)]}
             for t in range(TASKS)]
    first.good("define_tasks", parent="MANY", tasks=tasks)
    return first


def hire(place, lease):
    workers = [Worker(place, f"w{n}", lease) for n in range(PROCESSES)]
    work(workers, lambda: all(w.what != "hello" for w in workers))  # connected
    return workers


def check_done(place, first):
    """Everything is complete, once, by whoever held the claim at that time."""
    need(first.good("get_item", item="MANY").data["progress"] == 1, "progress is not 1")
    place.check_store("MANY")
    need(not place.rows("SELECT item_id FROM planner.claims"), "claims are left")
    twice = place.rows("SELECT entity_id, count(*) FROM planner.audit WHERE action = 'completed'"
                       " GROUP BY 1 HAVING count(*) > 1")
    need(not twice, f"completed twice: {twice[:3]}")
    count = place.sql("SELECT count(*) FROM planner.audit WHERE action = 'completed'")
    need(int(count) == STEPS, f"{count} completions for {STEPS} steps")
    others = place.rows(
        "SELECT d.entity_id, d.ai_agent, c.ai_agent FROM planner.audit d JOIN LATERAL ("
        " SELECT x.ai_agent FROM planner.audit x WHERE x.project_id = d.project_id"
        " AND x.entity_id = d.entity_id AND x.action = 'claimed' AND x.id < d.id"
        " ORDER BY x.id DESC LIMIT 1) c ON c.ai_agent <> d.ai_agent WHERE d.action = 'completed'")
    need(not others, f"completed by who did not hold it: {others[:3]}")
    doubles = place.rows("SELECT new_values ->> 'token' FROM planner.audit WHERE action = 'claimed'"
                         " GROUP BY 1 HAVING count(*) > 1")
    need(not doubles, f"tokens that were given twice: {doubles[:3]}")


def all_claim_and_complete_until_nothing_is_left(place):
    first = plan(place)
    workers = hire(place, 900)
    start = time.monotonic()
    work(workers, lambda: all(w.done for w in workers))
    seconds = time.monotonic() - start

    got = collections.Counter(key for w in workers for key, _ in w.claims)
    twice = [key for key, n in got.items() if n > 1]
    need(not twice, f"handed out twice: {twice[:3]}")
    need(len(got) == STEPS, f"{len(got)} of {STEPS} were handed out")
    check_done(place, first)
    waited, refused = sum(w.waited for w in workers), sum(w.refused for w in workers)
    place.note(f"{PROCESSES} processes, {STEPS} steps claimed and completed once each in"
               f" {seconds:.1f} s, {STEPS / seconds:.0f}/s; nothing was ready {waited} times,"
               f" asked to call again {refused} times")


def lapse(place, names, living):
    """What the dead hold runs out: by waiting for it, or, to save the time, by the table."""
    if FULL:
        end = time.monotonic() + 10
        work(living, lambda: time.monotonic() > end)
        return
    listed = ", ".join(f"'{name}'" for name in names)
    place.sql("UPDATE planner.claims SET expires_at = clock_timestamp() - interval '1 second'"
              f" WHERE agent IN ({listed})")


def what_the_killed_held_is_taken_over(place):
    """Half-way a quarter is killed with a claim in hand, and one more goes deaf and comes back."""
    first = plan(place)
    lease = 10 if FULL else 900  # else nobody but the table makes them run out
    workers = hire(place, lease)
    sleeper = place.serve("--data-dir", place.data, "--agent", "sleeper")
    work(workers, lambda: sum(len(w.completed) for w in workers) >= STEPS // 2)
    slept = sleeper.good("next_item", project="MANY", claim=True,
                         lease_seconds=lease).data["items"][0]
    victims = random.sample(workers, KILLED)
    for victim in victims:
        victim.holds = True
    work(workers, lambda: all(w.what == "held" for w in victims))
    slay([w.server.process.pid for w in victims])
    for victim in victims:
        place.servers.remove(victim.server)
        victim.server.process.wait()
    living = [w for w in workers if w not in victims]
    lapse(place, [w.name for w in victims] + ["sleeper"], living)
    work(living, lambda: all(w.done for w in living))

    check_done(place, first)
    late = sleeper.wait(sleeper.call("submit_step", step=slept["key"], content="late",
                                     token=slept["token"]))
    need(late.failed and "is no claim of" in late.text, f"an old token is taken: {late.text}")
    over = place.rows("SELECT old_values ->> 'agent', new_values ->> 'taken_over',"
                      " (new_values ->> 'token')::bigint > (old_values ->> 'token')::bigint"
                      " FROM planner.audit WHERE action = 'claimed' AND old_values IS NOT NULL")
    dead = {w.name for w in victims} | {"sleeper"}
    if not FULL:  # with real leases of 10 s a living one that is slow may lose its own
        need({agent for agent, _, _ in over} <= dead, f"taken from the living: {over[:5]}")
    need({agent for agent, _, _ in over} >= dead, f"not all was taken over: {over}")
    need(all(why == "expired" and grows == "t" for _, why, grows in over), f"told wrong: {over}")
    place.note(f"{KILLED} of {PROCESSES} killed, {len(over)} claims taken over and audited,"
               f" {STEPS} steps completed once each")


main(all_claim_and_complete_until_nothing_is_left, what_the_killed_held_is_taken_over)
