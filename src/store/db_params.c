/*
 * What a connection is opened with: the connection string, our settings, and addresses in place
 * of names (libpq would resolve them blocking).
 */
#include "db_private.h"

#include <arpa/inet.h>

#include "planner/base/buf.h"

#define OURS_MAX 24 /* parameters that we add */

/*
 * The session's settings, where the server keeps a session for us. jit is off because its
 * compilation costs more than any of our statements. Every statement is written for one plan, which
 * walks indexes; the plan settings keep it, since the server would plan anew at each call (the many
 * null parameters make a plan of their own look cheaper) and guess from the size of an average
 * parent what to do with one of ten thousand children. The costs say that a row is what costs, and
 * a page next to nothing: everything that is worked at is in memory. With PostgreSQL's own, made
 * for disks, a walk over what it takes for a small project looks cheaper than a hundred look-ups by
 * key, and how large a project is it cannot know: statistics are old, or of the average of a
 * thousand. Behind a transaction pooler the same are sent with every transaction:
 * sql/queries/session_settings.sql.
 */
static const char session_options[] =
    "-c idle_in_transaction_session_timeout=10s "
    "-c client_min_messages=warning -c jit=off -c search_path=planner,pg_catalog,pg_temp "
    "-c default_transaction_isolation=read\\ committed "
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off "
    "-c enable_hashjoin=off -c enable_mergejoin=off "
    "-c cpu_tuple_cost=0.1 -c random_page_cost=0.02 "
    "-c TimeZone=UTC -c DateStyle=ISO -c planner.writer=mcp-planner";

struct maker {
    struct req *rq;
    const struct db *db;
    const char **keywords;
    const char **values;
    size_t n;
    bool leaves_names; /* to libpq, which blocks */
};

static const char *maker_get(const struct maker *m, const char *keyword)
{
    for (size_t i = 0; i < m->n; i++) {
        if (strcmp(m->keywords[i], keyword) == 0)
            return m->values[i];
    }
    return NULL;
}

static void maker_set(struct maker *m, const char *keyword, const char *value)
{
    size_t i = 0;

    while (i < m->n && strcmp(m->keywords[i], keyword) != 0)
        i++;
    m->keywords[i] = keyword;
    m->values[i] = value;
    if (i == m->n)
        m->n++;
}

static void maker_default(struct maker *m, const char *keyword, const char *value)
{
    if (maker_get(m, keyword) == NULL)
        maker_set(m, keyword, value);
}

static void maker_room(struct maker *m, size_t n)
{
    m->keywords = ARENA_MANY(m->rq->arena, n + OURS_MAX + 1, const char *);
    m->values = ARENA_MANY(m->rq->arena, n + OURS_MAX + 1, const char *);
}

static enum status read_dsn(struct maker *m, struct db_dsn_words *ret_words)
{
    const char *dsn = db_dsn_plain(m->rq->arena, m->db->config.dsn, ret_words);
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    size_t n = 0;

    PQfreemem(why); /* it may quote the password */
    if (options == NULL) {
        (void)req_fail(m->rq, ST_INVALID,
                       "the database's connection string cannot be read; give "
                       "it as postgresql://user@host/database");
        return ST_INVALID;
    }
    while (options[n].keyword != NULL)
        n++;
    maker_room(m, n);
    for (size_t i = 0; i < n; i++) {
        if (options[i].val != NULL)
            maker_set(m, arena_strdup(m->rq->arena, options[i].keyword),
                      arena_strdup(m->rq->arena, options[i].val));
    }
    PQconninfoFree(options);
    return ST_OK;
}

static bool is_numeric(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static size_t list_length(const char *list)
{
    size_t n = 1;

    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

/* The i-th of a list with commas; the only one for every i. */
static const char *list_item(struct arena *arena, const char *list, size_t i)
{
    if (list == NULL)
        return "";
    if (strchr(list, ',') == NULL)
        return list;
    while (i-- > 0 && strchr(list, ',') != NULL)
        list = strchr(list, ',') + 1;
    return arena_copy(arena, list, strcspn(list, ","));
}

static bool list_has(const char *list, const char *item)
{
    const size_t len = strlen(item);

    while (list != NULL && (strncmp(list, item, len) != 0 || strchr(",", list[len]) == NULL)) {
        list = strchr(list, ',');
        list += list != NULL;
    }
    return list != NULL;
}

/* Another one of the servers first: the one that did not answer would use up each attempt. */
static void turn_list(struct maker *m, const char *keyword)
{
    const char *list = maker_get(m, keyword);
    struct buf out = BUF_IN(m->rq->arena);
    const size_t n = list == NULL ? 1 : list_length(list);

    for (size_t i = 0; i < n && n > 1; i++)
        buf_printf(&out, "%s%s", i > 0 ? "," : "",
                   list_item(m->rq->arena, list, (i + m->db->turn) % n));
    if (n > 1)
        maker_set(m, keyword, buf_str(&out));
}

struct lists {
    struct buf hosts, addresses, ports;
    size_t n;
    bool remote;
};

/* A host stands once for each of its addresses, so that libpq goes on to the next one. */
static void lists_add(struct lists *lists, const char *host, const char *addresses,
                      const char *port)
{
    do {
        const size_t len = strcspn(addresses, ",");
        const char *comma = lists->n++ > 0 ? "," : "";
        buf_printf(&lists->hosts, "%s%s", comma, host);
        buf_printf(&lists->addresses, "%s%.*s", comma, (int)len, addresses);
        buf_printf(&lists->ports, "%s%s", comma, port);
        addresses += len + (addresses[len] == ',');
    } while (*addresses != '\0');
}

static enum status resolve_hosts(struct maker *m, int64_t deadline, struct lists *lists)
{
    const char *hosts = maker_get(m, "host");
    const char *ports = maker_get(m, "port");
    const size_t n = list_length(hosts);
    enum status status = ST_OK;

    for (size_t i = 0; i < n; i++) {
        const char *host = list_item(m->rq->arena, hosts, i);
        const char *addresses = "";
        enum status found = ST_OK;
        if (!m->leaves_names && *host != '\0' && *host != '/' && *host != '@' && !is_numeric(host))
            found = db_helper_resolve(m->rq, host, deadline, &addresses);
        if (found == ST_CANCELLED)
            return found;
        lists->remote = lists->remote || !db_host_is_local(host);
        if (found == ST_OK)
            lists_add(lists, host, addresses, list_item(m->rq->arena, ports, i));
        else
            status = found;
    }
    return lists->n > 0 ? ST_OK : status; /* the name of a server that is away may be, too */
}

/* Of several servers one is the primary; standbys are in the list because they may become it. */
static void set_target(struct maker *m)
{
    const char *hosts = maker_get(m, "host");
    const char *addresses = maker_get(m, "hostaddr");

    if (m->db->config.standby)
        maker_default(m, "target_session_attrs", "standby");
    else if ((hosts != NULL && list_length(hosts) > 1) ||
             (addresses != NULL && list_length(addresses) > 1))
        maker_default(m, "target_session_attrs", "read-write");
}

static bool are_local(const struct maker *m, const char *hosts)
{
    const size_t n = list_length(hosts);
    bool local = true;

    for (size_t i = 0; i < n; i++)
        local = local && db_host_is_local(list_item(m->rq->arena, hosts, i));
    return local;
}

/* What the settings say comes before the string, and that before what SPEC 5 wants of distance. */
static void set_tls(struct maker *m, bool remote)
{
    const struct db_tuning *tuning = db_tuning(m->db);
    const struct {
        const char *keyword, *value;
    } ours[] = {{"sslmode", tuning->tls},
                {"sslrootcert", tuning->tls_ca},
                {"sslcert", tuning->tls_cert},
                {"sslkey", tuning->tls_key}};

    for (size_t i = 0; i < LENGTH_OF(ours); i++) {
        if (ours[i].value != NULL)
            maker_set(m, ours[i].keyword, ours[i].value);
    }
    if (tuning->tls_ca != NULL) /* whoever names an authority wants to be sure */
        maker_default(m, "sslmode", "verify-full");
    if (remote)
        maker_default(m, "sslmode", "require");
}

static enum status set_hosts(struct maker *m, int64_t deadline)
{
    struct lists lists = {.hosts = BUF_IN(m->rq->arena),
                          .addresses = BUF_IN(m->rq->arena),
                          .ports = BUF_IN(m->rq->arena)};

    set_target(m);
    turn_list(m, "host");
    turn_list(m, "hostaddr");
    turn_list(m, "port");
    if (maker_get(m, "hostaddr") != NULL) {
        lists.remote = !are_local(m, maker_get(m, "hostaddr"));
    } else if (maker_get(m, "host") != NULL) {
        TRY(resolve_hosts(m, deadline, &lists));
        maker_set(m, "host", buf_str(&lists.hosts));
        maker_set(m, "hostaddr", buf_str(&lists.addresses));
        maker_set(m, "port", buf_str(&lists.ports));
    }
    set_tls(m, lists.remote);
    return ST_OK;
}

static const char *seconds(struct arena *arena, int64_t ms)
{
    return arena_printf(arena, "%lld", (long long)((ms + 999) / 1000));
}

/* How a connection is found to be dead that says nothing. What the string says of it counts. */
static void set_watch(struct maker *m)
{
    const struct db_tuning *tuning = db_tuning(m->db);
    struct arena *arena = m->rq->arena;

    maker_default(m, "tcp_user_timeout",
                  arena_printf(arena, "%lld", (long long)tuning->user_timeout_ms));
    maker_default(m, "keepalives", tuning->keepalive_idle_ms > 0 ? "1" : "0");
    maker_default(m, "keepalives_idle", seconds(arena, tuning->keepalive_idle_ms));
    maker_default(m, "keepalives_interval", seconds(arena, tuning->keepalive_interval_ms));
    maker_default(m, "keepalives_count",
                  arena_printf(arena, "%lld", (long long)tuning->keepalive_count));
}

static void set_options(struct maker *m, bool pooled)
{
    const struct db_tuning *tuning = db_tuning(m->db);
    const char *theirs = maker_get(m, "options");

    maker_set(m, "client_encoding", "UTF8");
    maker_default(m, "application_name",
                  m->db->config.application != NULL ? m->db->config.application : "mcp-planner");
    maker_default(m, "gssencmode", "disable"); /* its look for credentials blocks */
    set_watch(m);
    if (pooled) /* poolers refuse startup options; see session_settings.sql */
        return;
    maker_set(m, "options",
              arena_printf(m->rq->arena, "%s%s-c statement_timeout=%lld -c lock_timeout=%lld %s",
                           theirs != NULL ? theirs : "", theirs != NULL ? " " : "",
                           (long long)tuning->statement_ms, (long long)tuning->lock_ms,
                           session_options));
}

static void make_private(struct maker *m)
{
    maker_room(m, 0);
    maker_set(m, "host", m->db->config.cluster->socket_dir);
    maker_set(m, "port", "5432");
    maker_set(m, "dbname", "planner");
    maker_set(m, "user", "planner");
}

static enum status make(struct maker *m, int64_t deadline, struct db_dsn_words *ret_words)
{
    struct db_dsn_words words = {0};

    if (m->db->config.dsn == NULL) {
        make_private(m);
    } else {
        const char *port = NULL;
        TRY(read_dsn(m, &words));
        port = maker_get(m, "port");
        words.pooled = words.pooled || m->db->config.pooled || list_has(port, "6543");
        TRY(set_hosts(m, deadline));
    }
    set_options(m, words.pooled);
    *ret_words = words;
    return ST_OK;
}

enum status db_params_make(struct req *rq, const struct db *db, int64_t deadline,
                           struct db_params *ret_params)
{
    struct maker m = {.rq = rq, .db = db};
    struct db_dsn_words words = {0};

    TRY(make(&m, deadline, &words));
    *ret_params = (struct db_params){m.keywords, m.values, words};
    return ST_OK;
}

enum status db_params_for_probe(struct req *rq, const struct db *db, int timeout_ms,
                                struct db_params *ret_params)
{
    struct maker m = {.rq = rq, .db = db, .leaves_names = true};
    struct db_dsn_words words = {0};

    TRY(make(&m, 0, &words));
    maker_set(&m, "connect_timeout", param_int(rq, (timeout_ms + 999) / 1000));
    *ret_params = (struct db_params){m.keywords, m.values, words};
    return ST_OK;
}
