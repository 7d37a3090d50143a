"""What an operator meets beside the good case: every command that fails says so in the form that was
asked for, and what looks at a place leaves it as it was."""
import json
import os

from durability import main, need

AWAY = "host=/nonexistent user=planner dbname=postgres"


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def failing_commands_answer_with_one_object(place):
    cases = [(1, ["migrate", "status", "--dsn", AWAY], "does not answer"),
             (1, ["migrate", "validate", "--dsn", AWAY], "does not answer"),
             (1, ["migrate", "plan", "--dsn", AWAY], "does not answer"),
             (1, ["migrate", "up", "--dsn", AWAY], "does not answer"),
             (1, ["migrate", "down", "0", "--yes", "--dsn", AWAY], "does not answer"),
             (2, ["migrate", "sideways"], "usage"),
             (2, ["migrate", "create", "Up", "--dir", place.directory], "lower-case"),
             (2, ["status", "--max-claims", "0"], "'max-claims'"),
             (2, ["status", "--max-claims", "0", "--role", "king"], "config check"),
             (2, ["status", "extra"], "takes no arguments"),
             (2, ["status", "--unknown"], "unknown option '--unknown'"),
             (2, ["nonsense"], "unknown command"),
             (1, ["stop", "--dsn", AWAY], "external database"),
             (2, ["config"], "usage"),
             (2, ["help", "me"], "help knows")]
    for code, words, part in cases:
        for flags in (["--json", *words], [*words, "--json"]):
            done = place.command(*flags, "--database-wait", "500ms")
            need(done.returncode == code, f"{flags}: exit {done.returncode}: {done.stderr}")
            told = lines_of(done.stdout)
            need(len(told) == 1 and part in told[0]["error"], f"{flags}: {done.stdout}")
            need(told[0].get("exit_code", code) == code, f"{flags}: {done.stdout}")
            need(told[0]["error"] in done.stderr, f"{flags}: {done.stderr}")
    for words in ([], ["serve"]):  # stdout is the protocol's
        done = place.command(*words, "--json", "--max-claims", "0")
        need((done.returncode, done.stdout) == (2, ""), done)


def what_is_said_is_structured_when_asked_for(place):
    variables = {"PLANNER_LOG_FORMAT": "json"}
    cases = [(2, ["--unknown"]), (2, ["status", "--max-claims", "0", "--role", "king"]),
             (2, ["nonsense"]), (2, ["migrate", "sideways"]),
             (1, ["migrate", "up", "--dsn", AWAY, "--database-wait", "500ms"])]
    for code, words in cases:
        for flags in (["--log-format", "json"], ["--log-format=json"], None):
            if flags is None:
                os.environ.update(variables)
            done = place.command(*words, *(flags or []))
            for name in variables:
                os.environ.pop(name, None)
            need(done.returncode == code, f"{words}: exit {done.returncode}")
            told = lines_of(done.stderr)
            need(told[-1]["level"] == "error" and all(line["message"] for line in told), told)
    done = place.command("nonsense")
    need(done.stderr.startswith("mcp-planner: unknown command"), done.stderr)


main(failing_commands_answer_with_one_object, what_is_said_is_structured_when_asked_for)
