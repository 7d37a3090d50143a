/* From what the server or libpq said to a status and a sentence. */
#include "db_private.h"

#include <ctype.h>

#include "planner/base/clock.h"

#define HIDDEN "\"...\"" /* in place of what libpq itself quotes */

/* A SQLSTATE (5 characters) or its class (2), and what becomes of it. The first match counts. */
struct rule {
    const char *state;
    enum status status;
    const char *message;
    const char *next;    /* what to do about it; NULL: req_again() */
    const char *by_hand; /* the same for who has run a command; NULL: as `next` */
};

static const struct rule rules[] = {
    {"40001", ST_RETRY, "another change got in the way", NULL, NULL},
    {"40P01", ST_RETRY, "another change got in the way", NULL, NULL},
    {"55P03", ST_RETRY, "another change holds what this one needs", NULL, NULL},
    {"26000", ST_RETRY, "the database connection was reset", NULL, NULL},
    {"57014", ST_UNAVAILABLE,
     "the database took longer than 'statement-timeout' allows; nothing was changed",
     "call again, or ask for less at once", "run it again, or raise 'statement-timeout'"},
    {"53100", ST_UNAVAILABLE, "the database has no disk space left; nothing was changed",
     "somebody has to make room, then call again", "make room, then run it again"},
    {"53200", ST_UNAVAILABLE, "the database is out of memory; nothing was changed", NULL, NULL},
    {"53300", ST_UNAVAILABLE, "the database has no connection left for this; nothing was changed",
     NULL, NULL},
    {"53", ST_UNAVAILABLE, "the database is short of resources; nothing was changed", NULL, NULL},
    {"57P", ST_UNAVAILABLE, "the database is shutting down; nothing was changed", NULL, NULL},
    {"08", ST_UNAVAILABLE, "the database connection broke; nothing was changed", NULL, NULL},
    {"25006", ST_UNAVAILABLE, "the database is read-only; nothing was changed",
     "connect to the primary or, where that is one, take default_transaction_read_only back", NULL},
    {"42501", ST_UNAVAILABLE, "the database refuses this user; nothing was changed",
     "grant it the rights on schema planner",
     "grant it the rights that 'mcp-planner doctor --only rights' lists"},
};

/* What the server says of itself decides; behind a pooler nobody knows of which one it speaks. */
static const struct rule standby = {
    "25006", ST_UNAVAILABLE,
    "the database is a standby, which takes no writes; nothing was changed",
    "connect to the primary", NULL};
static const struct rule read_only = {
    "25006", ST_UNAVAILABLE,
    "the database makes its sessions read-only (default_transaction_read_only); nothing was changed",
    "somebody has to take that back ('mcp-planner doctor' says how), then call again",
    "'mcp-planner doctor' says how to take that back, then run it again"};

static const char *next_of(const struct req *rq, const struct rule *rule)
{
    if (rule->next == NULL)
        return req_again(rq);
    return rq->by_hand && rule->by_hand != NULL ? rule->by_hand : rule->next;
}

static const struct rule *rule_find(const char *sqlstate)
{
    for (size_t i = 0; i < LENGTH_OF(rules); i++) {
        if (strncmp(rules[i].state, sqlstate, strlen(rules[i].state)) == 0)
            return &rules[i];
    }
    return NULL;
}

/* Unique, foreign key, check, exclusion; a null where none may be is our defect. */
static bool is_constraint(const char *sqlstate)
{
    return strncmp(sqlstate, "23", 2) == 0 && strcmp(sqlstate, "23502") != 0;
}

/*
 * The schema changed under a prepared statement. PostgreSQL takes no lock on functions: a statement
 * that was planned while they were replaced may keep those that are gone, for as long as its
 * session lives. The messages are never translated.
 */
static bool is_stale_plan(const struct db_fault *fault)
{
    static const char *const gone[] = {"cache lookup failed for ",
                                       "could not open relation with OID "};
    bool stale =
        strcmp(fault->sqlstate, "0A000") == 0 && strstr(fault->message, "cached plan") != NULL;

    for (size_t i = 0; i < LENGTH_OF(gone) && strcmp(fault->sqlstate, "XX000") == 0; i++)
        stale = stale || strncmp(fault->message, gone[i], strlen(gone[i])) == 0;
    return stale;
}

static bool is_in_recovery(const struct db_fault *fault)
{
    return fault->message != NULL && strstr(fault->message, "during recovery") != NULL;
}

/* A standby has more ways to say that it is one than "read-only transaction". */
bool db_fault_is_read_only(const struct db_fault *fault)
{
    return strcmp(fault->sqlstate, "25006") == 0 || is_in_recovery(fault);
}

static const struct rule *rule_of(const struct db_fault *fault)
{
    if (is_in_recovery(fault))
        return &standby;
    if (!db_fault_is_read_only(fault) || fault->standby == NULL)
        return rule_find(fault->sqlstate);
    return strcmp(fault->standby, "on") == 0 ? &standby : &read_only;
}

enum status db_fault_fail(struct req *rq, const struct db_fault *fault)
{
    const struct rule *rule = rule_of(fault);

    if (strcmp(fault->sqlstate, "57014") == 0 && rq->cancelled)
        return req_fail(rq, ST_CANCELLED, "the call was cancelled");
    if (is_stale_plan(fault) || db_named_is_lost(rq->db, fault->sqlstate)) {
        db_named_doubt(rq->db);
        db_close(rq->db); /* the statements of the next connection are new */
        return req_fail(rq, ST_RETRY, "the database connection was reset; %s", req_again(rq));
    }
    if (is_constraint(fault->sqlstate))
        return req_fail(rq, ST_CONFLICT, "'%s' of the database refuses this; read again, then call",
                        fault->constraint == NULL ? "a constraint" : fault->constraint);
    if (rule == NULL)
        return req_bug(rq, "query %s: SQLSTATE %s: %.300s", fault->query, fault->sqlstate,
                       fault->message);
    log_write(rq->log, rule->status == ST_RETRY ? LOG_DEBUG : LOG_WARNING,
              "query %s: SQLSTATE %s: %.300s", fault->query, fault->sqlstate, fault->message);
    return req_fail(rq, rule->status, "%s; %s", rule->message, next_of(rq, rule));
}

bool db_gist_is_final(const char *gist)
{
    static const char *const words[] = {
        "authentication failed", "does not exist", "pg_hba.conf", "certificate", "SSL", "password",
        "unsupported frontend",  "invalid"};

    if (strstr(gist, "starting up") != NULL)
        return false;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strstr(gist, words[i]) != NULL)
            return true;
    }
    return false;
}

static bool is_crowded(const char *gist)
{
    return strstr(gist, "too many") != NULL || strstr(gist, "connection slots") != NULL;
}

/*
 * A command is over when it has waited: nobody tries again for it, and whoever has run it can look
 * at more than an agent can.
 */
static enum status away_by_hand(struct req *rq, const char *gist)
{
    if (strncmp(gist, "invalid ", strlen("invalid ")) == 0 && strstr(gist, HIDDEN) != NULL)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the connection cannot be tried (%s); 'mcp-planner config check' says what "
                        "to put right",
                        gist);
    if (db_gist_is_final(gist))
        return req_fail(rq, ST_UNAVAILABLE,
                        "the database refuses the connection (%s); nothing was changed; "
                        "'mcp-planner doctor' says what to put right",
                        gist);
    if (is_crowded(gist))
        return req_fail(rq, ST_UNAVAILABLE,
                        "the database has no connection left for this; nothing was changed; run it "
                        "again later, or make room: 'mcp-planner doctor' says how");
    return req_fail(rq, ST_UNAVAILABLE,
                    "the database does not answer (%s); nothing was changed; 'mcp-planner doctor' "
                    "says what is in the way, then run it again",
                    gist[0] == '\0' ? "no reason given" : gist);
}

enum status db_away_fail(struct req *rq)
{
    struct db *db = rq->db;
    struct db_link *link = db->link;
    const char *since = NULL;

    db->unreached = true;
    if (link->away_since == 0)
        link->away_since = clock_now_ms();
    if (rq->by_hand)
        return away_by_hand(rq, db->gist);
    since = clock_local(rq->arena, link->away_since);
    if (db_gist_is_final(db->gist))
        return req_fail(rq, ST_UNAVAILABLE,
                        "the database refuses the connection (%s), since %s; nothing was changed; "
                        "that is for a person to put right, then call again",
                        db->gist, since);
    if (is_crowded(db->gist))
        return req_fail(rq, ST_UNAVAILABLE,
                        "the database has no connection left for this; nothing was changed; trying "
                        "again since %s, call again",
                        since);
    return req_fail(rq, ST_UNAVAILABLE,
                    "the database does not answer (%s); nothing was changed; trying again since "
                    "%s, call again",
                    db->gist[0] == '\0' ? "no reason given" : db->gist, since);
}

/* Skip what names the host: 'connection to server at "db" (1.2.3.4), port 1 failed: '. */
static const char *gist_start(const char *line)
{
    static const char *const before[] = {" failed: ", "FATAL:  ", "ERROR:  "};

    for (size_t i = 0; i < LENGTH_OF(before); i++) {
        const char *at = strstr(line, before[i]);
        if (at != NULL)
            line = at + strlen(before[i]);
    }
    return line;
}

/* libpq writes a line per address that it tried, and hints behind tabs; the last cause counts. */
static const char *gist_line(const char *message)
{
    const char *last = message;

    for (const char *at = message; (at = strchr(at, '\n')) != NULL;) {
        at++;
        if (*at != '\t' && *at != '\0')
            last = at;
    }
    return last;
}

/*
 * What libpq itself says quotes the connection string: paths, and whatever a password that was not
 * escaped was taken for. What the server says quotes names that it knows.
 */
static void gist_copy(struct db *db, const char *line, size_t len, bool hides_quoted)
{
    char *to = db->gist;
    const char *const last = db->gist + sizeof(db->gist) - sizeof(HIDDEN);
    bool quoted = false;

    for (size_t i = 0; i < len && to <= last; i++) {
        const bool quote = hides_quoted && line[i] == '"';
        if (quote && !quoted)
            to = stpcpy(to, HIDDEN);
        else if (!quote && !quoted)
            *to++ = line[i];
        quoted = quoted != quote;
    }
    *to = '\0';
}

void db_gist_set(struct db *db, const char *libpq_message)
{
    const char *whole = gist_line(libpq_message);
    const char *line = gist_start(whole);
    const char *host = strstr(line, " for host ");
    const size_t len = host == NULL ? strcspn(line, "\n") : (size_t)(host - line);
    const bool of_server = strstr(whole, "FATAL:  ") != NULL || strstr(whole, "ERROR:  ") != NULL;
    const char *advice = db_tls_advice(libpq_message);

    if (advice != NULL) {
        (void)snprintf(db->gist, sizeof(db->gist), "%s", advice);
        return;
    }
    if (strncmp(line, "No such file or directory", len) == 0 && len > 0)
        (void)snprintf(db->gist, sizeof(db->gist), "it is not running");
    else if (strncmp(line, "session is read-only", len) == 0 && len > 0)
        (void)snprintf(db->gist, sizeof(db->gist), "none of its servers takes writes");
    else
        gist_copy(db, line, len, !of_server);
    if (isupper((unsigned char)db->gist[0]) && islower((unsigned char)db->gist[1]))
        db->gist[0] = (char)tolower((unsigned char)db->gist[0]);
}
