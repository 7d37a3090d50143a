/* What an import has kept beside an item, as get_item tells it. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/item.h"

/* A record of task-master beside an item; `record` is an expression. */
static void keep(struct harness *h, const char *key, const char *source_id, const char *kind,
                 const char *record)
{
    (void)harness_sql(h,
                      "INSERT INTO planner.origins (project_id, item_id, program, source_id, kind, "
                      "record) SELECT p.id, i.id, 'taskmaster', %s, '%s', %s FROM planner.items i "
                      "JOIN planner.projects p ON p.id = i.project_id "
                      "WHERE p.slug || '-' || i.number = '%s'",
                      source_id, kind, record, key);
}

static struct item_view get(struct req *rq, const char *key, bool origin, const char *cursor)
{
    static const char *names[] = {"origin"};
    const struct get_args args = {
        .item = key, .include = {origin, LENGTH_OF(names), names}, .cursor = cursor};
    struct item_view view;

    assert_ok(rq, item_get(rq, &args, &view));
    return view;
}

/* Every record whole, put together from as many pages as there are. */
static const char *read_all(struct harness *h, const char *key, size_t *ret_pages)
{
    struct buf out = BUF_IN(&h->arena);
    const char *cursor = NULL;
    const char *last = "";

    *ret_pages = 0;
    do {
        struct req *rq = harness_req(h, "reader");
        const struct item_view view = get(rq, key, true, cursor);
        struct json_out json = JSON_OUT_IN(rq->arena);
        for (size_t i = 0; i < view.origin.n; i++) {
            const struct origin_row *row = LIST_AT(view.origin, i, const struct origin_row);
            if (strcmp(row->id, last) != 0)
                buf_printf(&out, "<%s>", row->id);
            last = arena_strdup(&h->arena, row->id);
            buf_text(&out, row->record);
        }
        field_encode(item_view_fields, &view, &json);
        assert_in_range(json.buf.len, 1, 20000);
        cursor = arena_strdup(&h->arena, view.next_cursor);
        assert_in_range(++*ret_pages, 1, 100);
    } while (cursor != NULL);
    return buf_str(&out);
}

static void origin__is_absent_where_there_is_none(void **state)
{
    struct harness *h = *state;
    const struct get_args full = {.item = "AUTH-2", .detail = DETAIL_FULL};
    struct item_view view;

    plan_usual(&h->rq);

    assert_false(get(&h->rq, "AUTH-2", true, NULL).origin.set);
    assert_ok(&h->rq, item_get(&h->rq, &full, &view));
    assert_false(view.origin.set);
}

static void origin__is_named_unasked_and_told_when_asked(void **state)
{
    struct harness *h = *state;
    const struct get_args full = {.item = "AUTH-2", .detail = DETAIL_FULL};
    const struct origin_row *row = NULL;
    struct item_view view;

    plan_usual(&h->rq);
    keep(h, "AUTH-2", "'label:7'", "label", "'{\"warm\": true}'");
    keep(h, "AUTH-2", "'item:master/2.1'", "subtask", "'{\"id\": 1}'");

    view = get(&h->rq, "AUTH-2", false, NULL);
    assert_int_equal(view.origin.n, 1); /* itself, not what else is kept */
    row = LIST_AT(view.origin, 0, const struct origin_row);
    assert_string_equal(row->program, "taskmaster");
    assert_string_equal(row->kind, "subtask");
    assert_string_equal(row->id, "master/2.1");
    assert_null(row->record);
    assert_ok(&h->rq, item_get(&h->rq, &full, &view));
    assert_int_equal(view.origin.n, 2);
    row = LIST_AT(view.origin, 0, const struct origin_row);
    assert_string_equal(row[0].record, "{\"id\": 1}");
    assert_string_equal(row[1].id, "7");
    assert_string_equal(row[1].record, "{\"warm\": true}");
    assert_null(view.next_cursor);
}

static void origin__of_a_project_names_its_place(void **state)
{
    struct harness *h = *state;
    struct item_view view;

    plan_usual(&h->rq);
    keep(h, "AUTH-0", "'place'", "place", "'/home/mira/shop'");
    keep(h, "AUTH-0", "'draft:d-1'", "draft", "'Maybe a terrace.'");

    view = get(&h->rq, "AUTH", false, NULL);
    assert_int_equal(view.origin.n, 1);
    assert_string_equal(LIST_AT(view.origin, 0, struct origin_row)->id, "/home/mira/shop");
    view = get(&h->rq, "AUTH", true, NULL);
    assert_int_equal(view.origin.n, 2);
    assert_null(LIST_AT(view.origin, 0, struct origin_row)->record);
    assert_string_equal(LIST_AT(view.origin, 1, struct origin_row)->record, "Maybe a terrace.");
}

/* Two bytes a character, and an escape among them: no page ends inside of one. */
static void origin__of_any_length_is_read_page_by_page(void **state)
{
    static const int lengths[] = {15999, 16000, 16001, 40000};
    struct harness *h = *state;
    size_t pages = 0;

    plan_usual(&h->rq);
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        (void)harness_sql(h, "DELETE FROM planner.origins");
        keep(h, "AUTH-2", "'item:1'", "task",
             arena_printf(&h->arena, "left(repeat('ä\"', 20000), %d)", lengths[i]));
        keep(h, "AUTH-2", "'label:2'", "label", "'second'");

        const char *all = read_all(h, "AUTH-2", &pages);

        assert_string_equal(all, harness_sql(h, "SELECT '<1>' || record || '<2>second' FROM "
                                                "planner.origins WHERE source_id = 'item:1'"));
        assert_in_range(pages, 2, 8);
    }
}

static void origin__of_many_records_is_read_page_by_page(void **state)
{
    struct harness *h = *state;
    size_t pages = 0;

    plan_usual(&h->rq);
    for (int i = 1; i <= 120; i++)
        keep(h, "AUTH-2", arena_printf(&h->arena, "'label:%03d'", i), "label",
             arena_printf(&h->arena, "repeat('%d ', 10)", i));

    const char *all = read_all(h, "AUTH-2", &pages);

    assert_string_equal(
        all, harness_sql(h, "SELECT string_agg('<' || substr(source_id, 7) || '>' || record, '' "
                            "ORDER BY source_id) FROM planner.origins"));
    assert_int_equal(pages, 3); /* of 50 rows */
}

static void origin__takes_the_room_that_contents_leave(void **state)
{
    struct harness *h = *state;
    struct get_args next = {.item = "AUTH-2"};
    const char *names[] = {"content", "origin"};
    char content[16990] = "";
    struct item_view view;

    next.include = (struct list){true, LENGTH_OF(names), names};
    plan_usual(&h->rq);
    memset(content, 'c', sizeof(content) - 1);
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", content));
    keep(h, "AUTH-2", "'item:1'", "task", "repeat('r', 500)");

    assert_ok(&h->rq, item_get(&h->rq, &next, &view));
    assert_int_equal(view.origin.n, 0);
    assert_non_null(view.next_cursor);
    next.cursor = view.next_cursor;
    assert_ok(&h->rq, item_get(&h->rq, &next, &view));
    assert_int_equal(strlen(LIST_AT(view.origin, 0, struct origin_row)->record), 500);
}

static void origin__of_the_past_is_what_had_been_read_then(void **state)
{
    struct harness *h = *state;
    const char *names[] = {"origin"};
    struct get_args args = {.item = "AUTH-2", .include = {true, 1, names}};
    struct item_view view;

    plan_usual(&h->rq);
    (void)harness_sql(h, "SELECT pg_sleep(0.01)");
    args.as_of = harness_sql(h, "SELECT planner.iso(clock_timestamp())");
    (void)harness_sql(h, "SELECT pg_sleep(0.01)");
    keep(h, "AUTH-2", "'item:1'", "task", "'{}'");

    assert_ok(&h->rq, item_get(&h->rq, &args, &view));
    assert_int_equal(view.origin.n, 0);
    args.as_of = harness_sql(h, "SELECT planner.iso(clock_timestamp() + interval '1 s')");
    assert_ok(&h->rq, item_get(&h->rq, &args, &view));
    assert_int_equal(view.origin.n, 1);
}

/* An imported item is older than its import: before that it was not here. */
static void past__of_an_imported_item_begins_with_its_import(void **state)
{
    struct harness *h = *state;
    struct get_args args = {.item = "AUTH-2"};
    struct outline_args outline_args = {.item = "AUTH-1"};
    struct item_view view;
    struct outline outline;

    plan_usual(&h->rq);
    (void)harness_sql(h, "UPDATE planner.items SET created_at = created_at - interval '1 year'");
    args.as_of = harness_sql(h, "SELECT planner.iso(now() - interval '1 day')");
    outline_args.as_of = args.as_of;

    assert_fails(&h->rq, item_get(&h->rq, &args, &view), ST_NOT_FOUND, "did not exist");
    assert_fails(&h->rq, look_outline(&h->rq, &outline_args, &outline), ST_NOT_FOUND,
                 "did not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(origin__is_absent_where_there_is_none),
        HARNESS_TEST(origin__is_named_unasked_and_told_when_asked),
        HARNESS_TEST(origin__of_a_project_names_its_place),
        HARNESS_TEST(origin__of_any_length_is_read_page_by_page),
        HARNESS_TEST(origin__of_many_records_is_read_page_by_page),
        HARNESS_TEST(origin__takes_the_room_that_contents_leave),
        HARNESS_TEST(origin__of_the_past_is_what_had_been_read_then),
        HARNESS_TEST(past__of_an_imported_item_begins_with_its_import),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
