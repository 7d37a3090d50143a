/* What the store's records mean for this program. Pure: no database. */
#include "migrate_private.h"

struct compare {
    struct arena *arena;
    const struct migration *program;
    const struct list *records;
    const char *running;
    struct migrate_view *view;
    size_t cap; /* rows */
};

/* Negative, 0, positive as strcmp, by the numbers of "1.12.3". */
static long version_order(const char *a, const char *b)
{
    for (int part = 0; part < 3; part++) {
        char *end_a = NULL;
        char *end_b = NULL;
        const long diff = strtol(a, &end_a, 10) - strtol(b, &end_b, 10);
        if (diff != 0)
            return diff;
        a = *end_a == '.' ? end_a + 1 : end_a;
        b = *end_b == '.' ? end_b + 1 : end_b;
    }
    return 0;
}

const struct migration *migration_find(const struct migration *program, int64_t version)
{
    for (const struct migration *m = program; m->version != 0; m++) {
        if (m->version == version)
            return m;
    }
    return NULL;
}

enum status migration_check(struct req *rq, int version)
{
    if (version == 0 || migration_find(all_migrations, version) != NULL)
        return ST_OK;
    return req_fail(rq, ST_INVALID, "'%d' is no migration of this program; see migrate status",
                    version);
}

const struct migrate_row *migrate_row_find(const struct migrate_view *view, int version)
{
    for (size_t i = 0; i < view->rows.n; i++) {
        const struct migrate_row *row = LIST_AT(view->rows, i, struct migrate_row);
        if (row->version == version)
            return row;
    }
    return NULL;
}

static const struct migrate_record *record_find(const struct compare *c, int version)
{
    for (size_t i = 0; i < c->records->n; i++) {
        const struct migrate_record *record = LIST_AT(*c->records, i, struct migrate_record);
        if (record->version.v == version)
            return record;
    }
    return NULL;
}

static void row_add(struct compare *c, struct migrate_row row)
{
    struct migrate_row *rows = c->view->rows.items;
    size_t at = c->view->rows.n++;

    while (at > 0 && rows[at - 1].version > row.version) {
        rows[at] = rows[at - 1];
        at--;
    }
    rows[at] = row;
}

static struct migrate_row recorded(const struct migrate_record *record, const char *state)
{
    return (struct migrate_row){.version = (int)record->version.v,
                                .name = record->name,
                                .state = state,
                                .oldest_program = record->oldest_program,
                                .applied_at = record->applied_at,
                                .batch_rows = record->batch_rows.v};
}

static void refuse(struct compare *c, const char *problem)
{
    if (!c->view->refused)
        c->view->problem = problem;
    c->view->refused = true;
}

/* What it depends on has to be there: else somebody changed the record by hand. */
static void check_dependencies(struct compare *c, const struct migration *m)
{
    const char *at = m->depends_on;

    while (*at >= '0' && *at <= '9') {
        char *end = NULL;
        const int other = (int)strtol(at, &end, 10);
        if (record_find(c, other) == NULL)
            refuse(c, arena_printf(c->arena,
                                   "the database has migration %d (%s) but not migration %d, which "
                                   "it depends on; restore a backup",
                                   m->version, m->name, other));
        at = end + strspn(end, " ");
    }
}

static void note_next(struct compare *c, int version)
{
    if (c->view->next == 0 || c->view->next > version)
        c->view->next = version;
}

static void compare_known(struct compare *c, const struct migration *m)
{
    const struct migrate_record *record = record_find(c, m->version);

    if (record == NULL) {
        row_add(c, (struct migrate_row){.version = m->version,
                                        .name = m->name,
                                        .state = "pending",
                                        .oldest_program = m->oldest_program});
        note_next(c, m->version);
        return;
    }
    check_dependencies(c, m);
    if (strcmp(record->up_sha256, m->sha256) != 0) {
        row_add(c, recorded(record, "edited"));
        refuse(c, arena_printf(c->arena,
                               "migration %d (%s) was applied to the database with another text "
                               "than this program has; run the program that applied it, or "
                               "restore a backup",
                               m->version, m->name));
    } else if (record->unfinished.v) {
        row_add(c, recorded(record, "unfinished"));
        note_next(c, m->version);
    } else {
        row_add(c, recorded(record, "applied"));
    }
}

static void compare_unknown(struct compare *c, const struct migrate_record *record,
                            int newest_known)
{
    const int version = (int)record->version.v;

    row_add(c, recorded(record, "unknown"));
    if (version < newest_known)
        refuse(c, arena_printf(c->arena,
                               "migration %d (%s) of the database is missing in this program; run "
                               "the program that applied it",
                               version, record->name));
    else if (version_order(record->oldest_program, c->running) > 0)
        refuse(c, arena_printf(c->arena,
                               "the database was migrated by a newer mcp-planner (migration %d, "
                               "%s) and needs %s or newer; this is %s: update mcp-planner",
                               version, record->name, record->oldest_program, c->running));
}

static void say_next(struct compare *c)
{
    const struct migration *m = migration_find(c->program, c->view->next);

    if (m == NULL || c->view->refused)
        return;
    c->view->problem =
        record_find(c, m->version) == NULL
            ? arena_printf(c->arena,
                           "the database lacks migration %d (%s); run 'mcp-planner migrate up'",
                           m->version, m->name)
            : arena_printf(c->arena,
                           "migration %d (%s) of the database is not finished; 'mcp-planner "
                           "migrate up' goes on with it",
                           m->version, m->name);
}

void migrate_compare(struct arena *arena, const struct migration *program,
                     const struct list *records, const char *running, struct migrate_view *ret_view)
{
    struct compare c = {arena, program, records, running, ret_view, records->n};
    int newest_known = 0;

    *ret_view = (struct migrate_view){0};
    for (const struct migration *m = program; m->version != 0; m++) {
        newest_known = m->version > newest_known ? m->version : newest_known;
        c.cap++;
    }
    ret_view->rows = (struct list){true, 0, ARENA_MANY(arena, c.cap + 1, struct migrate_row)};
    for (const struct migration *m = program; m->version != 0; m++)
        compare_known(&c, m);
    for (size_t i = 0; i < records->n; i++) {
        const struct migrate_record *record = LIST_AT(*records, i, struct migrate_record);
        if (migration_find(program, record->version.v) == NULL)
            compare_unknown(&c, record, newest_known);
        if (record->version.v > ret_view->newest)
            ret_view->newest = (int)record->version.v;
    }
    say_next(&c);
}
