/* What readers make of texts, without files and without a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/yaml_tree.h"

struct fixture {
    struct arena arena;
    struct req rq;
    struct foreign *f;
    struct foreign_project *project;
};

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof(*x));

    arena_init(&x->arena, (size_t)64 * 1024 * 1024);
    x->rq.arena = &x->arena;
    x->f = foreign_new(&x->rq, "beads", "/source");
    x->project = foreign_add_project(x->f, "name", NULL);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;

    arena_destroy(&x->arena);
    free(x);
    return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
#define TEXT(t)  ((struct span){(t), strlen(t)})

static struct foreign_item *item_at(const struct fixture *x, size_t i)
{
    assert_in_range(i, 0, x->project->items.n - 1);
    return HEAP_AT(x->project->items, i, struct foreign_item);
}

static void time__in_every_form_becomes_utc(void **state)
{
    static const char *const forms[][2] = {
        {"2025-07-16 07:44:51", "2025-07-16T07:44:51.000000Z"},
        {"2025-07-16", "2025-07-16T00:00:00.000000Z"},
        {" 2025-07-16T07:44Z ", "2025-07-16T07:44:00.000000Z"},
        {"2025-12-31T21:58:07.295058-08:00", "2026-01-01T05:58:07.295058Z"},
        {"2025-01-01T00:30:00.5+0100", "2024-12-31T23:30:00.500000Z"},
        {"2024-02-29 10:00:00.123456789 +02", "2024-02-29T08:00:00.123456Z"}};
    struct fixture *x = *state;

    for (size_t i = 0; i < LENGTH_OF(forms); i++)
        assert_string_equal(foreign_time(&x->arena, forms[i][0]), forms[i][1]);
}

static void time__that_is_none_is_left_out(void **state)
{
    static const char *const forms[] = {"",
                                        "soon",
                                        "2025-02-29",
                                        "2025-13-01",
                                        "1969-12-31",
                                        "0001-01-01T00:00:00Z",
                                        "2025-07-16 25:00",
                                        "2025-07-16T10:00:00+15:00",
                                        "2025-07-16x"};
    struct fixture *x = *state;

    assert_null(foreign_time(&x->arena, NULL));
    for (size_t i = 0; i < LENGTH_OF(forms); i++)
        assert_null(foreign_time(&x->arena, forms[i]));
}

static void status__of_unknown_words_is_open_and_told(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(foreign_status(x->f, "task", "Done"), ITEM_COMPLETE);
    assert_int_equal(foreign_status(x->f, "task", "CANCELED"), ITEM_CANCELLED);
    assert_int_equal(foreign_status(x->f, "task", "To Do"), ITEM_OPEN);
    assert_int_equal(foreign_status(x->f, "task", NULL), ITEM_OPEN);
    assert_int_equal(x->f->fields.n, 0);
    assert_int_equal(foreign_status(x->f, "task", "in_progress"), ITEM_OPEN);
    assert_int_equal(x->f->fields.n, 1);
    assert_string_equal(HEAP_AT(x->f->fields, 0, struct foreign_field)->name,
                        "status 'in_progress'");
}

static void title__is_cut_above_two_hundred_characters(void **state)
{
    struct fixture *x = *state;
    char *title = arena_alloc(&x->arena, 500);

    for (int n = 200; n <= 201; n++) {
        for (int i = 0; i < n; i++)
            memcpy(title + i * 2, "é", 2);
        title[n * 2] = '\0';
        (void)foreign_add_item(
            x->f, x->project,
            &(struct foreign_item){
                .id = n == 200 ? "a" : "b", .kind = "task", .title = title, .record = "{}"});
    }

    assert_int_equal(strlen(item_at(x, 0)->title), 400);
    assert_null(item_at(x, 0)->text);
    assert_int_equal(strlen(item_at(x, 1)->title), 199 * 2 + strlen("…"));
    assert_string_equal(item_at(x, 1)->text, title);
}

static void title__is_one_line_and_never_empty(void **state)
{
    struct fixture *x = *state;

    (void)foreign_add_item(
        x->f, x->project,
        &(struct foreign_item){
            .id = "a", .kind = "task", .record = "{}", .title = " two\nlines\t\xC2\x85 "});
    (void)foreign_add_item(
        x->f, x->project,
        &(struct foreign_item){.id = "b", .kind = "task", .record = "{}", .title = " \n "});

    assert_string_equal(item_at(x, 0)->title, "two lines");
    assert_string_equal(item_at(x, 1)->title, "(without a title)");
}

static void items__above_ten_thousand_are_refused_as_a_whole(void **state)
{
    struct fixture *x = *state;

    for (int i = 0; i < FOREIGN_ITEMS_MAX; i++)
        (void)foreign_add_item(
            x->f, x->project,
            &(struct foreign_item){.id = "a", .kind = "task", .title = "t", .record = "{}"});
    assert_int_equal(foreign_check(x->f), ST_OK);
    (void)foreign_add_item(x->f, x->project,
                           &(struct foreign_item){.id = "a", .kind = "task", .record = "{}"});
    assert_int_equal(foreign_check(x->f), ST_LIMIT);
}

static void taskmaster__dependencies_are_of_the_tag_or_the_task(void **state)
{
    struct fixture *x = *state;
    const char *text = "{\"main\": {\"tasks\": [{\"id\": 1, \"title\": \"a\", \"dependencies\": "
                       "[\"2\", 3], \"subtasks\": [{\"id\": 1, \"title\": \"b\", "
                       "\"dependencies\": [2, \"4.1\"]}]}]}}";

    assert_int_equal(taskmaster_read(x->f, x->project, TEXT(text)), ST_OK);

    assert_string_equal(item_at(x, 0)->id, "main/1");
    assert_string_equal(HEAP_AT(item_at(x, 0)->needs, 0, char), "main/2");
    assert_string_equal(HEAP_AT(item_at(x, 0)->needs, 1, char), "main/3");
    assert_string_equal(item_at(x, 1)->parent, "main/1");
    assert_string_equal(HEAP_AT(item_at(x, 1)->needs, 0, char), "main/1.2");
    assert_string_equal(HEAP_AT(item_at(x, 1)->needs, 1, char), "main/4.1");
    assert_string_equal(item_at(x, 0)->record,
                        "{\"id\":1,\"title\":\"a\",\"dependencies\":[\"2\", 3]}");
}

static void taskmaster__a_file_from_before_tags_is_read(void **state)
{
    struct fixture *x = *state;
    const char *text = " {\"meta\": {\"a\": 1}, \"tasks\": [{\"id\": \"7\", \"title\": \"a\"}]}";

    assert_int_equal(taskmaster_read(x->f, x->project, TEXT(text)), ST_OK);

    assert_string_equal(item_at(x, 0)->id, "7");
    assert_int_equal(x->project->notes.n, 1);
}

static void taskmaster__other_json_is_refused(void **state)
{
    static const char *const texts[] = {"[]", "1", "{}", "{\"tasks\": 1}", "[{\"tasks\": []}]"};
    struct fixture *x = *state;

    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        assert_int_equal(taskmaster_read(x->f, x->project, TEXT(texts[i])), ST_INVALID);
}

static void beads__siblings_stand_in_the_order_of_their_making(void **state)
{
    struct fixture *x = *state;
    const char *text =
        "{\"id\":\"a\",\"title\":\"x\",\"created_at\":\"2025-01-02T00:00:00+02:00\"}\n"
        "\r\n"
        "{\"id\":\"b\",\"title\":\"y\",\"created_at\":\"2025-01-01T21:00:00Z\"}";

    assert_int_equal(beads_read(x->f, x->project, TEXT(text)), ST_OK);

    assert_string_equal(item_at(x, 0)->id, "b");
    assert_int_equal(item_at(x, 0)->priority, 100);
}

static void beads__ids_with_dots_tell_the_parent_unless_an_edge_does(void **state)
{
    struct fixture *x = *state;
    const char *text =
        "{\"id\":\"a.1\",\"title\":\"x\"}\n{\"id\":\"a.2\",\"title\":\"y\",\"dependencies\":"
        "[{\"depends_on_id\":\"c\",\"type\":\"parent-child\"},{\"depends_on_id\":\"d\"}]}\n"
        "{\"id\":\"a.x\",\"title\":\"z\"}\n";

    assert_int_equal(beads_read(x->f, x->project, TEXT(text)), ST_OK);

    assert_string_equal(item_at(x, 0)->parent, "a");
    assert_string_equal(item_at(x, 1)->parent, "c");
    assert_string_equal(HEAP_AT(item_at(x, 1)->needs, 0, char), "d");
    assert_null(item_at(x, 2)->parent);
}

static void yaml__values_stay_the_texts_that_they_are(void **state)
{
    struct fixture *x = *state;
    OWN_JSON tree = NULL;
    const char *text = "a: 1.0\nb: yes\nc: ~\nd: 'x: y'\ne: >-\n  one\n  two\nf: [p, \"q\"]\n";

    assert_int_equal(yaml_tree(&x->rq, "file", 1, TEXT(text), &tree), ST_OK);

    assert_string_equal(json_get_text(tree, "a"), "1.0");
    assert_string_equal(json_get_text(tree, "b"), "yes");
    assert_true(cJSON_IsNull(json_get(tree, "c")));
    assert_string_equal(json_get_text(tree, "d"), "x: y");
    assert_string_equal(json_get_text(tree, "e"), "one two");
    assert_int_equal(cJSON_GetArraySize(json_get(tree, "f")), 2);
}

static void yaml__that_cannot_be_read_is_told_with_its_line(void **state)
{
    static const char *const texts[] = {"a: [",       "a: &x 1", "a: *x",  "a: 1\na: 2",
                                        "? [a]\n: b", "a: \"b",  "\tb: c", "--- a\n--- b"};
    struct fixture *x = *state;
    char deep[200];

    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        cJSON *tree = NULL;
        assert_int_equal(yaml_tree(&x->rq, "file", 1, TEXT(texts[i]), &tree), ST_INVALID);
        assert_non_null(strstr(x->rq.message, "'file': line "));
        assert_null(tree);
    }
    for (int n = 32; n <= 33; n++) {
        OWN_JSON tree = NULL;
        memset(deep, '[', (size_t)n);
        memset(deep + n, ']', (size_t)n);
        assert_int_equal(yaml_tree(&x->rq, "file", 1, (struct span){deep, (size_t)n * 2}, &tree),
                         n == 32 ? ST_OK : ST_INVALID);
    }
}

static void front_matter__ends_with_its_own_line(void **state)
{
    struct fixture *x = *state;
    OWN_JSON tree = NULL;
    struct span body;

    assert_int_equal(
        front_matter_read(&x->rq, "f", TEXT("---\nid: a\n--- \nbody\n---\n"), &tree, &body), ST_OK);
    assert_string_equal(json_get_text(tree, "id"), "a");
    assert_int_equal(body.len, strlen("body\n---\n"));
}

static void front_matter__without_beginning_or_end_is_refused(void **state)
{
    static const char *const texts[] = {"", "id: a\n---\n", "---\nid: a\n", "---\n- a\n---\n",
                                        "---"};
    struct fixture *x = *state;
    struct span body;

    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        cJSON *tree = NULL;
        assert_int_equal(front_matter_read(&x->rq, "f", TEXT(texts[i]), &tree, &body), ST_INVALID);
        assert_null(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(time__in_every_form_becomes_utc),
        TEST(time__that_is_none_is_left_out),
        TEST(status__of_unknown_words_is_open_and_told),
        TEST(title__is_cut_above_two_hundred_characters),
        TEST(title__is_one_line_and_never_empty),
        TEST(items__above_ten_thousand_are_refused_as_a_whole),
        TEST(taskmaster__dependencies_are_of_the_tag_or_the_task),
        TEST(taskmaster__a_file_from_before_tags_is_read),
        TEST(taskmaster__other_json_is_refused),
        TEST(beads__siblings_stand_in_the_order_of_their_making),
        TEST(beads__ids_with_dots_tell_the_parent_unless_an_edge_does),
        TEST(yaml__values_stay_the_texts_that_they_are),
        TEST(yaml__that_cannot_be_read_is_told_with_its_line),
        TEST(front_matter__ends_with_its_own_line),
        TEST(front_matter__without_beginning_or_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
