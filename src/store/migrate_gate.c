/* What a new connection's schema has to be: one SELECT in the way of the first call. */
#include "db_private.h"

#include "planner/base/clock.h"

static const struct field record_fields[] = {
    FIELD_INT(struct migrate_record, version, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct migrate_record, name, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct migrate_record, up_sha256, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct migrate_record, oldest_program, 0, 0, REQUIRED, NULL),
    FIELD_BOOL(struct migrate_record, unfinished, REQUIRED, NULL),
    FIELD_INT(struct migrate_record, batch_rows, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct migrate_record, applied_at, 0, 0, REQUIRED, NULL),
    FIELD_END};

const struct field migrate_records_fields[] = {FIELD_LIST(struct migrate_records, records,
                                                          record_fields, struct migrate_record, 0,
                                                          0, REQUIRED, NULL),
                                               FIELD_END};

/* What one round trip tells about a new connection. */
struct first_look {
    struct migrate_records records;
    struct db_defaults defaults;
    struct db_keeps keeps;
};

static struct tx_slot *look_slots(struct req *rq, struct first_look *ret_look)
{
    struct tx_slot *records = db_slot(rq, &q_migrate_records, NO_PARAMS,
                                      INTO(migrate_records_fields, &ret_look->records));
    struct tx_slot *defaults = db_defaults_slot(rq, &ret_look->defaults);

    rq->db->may_write = false; /* nothing is known of a new connection */
    if (!rq->db->pooled)
        return records;
    defaults->next = records;
    return db_read_slots(rq, db_named_ask(rq, &ret_look->keeps, defaults));
}

static enum db_outcome look(struct req *rq, struct first_look *ret_look, struct db_fault *ret_fault)
{
    enum db_outcome outcome = DB_LOST;

    *ret_look = (struct first_look){0};
    outcome = db_batch(rq, look_slots(rq, ret_look), ret_fault);
    rq->db->may_write = ret_look->defaults.may_write.v;
    db_named_learn(rq->db, &ret_look->keeps);
    return outcome;
}

/* No table yet says the same as an empty one. */
static enum status read_records(struct req *rq, struct migrate_records *ret_records)
{
    struct first_look seen;
    struct db_fault fault;
    enum db_outcome outcome = look(rq, &seen, &fault);

    if (outcome == DB_REFUSED && db_named_ask_refused(rq->db, &fault))
        outcome = look(rq, &seen, &fault);
    switch (outcome) {
    case DB_DONE:
        TRY(fault.status);
        break;
    case DB_REFUSED:
        if (strcmp(fault.sqlstate, "42P01") == 0)
            break;
        return db_fault_fail(rq, &fault);
    case DB_CANCELLED:
        return req_fail(rq, ST_CANCELLED, "the call was cancelled");
    case DB_LOST:
        return db_away_fail(rq);
    }
    *ret_records = seen.records;
    return ST_OK;
}

/* The private database is migrated without being asked, but not against its administrator's word.
 */
static enum status check_writable(struct req *rq, const char *problem)
{
    struct db_defaults defaults = {0};
    struct db_fault fault;

    if (db_batch(rq, db_read_slots(rq, db_defaults_slot(rq, &defaults)), &fault) != DB_DONE ||
        fault.status != ST_OK)
        return db_away_fail(rq);
    if (defaults.may_write.v)
        return ST_OK;
    return req_fail(rq, ST_UNAVAILABLE,
                    "%s; somebody made it read-only, so it is not done by itself", problem);
}

static enum status read_view(struct req *rq, struct migrate_view *ret_view)
{
    struct migrate_records records = {0};

    TRY(read_records(rq, &records));
    migrate_compare(rq->arena, all_migrations, &records.records, PLANNER_VERSION, ret_view);
    return ST_OK;
}

enum status migrate_view_read(struct req *rq, struct migrate_view *ret_view)
{
    TRY(db_ensure(rq, clock_monotonic_ms() + rq->db->config.connect_timeout_ms));
    return read_view(rq, ret_view);
}

enum status db_gate(struct req *rq)
{
    struct migrate_view view;
    int applied = 0;

    TRY(read_view(rq, &view));
    if (view.problem == NULL)
        return ST_OK;
    if (view.refused || rq->db->config.dsn != NULL)
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    TRY(check_writable(rq, view.problem));
    return migrate_up(rq, 0, &applied);
}
