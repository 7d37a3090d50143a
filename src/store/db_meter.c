/* What the store counts, what it logs of slow statements, and the way of all counts to the store.
 */
#include "db_private.h"

#include "planner/base/buf.h"
#include "planner/base/clock.h"
#include "planner/base/trace.h"

#define APPLICATION_MAX 63 /* bytes: the server cuts what is longer */
#define TRACE_LEN       (1 + 32 + 1 + 16)

/* ---- counting ---- */

/* What a round trip is for: a whole transaction, or the first or last part of one. */
static const char *kind_of(const struct tx_slot *first)
{
    const bool begins = strcmp(first->query->name, "tx begin") == 0;

    for (const struct tx_slot *slot = first; slot != NULL; slot = slot->next) {
        if (strcmp(slot->query->name, "tx commit") == 0)
            return begins ? "single" : "commit";
    }
    return begins ? "lock" : "single";
}

/* The class of a SQLSTATE, from those that a statement of ours can meet: labels are few. */
static const char *class_of(const char *sqlstate)
{
    static const char *const classes[] = {"08", "0A", "21", "22", "23", "25", "26",
                                          "28", "2D", "40", "42", "53", "54", "55",
                                          "57", "58", "F0", "P0", "XX"};

    for (size_t i = 0; i < LENGTH_OF(classes); i++) {
        if (strncmp(classes[i], sqlstate, 2) == 0)
            return classes[i];
    }
    return "other";
}

void db_meter_batch(struct req *rq, const struct tx_slot *first, int64_t began_us,
                    enum db_outcome outcome, const struct db_fault *fault)
{
    struct meter *meter = rq->meter;

    if (meter == NULL)
        return;
    if (outcome == DB_LOST)
        meter_count(meter, METER_CONNECTIONS_LOST, NULL, NULL);
    if (outcome == DB_REFUSED)
        meter_count(meter, METER_STATEMENT_ERRORS, class_of(fault->sqlstate), NULL);
    if (first == NULL || (outcome != DB_DONE && outcome != DB_REFUSED))
        return;
    meter_time(meter, METER_ROUND_TRIPS, kind_of(first), clock_monotonic_us() - began_us);
    for (const struct tx_slot *slot = first; slot != NULL; slot = slot->next)
        meter_count(meter, METER_STATEMENTS, slot->query->name, NULL);
}

void db_meter_slow(struct req *rq, const struct query *q, int64_t us, const PGresult *res)
{
    const double ms = (double)us / 1000;
    const int rows = PQntuples(res);
    int bytes = 0;

    for (int i = 0; i < rows; i++)
        bytes += PQgetlength(res, i, 0);
    meter_count(rq->meter, METER_SLOW_STATEMENTS, q->name, NULL);
    log_event(rq->log, LOG_WARNING, "slow_statement",
              (const struct log_fact[]){{"query", q->name, 0},
                                        {"duration_ms", NULL, ms},
                                        {"rows", NULL, rows},
                                        {"bytes", NULL, bytes}},
              4, "slow statement: %s took %.1f ms, answered %d bytes", q->name, ms, bytes);
}

/* ---- whose session it is ---- */

struct tx_slot *db_trace_slot(struct req *rq)
{
    const struct trace *trace = rq->trace;
    const char *name = rq->db->config.application;

    if (trace == NULL)
        return NULL;
    if (name == NULL)
        name = "mcp-planner";
    name = arena_printf(rq->arena, "%.*s %s/%s", APPLICATION_MAX - TRACE_LEN, name, trace->trace_id,
                        trace->span_id);
    return db_slot(rq, &q_session_trace, PARAMS(name), INTO_NOTHING);
}

/* ---- to the store ---- */

struct added_row {
    struct opt_bool added;
    struct opt_int rows;
};
static const struct field added_fields[] = {
    ROW_BOOL(struct added_row, added, REQUIRED),
    ROW_INT(struct added_row, rows, REQUIRED),
    FIELD_END,
};

/* The four parameters of metrics_add.sql; names of ours need no quotes within an array. */
struct growing {
    struct buf names, as, bs, values;
    size_t n;
};

static void grow_text(struct buf *buf, const char *comma, const char *text)
{
    buf_printf(buf, "%s\"%s\"", comma, text);
}

static void grow(void *ctx, const char *name, const char *a, const char *b, int64_t delta)
{
    struct growing *g = ctx;
    const char *comma = g->n++ == 0 ? "{" : ",";

    grow_text(&g->names, comma, name);
    grow_text(&g->as, comma, a);
    grow_text(&g->bs, comma, b);
    buf_printf(&g->values, "%s%lld", comma, (long long)delta);
}

static const char *grown(struct buf *buf)
{
    buf_char(buf, '}');
    return buf_str(buf);
}

bool db_meter_add(struct req *rq, struct meter *meter, int timeout_ms)
{
    struct growing g = {.names = BUF_IN(rq->arena),
                        .as = BUF_IN(rq->arena),
                        .bs = BUF_IN(rq->arena),
                        .values = BUF_IN(rq->arena)};
    struct added_row row = {0};
    struct db_fault fault;

    meter_reach(meter, METER_BREAKER_OPENED, rq->db->link->breaker.openings);
    if (!meter->changed || rq->db->busy || !db_alive(rq->db))
        return false;
    meter_visit(meter, grow, &g);
    if (g.n == 0)
        return false;
    if (db_batch_brief(
            rq,
            db_slot(rq, &q_metrics_add,
                    PARAMS(grown(&g.names), grown(&g.as), grown(&g.bs), grown(&g.values)),
                    INTO(added_fields, &row)),
            timeout_ms, &fault) == DB_DONE &&
        fault.status == ST_OK && row.added.v)
        meter_told(meter);
    else
        meter->changed = true; /* the next time */
    return row.added.v;
}
