#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "planner/base/buf.h"
#include "planner/base/memory.h"
#include "planner/store/migrate.h"

#define CONNECT_MS 5000
#define LOCK_SQL   "SELECT pg_advisory_lock(60919)"

struct group {
    char template_name[48];
    bool shared; /* stays when this process ends */
    int n;       /* databases made so far */
};
static struct group group;

/* The server to test on, as PLANNER_TEST_DSN or TEST_DATABASE_URL names it; NULL: neither does. */
static const char *server(void)
{
    const char *ours = getenv("PLANNER_TEST_DSN");

    return ours != NULL ? ours : getenv("TEST_DATABASE_URL");
}

/* Whether it is a URI or key=value, with another database. */
static char *dsn_of(const char *database)
{
    PQconninfoOption *parts = PQconninfoParse(server(), NULL);
    const size_t size = strlen(server()) * 2 + strlen(database) + 1000;
    char *dsn = memory_alloc(size);
    size_t len = 0;

    if (parts == NULL) {
        print_error("the server to test on cannot be read as a connection string\n");
        exit(1);
    }
    for (const PQconninfoOption *part = parts; part->keyword != NULL; part++) {
        if (part->val == NULL || strcmp(part->keyword, "dbname") == 0)
            continue;
        len += (size_t)snprintf(dsn + len, size - len, "%s='", part->keyword);
        for (const char *c = part->val; *c != '\0' && len + 3 < size; c++) {
            if (*c == '\'' || *c == '\\')
                dsn[len++] = '\\';
            dsn[len++] = *c;
        }
        len += (size_t)snprintf(dsn + len, size - len, "' ");
    }
    (void)snprintf(dsn + len, size - len, "dbname=%s", database);
    PQconninfoFree(parts);
    return dsn;
}

static PGconn *connect_to(const char *database)
{
    char *dsn = dsn_of(database);
    PGconn *conn = PQconnectdb(dsn);

    if (PQstatus(conn) != CONNECTION_OK) {
        print_error("%s", PQerrorMessage(conn));
        exit(1);
    }
    memory_free(dsn);
    return conn;
}

static void run_or_exit(PGconn *conn, const char *sql)
{
    PGresult *res = PQexec(conn, sql);
    const ExecStatusType status = PQresultStatus(res);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        print_error("%s: %s", sql, PQerrorMessage(conn));
        exit(1);
    }
    PQclear(res);
}

static void admin(const char *fmt, const char *a, const char *b)
{
    PGconn *conn = connect_to("postgres");
    char sql[256];

    (void)snprintf(sql, sizeof(sql), fmt, a, b);
    run_or_exit(conn, sql);
    PQfinish(conn);
}

static void req_open(struct harness *h, struct req *rq, struct arena *arena, const char *agent)
{
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = CONNECT_MS};

    arena_init(arena, ARENA_CAP_DEFAULT);
    *rq = (struct req){.arena = arena,
                       .log = &h->log,
                       .waiter = &waiter_plain,
                       .uuids = &h->uuids,
                       .db = db_new(&config, &h->log),
                       .actor = {.agent = agent}};
}

static struct harness *harness_open(const char *database)
{
    struct harness *h = memory_alloc(sizeof(*h));
    const char *level = getenv("PLANNER_TEST_LOG");

    *h = (struct harness){.log = {.level = LOG_ERROR}};
    if (level != NULL)
        (void)log_level_parse(level, &h->log.level);
    (void)snprintf(h->database, sizeof(h->database), "%s", database);
    h->dsn = dsn_of(database);
    h->side = connect_to(database);
    req_open(h, &h->rq, &h->arena, "agent-a");
    return h;
}

static void harness_close(struct harness *h)
{
    db_free(h->rq.db);
    arena_destroy(&h->arena);
    PQfinish(h->side);
    memory_free((void *)(uintptr_t)h->dsn);
    memory_free(h);
}

static void fill_migrated(struct harness *h)
{
    int applied = 0;

    if (migrate_up(&h->rq, 0, &applied) != ST_OK) {
        print_error("migrate_up: %s\n", h->rq.message);
        exit(1);
    }
}

static void template_create(void (*fill)(struct harness *h))
{
    struct harness *h = NULL;

    admin("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'%s",
          group.template_name, "");
    h = harness_open(group.template_name);
    fill(h);
    harness_close(h);
}

static void template_name_own(void)
{
    (void)snprintf(group.template_name, sizeof(group.template_name), "planner_template_%d",
                   (int)getpid());
}

/* Test programs of one run may start together: the first one makes the template. */
static void template_make(void)
{
    const char *name = getenv("PLANNER_TEST_TEMPLATE");
    PGconn *conn = connect_to("postgres");
    char sql[256];
    PGresult *res = NULL;

    group.shared = name != NULL;
    if (name != NULL)
        (void)snprintf(group.template_name, sizeof(group.template_name), "%s", name);
    else
        template_name_own();
    run_or_exit(conn, LOCK_SQL);
    (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_database WHERE datname = '%s'",
                   group.template_name);
    res = PQexec(conn, sql);
    if (PQntuples(res) == 0)
        template_create(fill_migrated);
    PQclear(res);
    PQfinish(conn);
}

static int setup_from(void **state, const char *from)
{
    char database[64];

    (void)snprintf(database, sizeof(database), "planner_test_%d_%d", (int)getpid(), ++group.n);
    admin("CREATE DATABASE %s TEMPLATE %s", database, from);
    *state = harness_open(database);
    return 0;
}

int harness_setup(void **state)
{
    return setup_from(state, group.template_name);
}

int harness_setup_empty(void **state)
{
    return setup_from(state, "template0");
}

int harness_teardown(void **state)
{
    struct harness *h = *state;
    char database[64];

    (void)snprintf(database, sizeof(database), "%s", h->database);
    harness_close(h);
    admin("DROP DATABASE %s WITH (FORCE)%s", database, "");
    return 0;
}

static bool may_run(void)
{
    if (server() == NULL) {
        print_message("neither PLANNER_TEST_DSN nor TEST_DATABASE_URL is set: skipped\n");
        return false;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does */
    memory_hook_cjson();
    return true;
}

static int run_on_template(const struct CMUnitTest *tests, size_t n)
{
    const int failed = _cmocka_run_group_tests("store", tests, n, NULL, NULL);

    if (!group.shared)
        admin("DROP DATABASE %s WITH (FORCE)%s", group.template_name, "");
    return failed;
}

int harness_run_group(const struct CMUnitTest *tests, size_t n)
{
    if (!may_run())
        return 77;
    template_make();
    return run_on_template(tests, n);
}

int harness_run_filled(const struct CMUnitTest *tests, size_t n, void (*fill)(struct harness *h))
{
    if (!may_run())
        return 77;
    template_name_own();
    template_create(fill);
    return run_on_template(tests, n);
}

void harness_settle(struct harness *h)
{
    for (int tries = 0; tries < 1200; tries++) {
        if (strcmp(harness_sql(h, "SELECT pg_snapshot_xmin(pg_current_snapshot()) > xid FROM"
                                  " planner.outbox ORDER BY xid DESC LIMIT 1"),
                   "t") == 0)
            return;
        (void)harness_sql(h, "SELECT pg_sleep(0.05)");
    }
    fail_msg("a transaction of somebody else does not end");
}

struct another {
    struct req rq;
    struct arena arena;
};

static void another_free(void *ptr)
{
    struct another *another = ptr;

    db_free(another->rq.db);
    arena_destroy(&another->arena);
    memory_free(another);
}

struct req *harness_req(struct harness *h, const char *agent)
{
    struct another *another = memory_alloc(sizeof(*another));

    req_open(h, &another->rq, &another->arena, agent);
    arena_defer(&h->arena, another_free, another);
    return &another->rq;
}

const char *harness_sql(struct harness *h, const char *fmt, ...)
{
    const char *value = NULL;
    PGresult *res = NULL;
    va_list args;

    va_start(args, fmt);
    res = PQexec(h->side, arena_vprintf(&h->arena, fmt, args));
    va_end(args);
    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(h->side));
    if (PQntuples(res) > 0 && !PQgetisnull(res, 0, 0))
        value = arena_strdup(&h->arena, PQgetvalue(res, 0, 0));
    PQclear(res);
    return value;
}

void harness_terminate(struct harness *h)
{
    (void)harness_sql(h, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                         " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

const char *harness_file(struct arena *arena, const char *path)
{
    struct buf text = BUF_IN(arena);
    char part[4096];
    FILE *file = fopen(path, "re");
    size_t n = 0;

    if (file == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&text, part, n);
    (void)fclose(file);
    return buf_str(&text);
}
