"""What an operator meets beside the good case: every command that fails says so in the form that was
asked for, and what looks at a place leaves it as it was."""
import json
import os
import re
import subprocess
import time

from durability import main, need
from migrate_lib import NEWEST, NEXT, Database, next_program
from servers import until, with_stack

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
             (2, ["stauts"], "unknown command 'stauts' (did you mean 'status'?)"),
             (2, ["status", "--datadir", "x"], "unknown option '--datadir' (did you mean '--data-dir'?)"),
             (2, ["migrate", "validat"], "'validat' is no such word (did you mean 'validate'?)"),
             (2, ["doctor", "--list", "--only", "circle"], "(did you mean 'circles'?)"),
             (2, ["import", "/nonexistent"], "cannot be read (No such file"),
             (2, ["retention", "cuts", "AUTH"], "'retention cuts' takes no arguments"),
             (1, ["stop", "--dsn", AWAY], "external database"),
             (2, ["config"], "usage"),
             (2, ["help", "me"], "help knows")]
    for code, words, part in cases:
        for flags in ([*words, "--json"], *([["--json", *words]] if code == 2 else [])):
            done = place.command(*flags, "--database-wait", "500ms")
            need(done.returncode == code, f"{flags}: exit {done.returncode}: {done.stderr}")
            told = lines_of(done.stdout)
            need(len(told) == 1 and part in told[0]["error"], f"{flags}: {done.stdout}")
            need(told[0].get("exit_code", code) == code, f"{flags}: {done.stdout}")
            need(told[0]["error"] in done.stderr, f"{flags}: {done.stderr}")
            need(code == 2 or len(done.stderr.splitlines()) == 1, f"{flags}: {done.stderr}")
    for words in ([], ["serve"]):  # stdout is the protocol's
        done = place.command(*words, "--json", "--max-claims", "0")
        need((done.returncode, done.stdout) == (2, ""), done)


def a_refusal_says_what_a_person_can_do(place):
    """Nobody tries again for a command, and a person at a shell calls nothing."""
    export = f"{place.directory}/lines"
    with open(export, "w", encoding="utf-8") as out:
        out.write('{"header":{}}\n')
    for words in (["migrate", "up"], ["export"], ["import", export], ["backup", f"{place.directory}/b"],
                  ["retention"], ["seed", "--profile", "demo", "--yes"], ["doctor", "--fix"]):
        told = place.command(*words, "--dsn", AWAY, "--database-wait", "500ms").stderr
        need("call again" not in told and "trying again" not in told, told)
        need("'mcp-planner doctor' " in told or words[0] == "import", told)
        need(told.count("nothing was") == 1, told)
    wrong = place.command("status", "--dsn", "hots=db")
    need(wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1, wrong.stderr)


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


def what_only_reads_makes_no_private_database(place):
    for words in (["export"], ["retention"], ["retention", "cuts"], ["backup", f"{place.directory}/b"]):
        done = place.command(*words, "--data-dir", f"{place.directory}/none")
        need(done.returncode == 1 and "there is nothing" in done.stderr and done.stdout == "", done)
    need(not os.path.exists(f"{place.directory}/none"), "looking has made a directory")


def a_data_directory_that_the_first_use_would_refuse_is_told_before(place):
    os.mkdir(place.data)
    taken, file = f"{place.data}/taken", f"{place.directory}/file"
    os.mkdir(taken)
    for path in (f"{taken}/letter", file):
        with open(path, "w", encoding="utf-8") as out:
            out.write("dear")
    for directory, words in [(taken, "holds other files"), (file, "Not a directory"),
                             (f"{file}/below", "Not a directory")]:
        check = place.command("config", "check", "--json", "--data-dir", directory)
        status = place.command("status", "--json", "--data-dir", directory)
        text = place.command("status", "--data-dir", directory)
        need([check.returncode, status.returncode, text.returncode] == [3, 3, 3], (check, status))
        need(words in json.loads(check.stdout)["problems"][0], check.stdout)
        need(words in json.loads(status.stdout)["problem"] and words in text.stdout, status.stdout)
        used = place.command("migrate", "up", "--data-dir", directory)
        need(used.returncode == 1 and words in used.stderr, used)
    done = place.command("config", "check", "--data-dir", f"{place.directory}/none")
    need(done.returncode == 0 and "does not exist yet; the first use makes it" in done.stdout, done)
    done = place.command("config", "check", "--json", "--data-dir", taken, "--dsn", AWAY)
    need(json.loads(done.stdout)["ok"], "the directory is of no account beside a server")
    done = place.command("config", "check", "--data-dir", f"{place.directory}/none", "--pg-bindir", taken)
    need(done.returncode == 3 and "pg-bindir" in done.stdout, done)
    if os.getuid() == 0:  # PostgreSQL runs as another account, which has to get there
        os.mkdir(f"{place.data}/closed", 0o700)
        done = place.command("status", "--data-dir", f"{place.data}/closed/here")
        need(done.returncode == 3 and f"cannot enter '{place.data}/closed'" in done.stdout, done)
    need(os.listdir(taken) == ["letter"] and not os.path.exists(f"{place.directory}/none"), "touched")


def help_and_status_tell_where_to_go_on(place):
    manual = place.command("help", "man").stdout
    need(re.search(r"The manual is .*/mcp-planner\.1; to read it: man ", manual), manual)
    for words in (["help", "migrate"], ["migrate", "--help"], ["migrate", "up", "-h"]):
        need(place.command(*words).stdout.startswith("  migrate status|"), words)
    for words, own in ((["help", "migrate"], {"yes", "force", "backup", "dir"}), (["stop", "--help"], set()),
                       (["doctor", "-h"], {"only", "quick", "list", "fix", "backup-dir"})):
        told = set(re.findall(r"^  --([a-z-]+)", place.command(*words).stdout, re.M))
        need(told == own, (words, told))
    need(place.command("--help").stdout.startswith("mcp-planner plans work"), "--help")
    need(place.command("help", "keeper").returncode == 2, "what is internal is no help")
    url = "postgresql://me:hunter2@localhost/x"
    for done in (place.command("status", "--dsn", url), place.command("status", "--json", "--dsn", url)):
        need(done.returncode == 0 and "hunter2" not in done.stdout, done)
        need("user=me password=*** dbname=x host=localhost" in done.stdout, done)


def versions(place, dsn):
    return place.sql("SELECT count(*) FROM planner.schema_migrations", dsn)


@with_stack
def a_database_that_was_made_read_only_is_not_migrated_unless_forced(place, stack):
    server = stack.postgres()
    on, off = "SET default_transaction_read_only = on", "RESET default_transaction_read_only"
    write = f"{server.dsn} options='-c default_transaction_read_only=off'"
    place.command("migrate", "up", "1", "--dsn", server.dsn, check=True)
    for whom, words in [("ROLE planner IN DATABASE postgres", "on for role planner in database postgres"),
                        ("ROLE planner", "on for role planner)"),
                        ("DATABASE postgres", "on for database postgres"),
                        ("ROLE ALL", "on for all roles"), ("SYSTEM", "in the server's configuration"),
                        ("", "in the connection string")]:
        dsn = server.dsn
        if whom:
            place.sql(f"ALTER {whom} {on}", write)
        else:
            dsn += " options='-c default_transaction_read_only=on'"
        place.sql("SELECT pg_reload_conf(), pg_sleep(0.2)", write)
        for command in (["up"], ["down", "0", "--yes"]):
            done = place.command("migrate", *command, "--json", "--dsn", dsn)
            told = json.loads(done.stdout)
            need(done.returncode == 3 and told["error"] == "nothing was changed", done)
            need([c["severity"] for c in told["checks"] if c["check"] == "read_only"] == ["warning"],
                 told)
            need(words in done.stderr and "--force" in done.stderr, done.stderr)
        need(versions(place, write) == "1", "something was migrated")
        if whom:
            place.sql(f"ALTER {whom} {off}", write)
    done = place.command("migrate", "plan", "--dsn", dsn)
    need(done.returncode == 0 and words in done.stderr, done)
    done = place.command("migrate", "up", "--force", "--dsn", dsn)
    need(done.returncode == 0 and versions(place, write) == str(NEWEST), done)
    done = place.command("migrate", "up", "--dsn", dsn)
    need(done.returncode == 0, "nothing to do is no trouble")
    place.command("migrate", "down", "1", "--yes", "--force", "--dsn", dsn, check=True)


@with_stack
def what_the_database_lacks_is_said_before(place, stack):
    server = stack.postgres()
    place.sql("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
              server.dsn)
    place.sql("CREATE ROLE low LOGIN", server.dsn)
    low = f"host={server.home} port={server.port} user=low dbname=postgres"
    cases = [("", f"{server.plain} dbname=latin", "ENCODING 'UTF8' TEMPLATE template0"),
             ("", low, "GRANT CREATE ON DATABASE postgres TO low"),
             ("CREATE SCHEMA planner; GRANT USAGE ON SCHEMA planner TO low", low,
              "GRANT CREATE ON SCHEMA planner TO low"),
             ("GRANT ALL ON SCHEMA planner TO low; CREATE TABLE planner.x ()", low,
              "GRANT planner TO low")]
    for before, dsn, words in cases:
        place.sql(before or "SELECT 1", server.dsn)
        for force in ([], ["--force"]):
            done = place.command("migrate", "up", "--dsn", dsn, *force)
            need(done.returncode == 3 and words in done.stderr and done.stdout == "", done)
    place.sql("DROP TABLE planner.x", server.dsn)
    place.command("migrate", "up", "--dsn", low, check=True)


def the_private_database_is_not_migrated_when_it_was_made_read_only(place):
    place.command("migrate", "up", "1", "--data-dir", place.data, check=True)
    server = place.serve("--data-dir", place.data)
    write = f"{place.connection()} options='-c default_transaction_read_only=off'"
    place.sql("ALTER DATABASE planner SET default_transaction_read_only = on", write)
    answer = server.wait(server.call("list_projects"))
    need(answer.failed and "lacks migration 2" in answer.text and "read-only" in answer.text,
         answer.text)
    need(versions(place, write) == "1", "it was migrated")
    place.sql("ALTER DATABASE planner RESET default_transaction_read_only", write)
    server.good("list_projects")
    told = place.command("export", "NONE", "--data-dir", place.data).stderr  # a person has no tools
    need("there is no project NONE; 'mcp-planner export --markdown' tells the" in told, told)
    place.end(server)


@with_stack
def a_migrator_that_waits_says_for_whom(place, stack):
    server = stack.postgres()
    holder = subprocess.Popen(["psql", "-XAtq", f"{server.dsn} application_name=first"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdin.write("BEGIN; SELECT pg_advisory_xact_lock(7236218560021377521);"
                       " SELECT 'held', pg_backend_pid();\n")
    holder.stdin.flush()
    until("the lock", lambda: (line := holder.stdout.readline()).startswith("held|")
          and setattr(holder, "backend", line.split("|")[1].strip()) is None)
    waiting = [subprocess.Popen([place.binary, "migrate", "up", "--dsn", server.dsn, *flags], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for flags in ([], ["--log-format", "json"])]
    time.sleep(6.5)
    holder.communicate("COMMIT;\n")
    told = [process.communicate(timeout=30)[1].splitlines() for process in waiting]
    need([process.returncode for process in waiting] == [0, 0], told)
    said = f"waiting for another migrator, process {holder.backend} (first, user planner), at work for "
    text = [line for line in told[0] if line.startswith(f"mcp-planner: {said}")]
    facts = [line for line in lines_of("\n".join(told[1])) if line["message"].startswith(said)]
    need(len(text) >= 2 and len(facts) >= 2, told)  # at once, and again after 5 s
    need(re.fullmatch(r".* for [01] s", text[0]) and facts[0]["level"] == "info", told)


@with_stack
def a_newer_schema_is_called_newer(place, stack):
    server = stack.postgres()
    base = Database(place, server, "newer")
    base.migrated(next_program(place), "up")
    for words in (["status"], ["validate"]):
        done = place.command("migrate", *words, "--dsn", base.dsn)
        need(done.returncode == 0 and f"newer than this program: migration {NEXT} (" in done.stdout
             and "which may go on working with it" in done.stdout, done)
    told = json.loads(place.command("migrate", "status", "--json", "--dsn", base.dsn).stdout)
    need(told["ok"] and "update mcp-planner when it suits" in told["newer"], told)
    base.sql("UPDATE planner.schema_migrations SET oldest_program = '99.0.0'"
             f" WHERE version = {NEXT}")
    done = place.command("migrate", "status", "--dsn", base.dsn)
    need(done.returncode == 3 and "needs 99.0.0 or newer" in done.stdout, done)


@with_stack
def a_log_that_told_of_the_loss_tells_of_the_return(place, stack):
    server = stack.postgres()
    place.command("migrate", "up", "--dsn", server.dsn, check=True)
    log = f"{place.directory}/log"
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen([place.binary, "serve", "--dsn", server.dsn, "--database-wait", "500ms"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=out, text=True)
    call = ('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_projects","arguments":{}}}')

    def said(words):
        with open(log, encoding="utf-8") as file:
            return file.read().count(f"warning: {words}")

    process.stdin.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":'
                        '"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}\n'
                        + call + "\n")
    process.stdin.flush()
    for n in (1, 2):
        server.stop()
        process.stdin.write(call + "\n")
        process.stdin.flush()
        until("the loss in the log", lambda n=n: said("the database is away") == n)
        server.start()
        until("the return in the log", lambda n=n: said("the database takes connections again") == n)
    process.stdin.close()
    need(process.wait(10) == 0, "it did not end")


main(failing_commands_answer_with_one_object, a_refusal_says_what_a_person_can_do,
     what_is_said_is_structured_when_asked_for,
     what_only_reads_makes_no_private_database,
     a_data_directory_that_the_first_use_would_refuse_is_told_before,
     help_and_status_tell_where_to_go_on,
     a_database_that_was_made_read_only_is_not_migrated_unless_forced,
     what_the_database_lacks_is_said_before,
     the_private_database_is_not_migrated_when_it_was_made_read_only,
     a_migrator_that_waits_says_for_whom, a_newer_schema_is_called_newer,
     a_log_that_told_of_the_loss_tells_of_the_return)
