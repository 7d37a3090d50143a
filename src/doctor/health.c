/* The health of the database in a few lines: for agents, through the connection that calls use. */
#include "planner/store/health.h"
#include "planner/base/clock.h"
#include "planner/doctor/doctor_parts.h"

static const struct field trouble_fields[] = {
    ROW_STR(struct doctor_trouble, check, REQUIRED),
    ROW_STR(struct doctor_trouble, severity, REQUIRED),
    ROW_STR(struct doctor_trouble, means, REQUIRED),
    FIELD_END,
};
const struct field doctor_health_fields[] = {
    ROW_BOOL(struct doctor_health, ok, REQUIRED),
    ROW_STR(struct doctor_health, database, REQUIRED),
    ROW_STR(struct doctor_health, reason, OPTIONAL),
    ROW_STR(struct doctor_health, breaker, OPTIONAL),
    ROW_NUM(struct doctor_health, answer_ms, OPTIONAL),
    ROW_INT(struct doctor_health, schema, OPTIONAL),
    ROW_INT(struct doctor_health, disputes, OPTIONAL),
    ROW_STR(struct doctor_health, disputes_since, OPTIONAL),
    ROW_INT(struct doctor_health, claims, OPTIONAL),
    ROW_INT(struct doctor_health, claims_expired, OPTIONAL),
    ROW_LIST(struct doctor_health, trouble, trouble_fields, struct doctor_trouble, REQUIRED),
    FIELD_END,
};

/* sql/queries/doctor_health.sql */
static const struct field waiting_fields[] = {
    ROW_INT(struct doctor_health, disputes, REQUIRED),
    ROW_STR(struct doctor_health, disputes_since, OPTIONAL),
    ROW_INT(struct doctor_health, claims, REQUIRED),
    ROW_INT(struct doctor_health, claims_expired, REQUIRED),
    FIELD_END,
};

static const char *breaker_of(struct req *rq)
{
    struct db_health way;

    db_health(rq->db, &way);
    return breaker_state_name(way.breaker);
}

static enum status say_away(struct req *rq, enum status status, struct doctor_health *ret_health)
{
    if (status != ST_UNAVAILABLE)
        return status;
    *ret_health = (struct doctor_health){.database = "away",
                                         .reason = rq->message,
                                         .breaker = breaker_of(rq),
                                         .ok = SOME_BOOL(false),
                                         .trouble = {.set = true}};
    return ST_OK;
}

static int64_t newest_schema(void)
{
    int64_t newest = 0;

    for (const struct migration *m = all_migrations; m->version != 0; m++)
        newest = m->version;
    return newest;
}

static void add_trouble(struct doctor *doctor, const struct doctor_check *check,
                        struct doctor_health *health)
{
    struct doctor_finding f = {.check = check->name, .severity = DOCTOR_OK, .means = check->means};
    const void *facts = doctor_facts(doctor, check->source);

    if (facts == NULL)
        return;
    doctor->check = check;
    check->judge(doctor, facts, &f);
    if (f.severity < DOCTOR_WARNING)
        return;
    *LIST_AT(health->trouble, health->trouble.n++, struct doctor_trouble) =
        (struct doctor_trouble){check->name, doctor_severity_names[f.severity - 1], f.means};
    health->ok.v = health->ok.v && f.severity < DOCTOR_ERROR;
}

/* A session keeps the settings that it began with, whatever is mended meanwhile. */
static void look_anew_next_time(struct req *rq, const struct list *trouble)
{
    for (size_t i = 0; i < trouble->n; i++) {
        if (strcmp(LIST_AT(*trouble, i, const struct doctor_trouble)->check, "session") == 0)
            db_give_up(rq->db);
    }
}

static void look_for_trouble(struct req *rq, struct doctor_health *health)
{
    struct doctor doctor = {
        .rq = rq, .data_dir = db_data_dir(rq->db), .measured = {.pooled = db_is_pooled(rq->db)}};
    size_t n = 0;

    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++)
        n += c->brief;
    health->trouble = (struct list){true, 0, ARENA_MANY(rq->arena, n, struct doctor_trouble)};
    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (c->brief)
            add_trouble(&doctor, c, health);
    }
    look_anew_next_time(rq, &health->trouble);
}

enum status doctor_health(struct req *rq, struct doctor_health *ret_health)
{
    struct doctor_health health = {0};
    enum status status = ST_OK;
    int64_t from = 0;

    if (!db_is_made(rq)) {
        *ret_health = (struct doctor_health){
            .database = "unmade", .ok = SOME_BOOL(true), .trouble = {.set = true}};
        return ST_OK;
    }
    status = db_read(rq, &q_doctor_health, NO_PARAMS, INTO(waiting_fields, &health));
    if (status != ST_OK)
        return say_away(rq, status, ret_health);
    for (int i = 0; i < 2; i++) { /* the first time it is parsed as well */
        from = clock_monotonic_us();
        status = db_read(rq, &q_doctor_clock, NO_PARAMS, INTO_NOTHING);
        if (status != ST_OK)
            return say_away(rq, status, ret_health);
    }
    health.answer_ms = SOME_NUM((double)(clock_monotonic_us() - from) / 1000);
    health.database = "answers";
    health.breaker = breaker_of(rq);
    health.schema = SOME_INT(newest_schema());
    health.ok = SOME_BOOL(true);
    look_for_trouble(rq, &health);
    *ret_health = health;
    return rq->cancelled ? req_fail(rq, ST_CANCELLED, "the call was cancelled") : ST_OK;
}
