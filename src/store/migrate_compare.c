/* What the store's records mean for this program. Pure: no database. */
#include "planner/base/buf.h"
#include "planner/store/migrate.h"

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

static const struct migration *program_find(const struct compare *c, int64_t version)
{
    for (const struct migration *m = c->program; m->version != 0; m++) {
        if (m->version == version)
            return m;
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

static void row_add(struct compare *c, int version, const char *name, const char *state,
                    const char *applied_at)
{
    struct migrate_row *rows = c->view->rows.items;
    size_t at = c->view->rows.n++;

    while (at > 0 && rows[at - 1].version > version) {
        rows[at] = rows[at - 1];
        at--;
    }
    rows[at] = (struct migrate_row){version, name, state, applied_at};
}

static void refuse(struct compare *c, const char *problem)
{
    if (!c->view->refused)
        c->view->problem = problem;
    c->view->refused = true;
}

static void compare_known(struct compare *c, const struct migration *m)
{
    const struct migrate_record *record = record_find(c, m->version);

    if (record == NULL) {
        row_add(c, m->version, m->name, "pending", NULL);
        if (c->view->next == 0)
            c->view->next = m->version;
    } else if (strcmp(record->up_sha256, m->up_sha256) != 0) {
        row_add(c, m->version, m->name, "edited", record->applied_at);
        refuse(c, arena_printf(c->arena,
                               "migration %d (%s) was applied to the database with another text "
                               "than this program has; run the program that applied it, or "
                               "restore a backup",
                               m->version, m->name));
    } else {
        row_add(c, m->version, m->name, "applied", record->applied_at);
    }
}

static void compare_unknown(struct compare *c, const struct migrate_record *record,
                            int newest_known)
{
    const int version = (int)record->version.v;

    row_add(c, version, record->name, "unknown", record->applied_at);
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

static void say_pending(struct compare *c)
{
    const struct migration *m = program_find(c, c->view->next);

    if (m != NULL && !c->view->refused)
        c->view->problem = arena_printf(
            c->arena, "the database lacks migration %d (%s); run 'mcp-planner migrate up'",
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
        if (program_find(&c, record->version.v) == NULL)
            compare_unknown(&c, record, newest_known);
        if (record->version.v > ret_view->newest)
            ret_view->newest = (int)record->version.v;
    }
    say_pending(&c);
}
