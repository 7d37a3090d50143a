"""doctor on servers that are badly set up, busy, out of connections, or cannot be reached: each is told
by its check, and gone when the cause is."""
import concurrent.futures
import os
import pathlib
import subprocess
import threading
import time

from doctor_lib import bad_of, expect, look
from durability import Place, main, need
from servers import until, with_stack


class Session:
    """A psql that stays, to hold what the others want."""

    def __init__(self, dsn, *statements):
        self.process = subprocess.Popen(["psql", "-XAtq", dsn], stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1)
        for statement in statements:
            self.process.stdin.write(f"{statement};\n")
        self.process.stdin.write("\\echo there\n")
        while not any("begun" in s for s in statements) and \
                self.process.stdout.readline() not in ("there\n", ""):
            pass

    def close(self):
        self.process.kill()
        self.process.wait()


def migrated(place, server):
    done = place.command("migrate", "up", "--dsn", server.dsn)
    need(done.returncode == 0, f"migrate up: {done.stdout}{done.stderr}")


def only(place, server, check, severity, words):
    findings, _ = look(place, server.dsn, "--only", check)
    expect(findings, check, severity, words)


def restart(server, **settings):
    server.stop()
    server.start(**settings)


TRAPS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off",
         "max_connections": "20", "superuser_reserved_connections": "3",
         "max_prepared_transactions": "4", "archive_mode": "on", "archive_command": "false",
         "shared_preload_libraries": "pg_stat_statements"}
PROPER = {"fsync": "on", "max_connections": "60", "max_prepared_transactions": "4",
          "shared_preload_libraries": "pg_stat_statements"}


def sessions_in_the_way(server):
    """Who waits for whom, and who forgot to commit."""
    return [Session(server.dsn, "BEGIN", "LOCK TABLE planner.claims"),
            Session(server.dsn, "SELECT 1 AS begun", "DELETE FROM planner.claims"),
            Session(server.dsn, "BEGIN", "CREATE TABLE public.prep ()",
                    "PREPARE TRANSACTION 'forgotten'")]


def settings_that_lose_data_are_told(place, server):
    restart(server, **TRAPS)
    place.sql("SELECT pg_switch_wal()", server.dsn)
    findings, _ = look(place, server.dsn, "--quick", code=3)
    expect(findings, "crash_safety", "error",
           "fsync is off, full_page_writes is off, synchronous_commit is off")
    expect(findings, "autovacuum", "warning", "autovacuum is off")
    expect(findings, "connections", "warning", "of 17 that are not reserved")
    expect(findings, "checksums", "info", "off")

    fillers = [Session(server.dsn, "SELECT 1") for _ in range(14)]
    findings, _ = look(place, server.dsn, "--only", "connections", code=3)
    expect(findings, "connections", "warning", "15 of 17 that are not reserved (88%)")
    for filler in fillers:
        filler.close()

    deadline = time.monotonic() + 20
    while "failures" not in look(place, server.dsn, "--only", "archive")[0]["archive"]["seen"]:
        need(time.monotonic() < deadline, "the failing archive is not told")
        time.sleep(0.2)


def slow_statements_are_told(place, server):
    place.sql("CREATE EXTENSION pg_stat_statements", server.dsn)
    only(place, server, "statements", "ok", "")
    threads = [threading.Thread(target=place.sql, args=("SELECT pg_sleep(1.05)", server.dsn))
               for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    only(place, server, "statements", "warning", "of 20 calls within about")
    place.sql("SELECT pg_stat_statements_reset()", server.dsn)
    only(place, server, "statements", "ok", "")


def one_of_few_rights(place, server):
    place.sql("CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA planner TO looker;"
              "GRANT ALL ON ALL TABLES IN SCHEMA planner TO looker;"
              "REVOKE SELECT ON planner.secrets FROM looker;"
              "REVOKE INSERT, DELETE ON planner.items FROM looker", server.dsn)
    dsn = server.dsn.replace("user=planner", "user=looker")
    findings, _ = look(place, dsn, code=3)
    expect(findings, "rights", "error", "SELECT on secrets")
    expect(findings, "rights", "error", "DELETE, INSERT on items")
    expect(findings, "rights", "error", "USAGE on sequence change_number")
    for _ in range(3):  # until nothing is missing: the first right lets see the others
        grants = findings["rights"]["todo"].removeprefix("run ")
        need(grants.startswith("GRANT "), findings["rights"])
        place.sql(grants, server.dsn)
        findings, _ = look(place, dsn)
        if findings["rights"]["severity"] == "ok":
            break
    expect(findings, "rights", "ok", "all that is needed, without migrations")
    expect(findings, "disk", "skipped", "told to roles with pg_monitor (GRANT pg_monitor TO looker)")
    expect(findings, "lock_waits", "skipped", "hidden from this user")
    expect(findings, "statements", "ok", "")  # its own it may see
    expect(findings, "counters", "ok", "looked at")
    place.sql("DROP OWNED BY looker; DROP ROLE looker", server.dsn)


def one_that_only_watches(place, server):
    """With pg_monitor alone, and with what docs/DOCTOR.md has it granted."""
    place.sql("CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor", server.dsn)
    dsn = server.dsn.replace("user=planner", "user=monitor")
    findings, _ = look(place, dsn, code=0)
    expect(findings, "schema", "skipped", "needs USAGE on schema planner")
    expect(findings, "rights", "skipped", "only watches")

    manual = (pathlib.Path(__file__).parents[2] / "docs/DOCTOR.md").read_text(encoding="utf-8")
    place.sql(manual.split("```sql\n", 1)[1].split("```")[0], server.dsn)
    findings, _ = look(place, dsn, code=0)
    skipped = {name for name, f in findings.items() if f["severity"] == "skipped"}
    need(skipped <= {"rights", "search", "disk"}, f"the rights of the manual hide: {skipped}")
    expect(findings, "search", "skipped", "needs SELECT on planner.search_texts")
    done = place.command("metrics", "--dsn", dsn)
    need("\nmcp_planner_scrape_errors_total 0\n" in done.stdout, f"metrics: {done}")
    for table in ("secrets", "iterations", "requests"):
        done = subprocess.run(["psql", "-XAtqc", f"SELECT * FROM planner.{table}", dsn], check=False,
                              capture_output=True, text=True)
        need("permission denied" in done.stderr, f"a watcher reads {table}: {done}")
    place.sql("DROP OWNED BY monitor; DROP ROLE monitor", server.dsn)


def settings_are_taken_back_where_they_are_set(place, server):
    role = server.dsn.replace("user=planner", "user=few")
    for where in ("DATABASE postgres", "ROLE few", "ROLE few IN DATABASE postgres", "ROLE ALL"):
        place.sql(f"CREATE ROLE few LOGIN SUPERUSER CONNECTION LIMIT 0;"
                  f"ALTER {where} SET synchronous_commit = off", server.dsn)
        findings, _ = look(place, role, "--only", "crash_safety", code=3)
        need(findings["crash_safety"]["todo"] == f"run ALTER {where} RESET synchronous_commit",
             f"{where}: {findings}")
        look(place, role, "--only", "connections", code=0)  # its limit is none
        place.sql(f"{findings['crash_safety']['todo'].removeprefix('run ')}; DROP ROLE few", server.dsn)
    place.sql("ALTER SYSTEM SET synchronous_commit = off", server.dsn)
    place.sql("SELECT pg_reload_conf()", server.dsn)
    deadline = time.monotonic() + 20
    while "todo" not in (found := look(place, server.dsn, "--only", "crash_safety")[0]["crash_safety"]):
        need(time.monotonic() < deadline, "ALTER SYSTEM is not seen")
        time.sleep(0.1)
    for statement in found["todo"].removeprefix("run ").split("; "):
        place.sql(statement, server.dsn)
    until("what was acknowledged is on disk",
          lambda: look(place, server.dsn, "--only", "crash_safety")[1]["ok"])


def idle_pid(findings):
    return findings["idle_transactions"]["seen"].split()[1]


@with_stack
def trouble_of_a_server_is_told_until_it_is_gone(place, stack):
    server = stack.postgres(**PROPER)
    findings, _ = look(place, server.dsn, code=3)
    expect(findings, "schema", "error", "run 'mcp-planner migrate up'")
    expect(findings, "counters", "skipped", "the schema is not this program's")
    migrated(place, server)
    findings, _ = look(place, server.dsn, code=0)
    pooler = stack.bouncer(server)
    findings, _ = look(place, pooler.url("?pgbouncer=true"), code=0)
    expect(findings, "session", "ok", "pooler")
    pooler.stop()

    settings_that_lose_data_are_told(place, server)
    restart(server, **PROPER)
    held = sessions_in_the_way(server)
    began = time.monotonic()
    slow_statements_are_told(place, server)
    one_of_few_rights(place, server)
    time.sleep(max(0, 15.5 - (time.monotonic() - began)))
    findings, _ = look(place, server.dsn, "--quick", code=3)
    expect(findings, "idle_transactions", "warning", "psql) for ")
    expect(findings, "lock_waits", "warning", " waits for pid ")
    for check in ("idle_transactions", "lock_waits"):  # the session that is in the way
        need(f"SELECT pg_terminate_backend({idle_pid(findings)})" in findings[check]["todo"], findings[check])
    expect(findings, "prepared", "info", "1, the oldest for")
    for session in held:
        session.close()
    place.sql("ROLLBACK PREPARED 'forgotten'", server.dsn)
    time.sleep(0.5)
    findings, _ = look(place, server.dsn, code=0)
    need(not bad_of(findings), f"afterwards: {bad_of(findings)}")
    one_that_only_watches(place, server)
    settings_are_taken_back_where_they_are_set(place, server)


def refused_write(place, dsn, words):
    """What a call is told, and that health tells the same."""
    server = place.serve("--dsn", dsn)
    answer = server.wait(server.call("create_project", name="No", description="Is not made"))
    need(answer.failed and words in answer.text, f"'{words}' is not in: {answer.text}")
    health = server.wait(server.post("resources/read", {"uri": "planner://health"}))
    need("every call that changes something is refused" in str(health.frame), f"{health.frame}")
    place.end(server)


@with_stack
def standbys_are_watched(place, stack):
    primary = stack.postgres(fsync="on")
    migrated(place, primary)
    standby = stack.standby(primary, fsync="on")
    deadline = time.monotonic() + 20
    while "standby (streaming" not in look(place, primary.dsn, "--only", "replication")[0][
            "replication"]["seen"]:
        need(time.monotonic() < deadline, "the standby does not stream")
        time.sleep(0.1)
    findings, _ = look(place, standby.dsn, code=3)
    expect(findings, "primary", "error", "a standby, which refuses every write")
    expect(findings, "replication", "ok", "this standby is")
    need(list(bad_of(findings)) == ["primary"], f"on the standby: {bad_of(findings)}")

    refused_write(place, standby.dsn, "is a standby, which takes no writes; nothing was changed; connect")
    place.sql("ALTER DATABASE postgres SET default_transaction_read_only = on", primary.dsn)
    refused_write(place, primary.dsn, "its sessions read-only (default_transaction_read_only); nothing was")
    place.sql("ALTER DATABASE postgres RESET default_transaction_read_only",
              f"{primary.dsn} options='-c default_transaction_read_only=off'")

    reading = ("--read-dsn", standby.dsn)
    findings, _ = look(place, primary.dsn, "--only", "read_standby", *reading, code=0)
    expect(findings, "read_standby", "ok", "it is 0 s behind")
    findings, _ = look(place, primary.dsn, "--only", "read_standby", "--read-dsn", primary.dsn, code=3)
    expect(findings, "read_standby", "warning", "not in hot standby mode")

    # Far behind: it replays nothing while more than 256 MB arrive.
    place.sql("SELECT pg_wal_replay_pause()", standby.dsn)
    place.sql("CREATE TABLE public.wide AS SELECT repeat(md5(n::text), 60) AS t"
              " FROM generate_series(1, 160000) n", primary.dsn)
    only(place, primary, "replication", "warning", "MB and")
    place.sql("DROP TABLE public.wide; SELECT pg_create_physical_replication_slot('left', true)",
              primary.dsn)
    place.sql("SELECT pg_wal_replay_resume()", standby.dsn)
    only(place, primary, "slots", "info", "left (nobody reads it)")
    place.sql("SELECT pg_drop_replication_slot('left')", primary.dsn)
    only(place, primary, "slots", "ok", "none")

    place.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'", primary.dsn)
    place.sql("SELECT pg_reload_conf()", primary.dsn)
    deadline = time.monotonic() + 20
    while look(place, primary.dsn, "--only", "sync_standby")[0]["sync_standby"]["seen"] != \
            "1 confirm every COMMIT":
        need(time.monotonic() < deadline, "the synchronous standby is not told")
        time.sleep(0.1)
    standby.stop()
    findings, _ = look(place, primary.dsn, "--only", "read_standby", *reading, code=3)
    expect(findings, "read_standby", "warning", "it cannot be reached")
    only(place, primary, "sync_standby", "error", "every COMMIT waits for a standby, and none is there")


def unreached(place, dsn, step, words="", env=None):
    findings, report = look(place, dsn, code=3, env=env)
    expect(findings, "connection", "error", f"failed at: {step}")
    expect(findings, "connection", "error", words)
    need(not report["reached"] and report["counts"]["skipped"] == len(findings) - 1, f"{report}")
    return findings["connection"]


@with_stack
def where_the_way_to_the_database_breaks_is_told(place, stack):
    server = stack.postgres()
    tcp = f"host=127.0.0.1 port={server.port} dbname=postgres"
    for statement in ("CREATE ROLE closed LOGIN CONNECTION LIMIT 0", "CREATE DATABASE shut", "REVOKE CONNECT ON DATABASE shut FROM PUBLIC",
                      "CREATE ROLE plain LOGIN PASSWORD 'x'", "CREATE DATABASE latin ENCODING"
                      " 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"):
        place.sql(statement, server.dsn)
    hba = pathlib.Path(f"{server.home}/data/pg_hba.conf")
    hba.write_text("host all plain 127.0.0.1/32 scram-sha-256\nhost all none 127.0.0.1/32 reject\n"
                   + hba.read_text(encoding="utf-8"), encoding="utf-8")
    place.sql("SELECT pg_reload_conf()", server.dsn)
    time.sleep(0.3)

    unreached(place, "host=no-such-host.invalid user=planner dbname=postgres",
              "looking up the host's name")
    unreached(place, "host=127.0.0.1 port=1 user=planner dbname=postgres", "connecting", "refused")
    unreached(place, f"host={place.directory} user=planner dbname=postgres", "connecting",
              "No such file")
    found = unreached(place, f"{tcp} user=planner sslmode=require", "agreeing on encryption")
    need(found["todo"] == "turn it on there, or set 'tls' to disable", f"{found}")
    found = unreached(place, f"{tcp} user=plain password=wrong", "logging in", "28P01")
    need(found["todo"].startswith("correct the password: it is in 'dsn'"), f"{found}")
    unreached(place, f"{tcp} user=none", "logging in", "28000")
    unreached(place, f"{tcp} user=nobody_at_all", "logging in", "28000")
    found = unreached(place, f"{tcp} user=planner".replace("=postgres", "=gone"), "opening the database",
                      "3D000")
    need(found["todo"].startswith('run CREATE DATABASE "gone" in the database postgres'), f"{found}")
    found = unreached(place, f"{tcp} user=planner port=99999", "connecting", "invalid port number")
    need("config check" in found["todo"], f"{found}")
    unreached(place, f"{tcp} user=plain password=x".replace("=postgres", "=shut"),
              "opening the database", "42501")
    unreached(place, f"{tcp} user=closed", "getting a connection", "53300")
    findings, _ = look(place, server.dsn.replace("=postgres", "=latin"), "--quick", code=3)
    expect(findings, "encoding", "error", "SQL_ASCII")

    secret = place.command("doctor", "--dsn", f"{tcp} user=plain password=hunter2").stdout
    need("hunter2" not in secret, "the password is told")


def damaged_pages_and_a_full_disk_are_told(place):
    """Below the store: needs root, for a file system of its own."""
    os.mkdir(place.data, 0o755)
    if os.getuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", place.data], check=False,
            capture_output=True).returncode != 0:
        place.note("no file system can be mounted here: not tried")
        return
    try:
        on_a_small_disk(place)
    finally:
        place.command("stop", "--data-dir", f"{place.data}/store")
        subprocess.run(["umount", "-l", place.data], check=False)


def on_a_small_disk(place):
    small = Place(place.binary, place.directory)
    small.data = f"{place.data}/store"
    server = small.serve()
    server.good("create_project", name="Small", description="On a small disk", slug="SML")
    findings, _ = look(small, None, "--only", "disk")
    expect(findings, "disk", "ok", "of 160 MB are used")
    stat = os.statvfs(place.data)
    size = int(stat.f_blocks * 0.85) - (stat.f_blocks - stat.f_bfree)
    with open(f"{place.data}/ballast", "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, size * stat.f_frsize)
    findings, _ = look(small, None, "--only", "disk", code=3)
    expect(findings, "disk", "warning", "8")
    stat = os.statvfs(place.data)
    with open(f"{place.data}/more", "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0,
                           stat.f_bfree * stat.f_frsize - stat.f_blocks * stat.f_frsize // 50)
    findings, _ = look(small, None, "--only", "disk", code=3)
    expect(findings, "disk", "error", "% of 160 MB are used")
    os.unlink(f"{place.data}/ballast")
    os.unlink(f"{place.data}/more")
    expect(look(small, None, "--only", "disk", code=0)[0], "disk", "ok", "")
    damage_a_page(small)
    small.end(server)


def damage_a_page(small):
    connection = small.connection()
    path = small.sql("CREATE TABLE public.hurt AS SELECT n FROM generate_series(1, 1000) n;"
                     "CHECKPOINT; SELECT pg_relation_filepath('public.hurt')", connection)
    small.sql("CHECKPOINT", connection)
    small.sql("SELECT pg_stat_reset()", connection)
    small.command("stop", "--data-dir", small.data)
    with open(f"{small.data}/pg/{path}", "r+b") as file:
        file.seek(8192 - 40)
        file.write(b"damage")
    look(small, None, "--quick")
    done = subprocess.run(["psql", "-XAtqc", "SELECT sum(n) FROM public.hurt", connection],
                          check=False, capture_output=True, text=True)
    need("invalid page" in done.stderr, f"the page is read: {done}")
    time.sleep(0.3)
    expect(look(small, None, "--only", "checksums", code=3)[0], "checksums", "error",
           "1 pages failed their checksum")


PARTS = [trouble_of_a_server_is_told_until_it_is_gone, standbys_are_watched,
         where_the_way_to_the_database_breaks_is_told, damaged_pages_and_a_full_disk_are_told]


def in_a_place_of_its_own(part, place):
    own = Place(place.binary, f"{place.directory}/{part.__name__[:12]}")
    os.mkdir(own.directory, 0o711)
    try:
        part(own)
    finally:
        own.clean_up()
        place.notes += own.notes


def servers_in_every_kind_of_trouble(place):
    """Beside each other: the longest one mostly waits."""
    with concurrent.futures.ThreadPoolExecutor(len(PARTS)) as pool:
        for running in [pool.submit(in_a_place_of_its_own, part, place) for part in PARTS]:
            running.result()


main(servers_in_every_kind_of_trouble)
