/* Reading the file for what is in it. */
#include <errno.h>
#include <unistd.h>

#include "intake_private.h"
#include "planner/base/memory.h"
#include "planner/service/ref.h"

void intake_plan_drop(struct plan *plan)
{
    memory_free(plan->projects);
    memory_free(plan->changes);
    *plan = (struct plan){.n = 0};
}

ssize_t intake_plan_source_read(void *ctx, char *bytes, size_t size)
{
    const int *fd = ctx;
    ssize_t n = 0;

    do {
        n = read(*fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

enum status intake_rewind(struct req *rq, const struct record_source *source, const int *fd,
                          struct record_reader **ret_reader)
{
    struct record_header header = {0};
    OWN_RECORD_READER *reader = NULL;

    if (lseek(*fd, 0, SEEK_SET) != 0)
        return req_fail(rq, ST_UNAVAILABLE, "the file cannot be read twice (%s)", strerror(errno));
    reader = record_reader_new(rq, source);
    TRY(record_read_header(reader, &header));
    *ret_reader = reader;
    reader = NULL;
    return ST_OK;
}

/* A number that something is counted by. */
static enum status take_number(struct req *rq, const struct record *record, const char *member,
                               int64_t least, int64_t *ret_value)
{
    int64_t value = 0;

    if (!record_int(record->row, member, &value) || value < least || value > RECORD_NUMBER_MAX)
        return record_wrong(rq, record, member, "a whole number in its range");
    *ret_value = value;
    return ST_OK;
}

static enum status take_greatest(struct req *rq, const struct record *record, const char *member,
                                 int64_t *greatest)
{
    int64_t value = 0;

    TRY(take_number(rq, record, member, 1, &value));
    if (value > *greatest)
        *greatest = value;
    return ST_OK;
}

static enum status add_project(struct req *rq, struct plan *plan, const struct record *record)
{
    struct planned *p = NULL;
    const struct span workspace = json_member(record->row, "workspace");
    const char *id = record_text(rq->arena, record->row, "id");
    const char *slug = record_text(rq->arena, record->row, "slug");

    if (id == NULL || !uuid_is_text(id))
        return record_wrong(rq, record, "id", "a UUID");
    if (slug == NULL || !ref_slug_is_valid(slug))
        return record_wrong(rq, record, "slug",
                            "a slug: a capital letter, then 1 to 9 capitals or digits");
    for (size_t i = 0; i < plan->n; i++) {
        if (strcmp(plan->projects[i].id, id) == 0 || strcmp(plan->projects[i].slug, slug) == 0)
            return req_fail(rq, ST_INVALID, "line %lld: the project %s is in line %lld already",
                            (long long)record->line, slug, (long long)plan->projects[i].line);
    }
    if (plan->n == plan->cap) {
        plan->cap = plan->cap == 0 ? 16 : plan->cap * 2;
        plan->projects = memory_grow(plan->projects, plan->cap * sizeof(*p));
    }
    p = &plan->projects[plan->n++];
    *p = (struct planned){.id = id, .slug = slug, .line = record->line};
    p->first_change = plan->n_changes;
    if (workspace.ptr != NULL && workspace.ptr[0] == '"') {
        OWN_JSON text = json_parse(workspace.ptr, workspace.len);
        p->workspace = text == NULL ? NULL : arena_strdup(rq->arena, text->valuestring);
    }
    return ST_OK;
}

static enum status add_change(struct req *rq, struct plan *plan, const struct record *record)
{
    struct planned *p = &plan->projects[plan->n - 1];
    int64_t change = 0;

    TRY(take_greatest(rq, record, "id", &plan->audit));
    TRY(take_number(rq, record, "change", 1, &change));
    if (p->n_changes > 0 && plan->changes[plan->n_changes - 1] == change)
        return ST_OK;
    if (plan->n_changes == plan->cap_changes) {
        plan->cap_changes = plan->cap_changes == 0 ? 1024 : plan->cap_changes * 2;
        plan->changes = memory_grow(plan->changes, plan->cap_changes * sizeof(*plan->changes));
    }
    plan->changes[plan->n_changes++] = change;
    p->n_changes++;
    return ST_OK;
}

static enum status add_record(struct req *rq, struct plan *plan, const struct record *record)
{
    int64_t depth = 0;

    TRY(record_check(rq, record));
    switch (record->kind) {
    case RECORD_PROJECT:
        return add_project(rq, plan, record);
    case RECORD_ITEM:
        TRY(take_number(rq, record, "depth", 0, &depth));
        if (depth > plan->projects[plan->n - 1].depth)
            plan->projects[plan->n - 1].depth = depth;
        return ST_OK;
    case RECORD_EVIDENCE:
        return take_greatest(rq, record, "id", &plan->evidence);
    case RECORD_CLAIM:
        return take_greatest(rq, record, "token", &plan->token);
    case RECORD_AUDIT:
        return add_change(rq, plan, record);
    case RECORD_CUT:
        return take_greatest(rq, record, "id", &plan->cut);
    case RECORD_UNDO:
        return take_number(rq, record, "change", 1, &depth);
    default:
        return ST_OK;
    }
}

enum status intake_plan_read(struct req *rq, int fd, struct plan *ret_plan,
                             struct intake_report *report)
{
    const struct record_source source = {&fd, intake_plan_source_read};
    OWN_RECORD_READER *reader = record_reader_new(rq, &source);
    struct record record = {0};

    if (lseek(fd, 0, SEEK_SET) != 0)
        return req_fail(rq, ST_UNAVAILABLE, "the file cannot be read twice (%s)", strerror(errno));
    TRY(record_read_header(reader, &report->header));
    for (;;) {
        TRY(record_read(reader, &record));
        if (record.kind == RECORD_NONE)
            break;
        TRY(add_record(rq, ret_plan, &record));
    }
    report->sums = *record_was_read(reader);
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++)
        report->counts[kind].file = report->sums.counts[kind];
    return ST_OK;
}
