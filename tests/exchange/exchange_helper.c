#include "exchange_helper.h"

#include <stdio.h>
#include <unistd.h>

#include "planner/base/buf.h"

void exchange_fill(struct harness *h, int projects, int items)
{
    (void)harness_sql(h, "SET planner.writer = 'mcp-planner'");
    (void)harness_sql(h, "%s", harness_file(&h->arena, STORE_SQL));
    (void)harness_sql(h, "SELECT pg_temp.store_build('TEST', %d, %d, 0)", projects, items);
    exchange_check(h);
}

void exchange_empty(struct harness *h)
{
    (void)harness_sql(h, "SET session_replication_role = replica");
    (void)harness_sql(h, "TRUNCATE planner.projects, planner.counters, planner.items, planner.roll,"
                         " planner.steps, planner.iterations, planner.disputes, planner.deps,"
                         " planner.claims, planner.evidence, planner.audit, planner.undos,"
                         " planner.cuts, planner.purged,"
                         " planner.origins, planner.requests, planner.search_texts,"
                         " planner.search_words, planner.search_grams RESTART IDENTITY");
    (void)harness_sql(h, "SELECT setval('planner.change_number', 1, false),"
                         " setval('planner.claim_token', 1, false)");
    (void)harness_sql(h, "SET session_replication_role = origin");
}

static bool add_text(void *ctx, const char *bytes, size_t len)
{
    buf_add(ctx, bytes, len);
    return true;
}

const char *exchange_text(struct harness *h, const char *project)
{
    struct buf text = BUF_IN(&h->arena);
    const struct record_sink sink = {&text, add_text};
    const struct export_order order = {&project, project != NULL};
    struct record_sums sums = {.lines = 0};

    if (export_write(&h->rq, &order, &sink, &sums) != ST_OK)
        fail_msg("%s", h->rq.message);
    return buf_str(&text);
}

enum status exchange_import(struct harness *h, const char *text, const struct intake_order *order,
                            struct intake_report *ret_report)
{
    char path[] = "/tmp/planner-exchange.XXXXXX";
    struct intake_order with = order == NULL ? (struct intake_order){.fd = 0} : *order;
    enum status status = ST_OK;

    with.fd = mkstemp(path);
    assert_true(with.fd >= 0);
    (void)unlink(path);
    assert_int_equal(write(with.fd, text, strlen(text)), strlen(text));
    status = intake_file(&h->rq, &with, ret_report);
    (void)close(with.fd);
    return status;
}

/* Lines through the writer, which makes the trailer. */
static const char *signed_anew(struct harness *h, const char *text)
{
    struct buf out = BUF_IN(&h->arena);
    const struct record_sink sink = {&out, add_text};
    const struct record_header header = {RECORD_VERSION, 5, RECORD_STORE};
    OWN_RECORD_WRITER *writer = record_writer_new(&h->rq, &sink);

    assert_int_equal(record_write_header(writer, &header), ST_OK);
    for (text = strchr(text, '\n') + 1; strncmp(text, "{\"trailer\"", 10) != 0;) {
        const char *end = strchr(text, '\n');
        const char *name_end = strchr(text + 2, '"');
        const enum record_kind kind =
            record_kind_find((struct span){text + 2, (size_t)(name_end - text - 2)});
        assert_int_not_equal(kind, RECORD_NONE);
        assert_int_equal(record_write(writer, kind, name_end + 2, (size_t)(end - name_end - 3)),
                         ST_OK);
        text = end + 1;
    }
    assert_int_equal(record_write_end(writer), ST_OK);
    return buf_str(&out);
}

const char *exchange_changed(struct harness *h, const char *text, const char *after,
                             const char *was, const char *is)
{
    struct buf out = BUF_IN(&h->arena);
    const char *at = strstr(text, after);

    if (at != NULL)
        at = strstr(at, was);
    if (at == NULL)
        fail_msg("no '%s' behind '%s'", was, after);
    buf_add(&out, text, (size_t)(at - text));
    buf_text(&out, is);
    buf_text(&out, at + strlen(was));
    return signed_anew(h, buf_str(&out));
}

int64_t exchange_line(const char *text, const char *begin)
{
    int64_t line = 1;

    for (; strncmp(text, begin, strlen(begin)) != 0; line++) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    return line;
}

void exchange_check(struct harness *h)
{
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.projects p,"
                                       " planner.roll_check(p.id)"),
                        "0");
}
