/* Projects for people: an outline, then every item that has something to read. */
#include "export_private.h"
#include "planner/resources/markdown.h"

#define HEADING_MAX 6 /* CommonMark has no deeper one */
#define ROW_MEMORY  ((size_t)64 * 1024 * 1024)

struct review {
    const char *at, *action, *agent, *feedback, *reasoning;
};
static const struct field review_fields[] = {
    ROW_STR(struct review, at, REQUIRED),        ROW_STR(struct review, action, REQUIRED),
    ROW_STR(struct review, agent, REQUIRED),     ROW_STR(struct review, feedback, OPTIONAL),
    ROW_STR(struct review, reasoning, OPTIONAL), FIELD_END};

struct proof {
    const char *kind, *reference, *summary;
};
static const struct field proof_fields[] = {ROW_STR(struct proof, kind, REQUIRED),
                                            ROW_STR(struct proof, reference, REQUIRED),
                                            ROW_STR(struct proof, summary, OPTIONAL), FIELD_END};

/* sql/queries/export_markdown.sql */
struct told_item {
    const char *key, *title, *state, *assignee, *text, *content_status, *content, *waits;
    struct opt_int level;
    struct opt_num progress;
    struct list reviews;  /* struct review */
    struct list evidence; /* struct proof */
};
static const struct field item_fields[] = {
    ROW_STR(struct told_item, key, REQUIRED),
    ROW_INT(struct told_item, level, REQUIRED),
    ROW_STR(struct told_item, title, REQUIRED),
    ROW_STR(struct told_item, state, REQUIRED),
    ROW_NUM(struct told_item, progress, OPTIONAL),
    ROW_STR(struct told_item, assignee, OPTIONAL),
    ROW_STR(struct told_item, text, OPTIONAL),
    ROW_STR(struct told_item, content_status, OPTIONAL),
    ROW_STR(struct told_item, content, OPTIONAL),
    ROW_STR(struct told_item, waits, OPTIONAL),
    ROW_LIST(struct told_item, reviews, review_fields, struct review, REQUIRED),
    ROW_LIST(struct told_item, evidence, proof_fields, struct proof, REQUIRED),
    FIELD_END};

struct telling {
    struct req *rq;
    struct transfer *from;
    const struct record_sink *to;
    struct arena row; /* of one item */
    bool outline;
};

static void put_remark(const struct told_item *item, struct buf *out)
{
    buf_printf(out, " (%s", item->state);
    if (item->progress.set)
        buf_printf(out, ", %d%%", (int)(item->progress.v * 100));
    if (item->content_status != NULL) {
        buf_text(out, ", content: ");
        markdown_inline(out, item->content_status);
    }
    if (item->waits != NULL)
        buf_printf(out, ", waits for %s", item->waits);
    if (item->assignee != NULL) {
        buf_text(out, ", assigned to ");
        markdown_inline(out, item->assignee);
    }
    buf_char(out, ')');
}

static void put_outline(const struct told_item *item, struct buf *out)
{
    if (item->level.v == 0) {
        buf_text(out, "# ");
        markdown_inline(out, item->title);
        buf_printf(out, " (%s)\n\n## Outline\n\n", item->key);
        return;
    }
    for (int64_t level = 1; level < item->level.v; level++)
        buf_text(out, "  ");
    buf_printf(out, "- [%c] %s ", strcmp(item->state, "complete") == 0 ? 'x' : ' ', item->key);
    markdown_inline(out, item->title);
    if (strcmp(item->state, "complete") != 0)
        put_remark(item, out);
    buf_char(out, '\n');
}

static void put_block(const char *heading, const char *text, struct buf *out)
{
    if (text == NULL)
        return;
    buf_printf(out, "\n%s:\n\n", heading);
    markdown_fenced(out, text);
}

static void put_reviews(const struct told_item *item, struct buf *out)
{
    for (size_t i = 0; i < item->reviews.n; i++) {
        const struct review *r = LIST_AT(item->reviews, i, struct review);
        buf_text(out, "\nDecision: ");
        buf_printf(out, "%s, ", r->action);
        markdown_inline(out, r->agent);
        buf_text(out, ", ");
        markdown_time(out, r->at);
        buf_char(out, '\n');
        put_block("Feedback", r->feedback, out);
        put_block("Reasoning", r->reasoning, out);
    }
}

static void put_evidence(const struct told_item *item, struct buf *out)
{
    if (item->evidence.n > 0)
        buf_text(out, "\nEvidence:\n\n");
    for (size_t i = 0; i < item->evidence.n; i++) {
        const struct proof *e = LIST_AT(item->evidence, i, struct proof);
        buf_printf(out, "- %s ", e->kind);
        markdown_code(out, e->reference);
        if (e->summary != NULL) {
            buf_text(out, ": ");
            markdown_inline(out, e->summary);
        }
        buf_char(out, '\n');
    }
}

/* Nothing of what has nothing to read but its title. */
static void put_item(const struct told_item *item, struct buf *out)
{
    const int64_t deep = item->level.v + 2;

    if (item->text == NULL && item->content == NULL && item->reviews.n == 0 &&
        item->evidence.n == 0)
        return;
    buf_char(out, '\n');
    for (int64_t i = 0; i < (deep < HEADING_MAX ? deep : HEADING_MAX); i++)
        buf_char(out, '#');
    buf_printf(out, " %s ", item->key);
    markdown_inline(out, item->title);
    buf_char(out, '\n');
    put_block(item->level.v == 0 ? "Description" : "Objective", item->text, out);
    put_block("Content", item->content, out);
    put_reviews(item, out);
    put_evidence(item, out);
}

static enum status tell_row(struct telling *t, struct span row)
{
    struct req rq = *t->rq;
    struct buf out = {0};
    struct told_item item = {0};
    OWN_JSON tree = json_parse(row.ptr, row.len);

    arena_reset(&t->row);
    rq.arena = &t->row;
    out = BUF_IN(&t->row);
    if (field_decode_row(&rq, item_fields, tree, sizeof(item), &item) != ST_OK)
        return req_bug(t->rq, "a row of the markdown is not of its shape");
    if (t->outline)
        put_outline(&item, &out);
    else
        put_item(&item, &out);
    if (out.len > 0 && !t->to->write(t->to->ctx, out.ptr, out.len))
        return req_fail(t->rq, ST_UNAVAILABLE, "the export cannot be written");
    return ST_OK;
}

static enum status tell_project(struct telling *t, const char *project, bool outline)
{
    struct span row = {0};

    t->outline = outline;
    TRY(transfer_select(t->from, &q_export_markdown, PARAMS(project, param_bool(!outline))));
    for (;;) {
        TRY(transfer_next(t->from, &row));
        if (row.ptr == NULL)
            break;
        TRY(tell_row(t, row));
    }
    if (!t->to->write(t->to->ctx, "\n", 1))
        return req_fail(t->rq, ST_UNAVAILABLE, "the export cannot be written");
    return ST_OK;
}

enum status export_write_markdown(struct req *rq, struct transfer *from,
                                  const struct list *projects, const struct record_sink *sink)
{
    struct telling t = {.rq = rq, .from = from, .to = sink};
    enum status status = ST_OK;

    arena_init(&t.row, ROW_MEMORY);
    for (size_t i = 0; i < projects->n && status == ST_OK; i++) {
        const char *project = *LIST_AT(*projects, i, const char *);
        status = tell_project(&t, project, true);
        if (status == ST_OK)
            status = tell_project(&t, project, false);
    }
    arena_destroy(&t.row);
    return status;
}
