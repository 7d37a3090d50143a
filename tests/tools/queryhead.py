"""What the header of a file in sql/queries says. check_sql_files.py holds each file to the form.

    -- What the statement does, in prose over as many lines as it takes.
    -- $1 uuid  what is bound to it; what goes on
    --          in the next line is part of it
    -- class: simple
"""
import re

# How long the slowest call of a statement may take on a store of 100,000 items, in milliseconds; of
# bulk ones for each thousand items that it writes or looks at, of upkeep for each thousand of a set that it is
# given, else of the store.
TARGETS = {"simple": 50, "complex": 500, "bulk": 2000, "upkeep": 2000}
EACH = {"bulk": " per 1,000", "upkeep": " per 1,000"}


def is_late(cost, took):
    """Is what a statement of that class took (p95, thousands of items) above its target?"""
    return took["p95"] / took.get("thousands", 1) > TARGETS[cost]

PARAMETER = re.compile(r"-- \$(\d+) ([\w\[\]() ]+?) +(\S.*)")
CLASS = re.compile(r"-- class: (.*)")


class Head:
    """purpose, parameters [(type, meaning)], cost ("class:", or None), and the statement."""

    def __init__(self, text):
        lines = text.split("\n")
        n = next((k for k, line in enumerate(lines) if not line.startswith("--")), len(lines))
        self.statement = "\n".join(lines[n:]).strip().rstrip(";").rstrip()
        self.purpose, self.parameters, self.costs = "", [], []
        for line in lines[:n]:
            parameter, cost = PARAMETER.match(line), CLASS.match(line)
            said = line[2:].strip()
            if cost:
                self.costs.append(cost[1])
            elif parameter:
                self.parameters.append((parameter[2], parameter[3]))
            elif self.parameters:
                kind, meaning = self.parameters[-1]
                self.parameters[-1] = (kind, f"{meaning} {said}")
            else:
                self.purpose = f"{self.purpose} {said}".strip()
        self.cost = self.costs[0] if len(self.costs) == 1 else None
