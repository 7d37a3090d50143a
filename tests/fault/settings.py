"""Settings from end to end: what the commands tell of them, that they take effect on a real server,
and that the environment of somebody's application never becomes our store."""
import json
import os
import pathlib
import re
import time

from durability import main, need
from servers import with_stack

SECRET = "hunter2"
# Forms in which a password can stand in a connection string, all of them readable.
FORMS = ["postgresql://me:hunter2@db/x", "postgresql://me:hunter%32@db/x",
         "postgresql://me@db/x?password=hunter2", "postgresql://me@db/x?pass%77ord=hunter%32",
         "postgres://me:hunter2@a,b/x?pgbouncer=true", "host=db password=hunter2",
         "host=db password = 'hunter2'", "host=db sslpassword=hunter2 passfile=/home/me/pass"]


class Surroundings:
    """Variables of the environment while the block runs, and a home of its own."""

    def __init__(self, place, **variables):
        self.variables = {"HOME": place.directory, "XDG_CONFIG_HOME": place.directory,
                          "XDG_DATA_HOME": place.directory, **variables}

    def __enter__(self):
        self.before = dict(os.environ)
        os.environ.update(self.variables)

    def __exit__(self, *_):
        os.environ.clear()
        os.environ.update(self.before)


def write(path, text, mode=0o600):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def shown(place, *arguments):
    return json.loads(place.command("config", "show", "--json", *arguments).stdout)


def setting(told, name):
    return next(s for s in told["settings"] if s["name"] == name)


def show_tells_values_and_where_they_come_from(place):
    path = write(f"{place.directory}/mcp-planner/config", "# ours\nrole = client\nlock-timeout=2s\n")
    with Surroundings(place, PLANNER_USER="ann"):
        told = shown(place, "--agent", "bob")
        text = place.command("config", "show", "--agent", "bob").stdout
        where = place.command("config", "path")
    need(told["ok"] and told["file"] == path and told["file_exists"], told)
    need(told["database"] == "private" and "connection" not in told, told)
    need(told["data_directory"] == "/var/lib/mcp-planner" if os.getuid() == 0 else
         told["data_directory"] == f"{place.directory}/mcp-planner", told)
    expected = {"agent": ("bob", "flag"), "user": ("ann", "environment"), "role": ("client", "file"),
                "lock-timeout": ("2s", "file"), "statement-timeout": ("30s", "default")}
    for name, (value, origin) in expected.items():
        found = setting(told, name)
        need((found["value"], found["origin"]) == (value, origin), found)
    need(setting(told, "user")["variable"] == "PLANNER_USER", told)
    need(setting(told, "lock-timeout")["line"] == 3, told)
    need("value" not in setting(told, "dsn"), told)
    need(f"({path}, line 3)" in text and "(environment variable PLANNER_USER)" in text, text)
    need(where.stdout.strip() == path and where.returncode == 0, where.stdout)
    with Surroundings(place, XDG_CONFIG_HOME=f"{place.directory}/none"):
        need("does not exist" in place.command("config", "path").stdout, "config path")


def passwords_are_shown_in_no_form(place):
    for form in FORMS:
        path = write(f"{place.directory}/mcp-planner/config", f"dsn = {form}\n", 0o644)
        with Surroundings(place, PLANNER_DATABASE_URL=form):
            outputs = [place.command("config", word, *json_, *flags)
                       for word in ("show", "check") for json_ in ([], ["--json"])
                       for flags in ([], ["--dsn", form], ["--lock-timeout", "never"])]
        for done in outputs:
            need(SECRET not in done.stdout + done.stderr and "unter%32" not in done.stdout, done.stdout)
        need("password=***" in outputs[0].stdout, outputs[0].stdout)
    with Surroundings(place, DATABASE_TYPE="postgresql", PGHOST="db", PGPASSWORD=SECRET,
                      PGPASSFILE="/home/me/pass", XDG_CONFIG_HOME="/nonexistent"):
        text = place.command("config", "show").stdout
    need(SECRET not in text and "password=***" in text and "passfile=/home/me/pass" in text, text)
    need("host=db  (from PGPASSWORD, PGPASSFILE, PGHOST, because 'database-type' (environment variable "
         "DATABASE_TYPE) is postgresql)" in text, text)
    with Surroundings(place, DATABASE_TYPE="supabase", SUPABASE_DB_PASSWORD=SECRET,
                      SUPABASE_URL="https://ref.supabase.co", SUPABASE_REGION="eu-central-1",
                      XDG_CONFIG_HOME="/nonexistent"):
        text = place.command("config", "show").stdout
    need(SECRET not in text and "password=***" in text, text)
    need("host=aws-0-eu-central-1.pooler.supabase.com" in text, text)
    os.unlink(path)


def check_names_all_that_is_wrong(place):
    path = write(f"{place.directory}/mcp-planner/config",
                 f"agnet = x\nrole = king\nno equals sign\ndsn = host=db password={SECRET}\n", 0o644)
    with Surroundings(place, PLANNER_TLS="sometimes"):
        done = place.command("config", "check", "--max-claims", "0")
        told = place.command("config", "check", "--json", "--max-claims", "0")
        served = place.command("serve", "--max-claims", "0")
    lines = done.stdout.splitlines()
    need(done.returncode == 3, done)
    for words in ["'max-claims' (flag --max-claims) must be a whole number from 1 to 1000, not '0'",
                  "'tls' (environment variable PLANNER_TLS) must be disable, require, verify-ca or "
                  "verify-full, not 'sometimes'",
                  f"{path}, line 1: unknown setting 'agnet'",
                  f"'role' ({path}, line 2) must be server, client, worker or user, not 'king'",
                  f"{path}, line 3: 'name = value' is expected"]:
        need(f"problem: {words}" in lines, f"{words!r} is not in {done.stdout}")
        need(words in json.loads(told.stdout)["problems"], told.stdout)
        need(words in served.stderr, served.stderr)
    need(any(line.startswith("warning: the config file holds a password") and "chmod 600" in line
             for line in lines), done.stdout)
    need(len(lines) == 6, done.stdout)
    need(served.returncode == 2 and not served.stdout, served)
    write(path, "role = client\n", 0o644)
    with Surroundings(place):
        done = place.command("config", "check")
    need(done.returncode == 0, done)
    need(done.stdout.splitlines()[0] == "nothing is wrong with the settings", done)
    os.unlink(path)


def app_variables(server):
    """An application's way to its own database, in every way that is known."""
    url = f"postgresql://planner@127.0.0.1:{server.port}/app"
    names = ["DATABASE_URL", "POSTGRES_URL", "POSTGRESQL_URL", "POSTGRES_PRISMA_URL", "DIRECT_URL",
             "DB_URL", "TEST_DATABASE_URL", "DATABASE_READ_URL"]
    parts = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": "planner", "DB": "app",
             "DATABASE": "app", "NAME": "app", "PASSWORD": "x"}
    prefixed = {f"{prefix}{name}": value for name, value in parts.items()
                for prefix in ("POSTGRES_", "DB_", "DATABASE_", "PG")}
    return {**dict.fromkeys(names, url), **prefixed, "PGHOSTADDR": "127.0.0.1", "PGSERVICE": "app",
            "DB_POOL_SIZE": "x", "DB_POOL_TIMEOUT": "30000"}


@with_stack
def an_applications_environment_never_becomes_our_store(place, stack):
    server = stack.postgres()
    place.sql("CREATE DATABASE app", server.dsn)
    write(f"{place.directory}/.pg_service.conf",
          f"[app]\nhost=127.0.0.1\nport={server.port}\ndbname=app\nuser=planner\n")
    write(f"{place.directory}/.pgpass", "*:*:*:*:x\n")
    app = f"{server.plain} dbname=app"
    with Surroundings(place, **app_variables(server)):
        ours = place.serve("--data-dir", place.data)
        ours.good("create_project", name="Mine", description="In the private database")
        place.end(ours)
        need(shown(place)["database"] == "private", "config show")
    need(place.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'planner'", app) == "0",
         "something of ours is in the application's database")
    # The same surroundings, taken up on purpose, by each of the ways.
    variables = app_variables(server)
    url = variables["DATABASE_URL"]
    ways = [{"DATABASE_URL": url}, {"PGSERVICE": "app"},
            {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "planner",
             "PGDATABASE": "app"}]
    for n, way in enumerate(ways):
        with Surroundings(place, DATABASE_TYPE="postgresql", **way):
            done = place.command("migrate", *(["up"] if n == 0 else ["validate"]))
            need(done.returncode == 0, f"{way}: {done.stderr}")
    with Surroundings(place, DATABASE_TYPE="mysql"):
        done = place.command("status")
        need(done.returncode == 2 and "'database-type' (environment variable DATABASE_TYPE) must be "
             "private, postgresql or supabase, not 'mysql'" in done.stderr, done.stderr)
    # A password from a file that a variable names, and only with DATABASE_TYPE.
    place.sql("ALTER ROLE planner PASSWORD 'p:w\\x'", server.dsn)
    with open(f"{server.home}/data/pg_hba.conf", "w", encoding="utf-8") as file:
        file.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    place.sql("SELECT pg_reload_conf()", server.dsn)
    passfile = write(f"{place.directory}/pass", "127.0.0.1:*:app:planner:p\\:w\\\\x\n")
    os.unlink(f"{place.directory}/.pgpass")
    with Surroundings(place, PGPASSFILE=passfile, DATABASE_URL=url):
        done = place.command("migrate", "validate", "--dsn", url)
        need(done.returncode == 1 and "password" in done.stderr, done.stderr)
        os.environ["DATABASE_TYPE"] = "postgresql"
        done = place.command("migrate", "validate")
        need(done.returncode == 0, done.stderr)
        done = place.command("migrate", "validate", "--dsn", url)
        need(done.returncode == 1, "PGPASSFILE counts beside --dsn")


def a_flag_of_another_command_is_a_usage_error(place):
    """Taken silently, 'stop --force' would look as if it had done more than 'stop'."""
    with Surroundings(place, PLANNER_BATCH="7"):
        up, down = "migrate up", "migrate down"
        for words, takers in ((["stop", "--force"], f"{up}, {down}, backup, import"),
                              (["migrate", "status", "--force"], f"{up}, {down}, backup, import"),
                              (["migrate", "plan", "3", "--backup", "b"], f"{up}, {down}"),
                              (["--dir", "d", "migrate", "up"], "migrate create, backup"),
                              (["migrate", "validate", "--yes"], f"{up}, {down}, restore, seed"),
                              (["retention", "cuts", "--batch", "5"], "retention, retention restore"),
                              (["retention", "restore", "f", "--run"], "retention"),
                              (["metrics", "reference", "--per-project", "1"], "metrics"),
                              (["restore", "nothing", "--dry-run"], "backup, import"),
                              (["--replace", "backup", "f"], "restore"), (["--fix"], "doctor"),
                              (["version", "--run"], "retention"),
                              (["doctor", "--batch", "5"], "retention, retention restore")):
            done = place.command(*words)
            told = re.search(r" takes no --.*, which is of (.*); see", done.stderr)
            need(done.returncode == 2 and told and set(takers.split(", ")) <= set(told[1].split(", ")),
                 (words, done))
        told = json.loads(place.command("stop", "--json", "--drill").stdout)
        need(told["error"].startswith("'stop' takes no --drill") and told["exit_code"] == 2, told)
        told = json.loads(place.command("migrate", "create", "x", "--json", "--force").stdout)
        need(told["error"].startswith("'migrate create' takes no --force"), told)
        # a word that is missing or none is the first thing to put right
        need("'stauts' is no such word" in place.command("migrate", "stauts", "--force").stderr, "stauts")
        # what the environment says is for whom it may concern, and 'config' tells of everything
        need(place.command("version").returncode == 0, "PLANNER_BATCH")
        need(setting(shown(place, "--batch", "8"), "batch")["value"] == "8", "config show --batch")


def sessions(place, server, name):
    return place.rows("SELECT pid FROM pg_stat_activity WHERE application_name ="
                      f" '{name}'", server.dsn)


@with_stack
def limits_of_the_connection_take_effect(place, stack):
    server = stack.postgres()
    home = Surroundings(place)
    with home:
        place.command("migrate", "up", "--dsn", server.dsn, check=True)
        tcp = f"host=127.0.0.1 port={server.port} user=planner dbname=postgres"
        client = place.serve("--dsn", tcp, "--application-name", "of ours", "--idle-close", "1s",
                             "--lock-timeout", "100ms", "--statement-timeout", "1s",
                             "--database-wait", "1s")
    client.good("create_project", name="Limits", description="Of a connection", slug="LIM")
    need(len(sessions(place, server, "of ours")) == 1, "application_name")
    deadline = time.monotonic() + 10
    while sessions(place, server, "of ours"):
        need(time.monotonic() < deadline, "an idle connection is not given back after a second")
        time.sleep(0.1)
    client.good("list_projects")
    begin = time.monotonic()
    server.stop()
    answer = client.wait(client.call("list_projects"), 30)
    need(answer.failed and time.monotonic() - begin < 4, f"database-wait: {answer.text}")
    place.end(client)


main(show_tells_values_and_where_they_come_from, passwords_are_shown_in_no_form,
     check_names_all_that_is_wrong, a_flag_of_another_command_is_a_usage_error,
     an_applications_environment_never_becomes_our_store,
     limits_of_the_connection_take_effect)
