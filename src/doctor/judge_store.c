/* Judging the schema and the plan itself. */
#include "planner/doctor/doctor_parts.h"

#define DEAD_MIN     10000 /* rows */
#define DEAD_PERCENT 40    /* of the living: twice what autovacuum waits for */
#define OUTBOX_OLD   100000
#define REQUESTS_OLD 100000
#define TOLD_MAX     5

void judge_schema(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct migrate_view *view = &doctor->schema;
    const struct migrate_row *rows = view->rows.items;
    size_t unknown = 0;

    (void)facts;
    for (size_t i = 0; i < view->rows.n; i++)
        unknown += strcmp(rows[i].state, "unknown") == 0;
    if (doctor->schema_hidden) /* what agents need is told by 'rights' */
        doctor_say(doctor, f, DOCTOR_SKIPPED, "not looked at: %s", doctor->schema_why);
    else if (doctor->schema_why != NULL)
        doctor_say(doctor, f, DOCTOR_ERROR, "the record of migrations cannot be read: %s",
                   doctor->schema_why);
    else if (view->problem != NULL)
        doctor_say(doctor, f, DOCTOR_ERROR, "%s", view->problem);
    else if (unknown > 0)
        doctor_say(doctor, f, DOCTOR_INFO,
                   "version %d, %zu migrations newer than this program, which it may work with",
                   view->newest, unknown);
    else
        doctor_say(doctor, f, DOCTOR_OK, "version %d, as this program has it", view->newest);
}

/* What helps against just this, where it is known. */
static void use(struct doctor_finding *f, const char *todo)
{
    f->todo = todo != NULL ? todo : f->todo;
}

void judge_guards(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_guards *g = facts;

    if (g->off.n > 0) {
        doctor_say(doctor, f, DOCTOR_ERROR, "%s", doctor_list_of(doctor, &g->off, TOLD_MAX));
        use(f, doctor_sql_of(doctor, &g->statements));
    } else
        doctor_say(doctor, f, DOCTOR_OK, "%lld triggers are on, constraints and indexes are valid",
                   (long long)g->triggers.v);
}

void judge_search_path(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_guards *g = facts;

    if (g->hiding.n > 0)
        doctor_say(doctor, f, DOCTOR_WARNING, "schema planner hides the server's own: %s",
                   doctor_list_of(doctor, &g->hiding, TOLD_MAX));
    else if (g->open_to_all.v) {
        doctor_say(doctor, f, DOCTOR_WARNING, "everybody may create things in schema planner");
        use(f, "run REVOKE CREATE ON SCHEMA planner FROM PUBLIC");
    } else
        doctor_say(doctor, f, DOCTOR_OK, "schema planner hides nothing of the server's");
}

void judge_rights(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_rights *r = facts;

    if (!r->owner.set)
        doctor_say(doctor, f, DOCTOR_SKIPPED, "not looked at: there is no schema planner");
    else if (r->missing.n > 0 && r->monitor.v && !r->writes.v)
        doctor_say(doctor, f, DOCTOR_SKIPPED,
                   "not looked at: this user only watches (pg_monitor, no right to write); needs "
                   "to be run as the user of the agents");
    else if (r->missing.n > 0) {
        doctor_say(doctor, f, DOCTOR_ERROR, "missing: %s",
                   doctor_list_of(doctor, &r->missing, TOLD_MAX));
        use(f, doctor_sql_of(doctor, &r->statements));
    } else if (r->superuser.v && doctor->order != NULL && doctor->order->config->dsn != NULL)
        doctor_say(doctor, f, DOCTOR_INFO,
                   "this user is a superuser, which is more than is needed");
    else
        doctor_say(doctor, f, DOCTOR_OK, "%s",
                   r->owner.v ? "all that is needed, migrations included"
                              : "all that is needed, without migrations");
}

void judge_bloat(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_tables *t = facts;
    struct buf text = BUF_IN(doctor->rq->arena);
    struct buf todo = BUF_IN(doctor->rq->arena);
    int64_t dead = 0;
    int64_t bytes = 0;

    for (size_t i = 0; i < t->tables.n; i++) {
        const struct doctor_table *one = LIST_AT(t->tables, i, const struct doctor_table);
        const char *comma = text.len > 0 ? "; " : "";
        dead += one->dead.v;
        bytes += one->bytes.v;
        if (one->off.set && one->off.v) {
            buf_printf(&text, "%sautovacuum is off for %s", comma, one->name);
            buf_printf(&todo, "%sALTER TABLE planner.%s RESET (autovacuum_enabled)",
                       todo.len > 0 ? "; " : "run ", one->name);
        } else if (one->dead.v >= DEAD_MIN && one->dead.v * 100 > one->live.v * DEAD_PERCENT) {
            buf_printf(&todo, "%sVACUUM planner.%s", todo.len > 0 ? "; " : "run ", one->name);
            buf_printf(&text, "%s%s has %lld dead rows beside %lld, vacuumed %s%s", comma,
                       one->name, (long long)one->dead.v, (long long)one->live.v,
                       one->vacuumed_seconds.set ? doctor_span(doctor, one->vacuumed_seconds.v)
                                                 : "never",
                       one->vacuumed_seconds.set ? " ago" : "");
        }
    }
    if (todo.len > 0)
        use(f, buf_str(&todo));
    if (text.len > 0)
        doctor_say(doctor, f, DOCTOR_WARNING, "%s", buf_str(&text));
    else
        doctor_say(doctor, f, DOCTOR_OK, "%lld dead rows in %s", (long long)dead,
                   doctor_size(doctor, bytes));
}

void judge_upkeep(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_upkeep *u = facts;
    const bool changes = u->outbox_old.v > OUTBOX_OLD;
    const bool answers = u->requests_old.v > REQUESTS_OLD;
    struct buf todo = BUF_IN(doctor->rq->arena);

    doctor_say(doctor, f, changes || answers ? DOCTOR_WARNING : DOCTOR_OK,
               "%lld rows in the outbox, %lld of them older than two days; %lld answers kept, %lld "
               "older than eight",
               (long long)u->outbox.v, (long long)u->outbox_old.v, (long long)u->requests.v,
               (long long)u->requests_old.v);
    if (changes)
        buf_printf(&todo, "run SELECT planner.outbox_purge(%lld)", (long long)u->outbox.v);
    if (answers) /* what is kept for seven days has served when it is eight days old */
        buf_printf(&todo, "%sDELETE FROM planner.requests WHERE at < now() - interval '8 days'",
                   todo.len > 0 ? "; " : "run ");
    if (todo.len > 0)
        use(f, buf_str(&todo));
}

void judge_claims(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_upkeep *u = facts;

    doctor_say(doctor, f, u->claims_old.v > 0 ? DOCTOR_INFO : DOCTOR_OK,
               "%lld, %lld of them expired, %lld more than a day ago", (long long)u->claims.v,
               (long long)u->claims_expired.v, (long long)u->claims_old.v);
}

void judge_disputes(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_upkeep *u = facts;

    if (u->disputes.v == 0)
        doctor_say(doctor, f, DOCTOR_OK, "none waits for a person");
    else
        doctor_say(doctor, f, DOCTOR_INFO, "%lld waiting for a person, the oldest for %s",
                   (long long)u->disputes.v, doctor_span(doctor, u->disputes_seconds.v));
}

void judge_tally(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_tally *t = facts;

    if (t->wrong.v == 0)
        doctor_say(doctor, f, DOCTOR_OK, "%lld looked at", (long long)t->checked.v);
    else
        doctor_say(doctor, f, doctor->check->worst, "%lld wrong of %lld: %s", (long long)t->wrong.v,
                   (long long)t->checked.v, doctor_list_of(doctor, &t->examples, TOLD_MAX));
    use(f, doctor_sql_of(doctor, &t->statements));
}

void judge_circles(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_graph *g = facts;
    const char *circle = doctor_circle(doctor->rq->arena, g);

    if (circle != NULL)
        doctor_say(doctor, f, DOCTOR_ERROR, "none of these can begin before the others: %s",
                   circle);
    else if (g->looked.v < g->edges.v)
        doctor_say(doctor, f, DOCTOR_SKIPPED,
                   "none among %lld dependencies; the %lld of the projects that have most were not "
                   "looked at",
                   (long long)g->looked.v, (long long)(g->edges.v - g->looked.v));
    else
        doctor_say(doctor, f, DOCTOR_OK, "none among %lld dependencies", (long long)g->edges.v);
}
