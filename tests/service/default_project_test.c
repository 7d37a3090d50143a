/* A project that is bound to the directory is meant by every call that names none. */
#include "plan_helper.h"

static void bind_auth(struct harness *h)
{
    const struct project_args args = {.project = "AUTH", .workspace = "/src/auth"};
    struct project_answer answer;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "OTHER");
    assert_ok(&h->rq, project_update(&h->rq, &args, &answer));
}

static void every_call_that_names_no_project__means_the_bound_one(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct define_task task = {.title = "defined"};
    const struct define_args many = {.tasks = {true, 1, &task}};
    const struct create_args one = {.title = "created"};
    const struct project_args change = {.max_iterations = SOME_INT(7)};
    const struct next_args take = {.claim = SOME_BOOL(true)};
    struct define_answer defined;
    struct item_answer created;
    struct project_answer changed;
    struct next_view next;
    struct outline outline;
    struct history_view history;

    bind_auth(h);
    rq->directory = "/src/auth/lib";
    assert_ok(rq, plan_define(rq, &many, &defined));
    assert_ok(rq, plan_create_task(rq, &one, &created));
    assert_ok(rq, project_update(rq, &change, &changed));
    assert_ok(rq, look_next(rq, &take, &next));
    assert_ok(rq, look_outline(rq, &(struct outline_args){0}, &outline));
    assert_ok(rq, look_history(rq, &(struct history_args){0}, &history));

    assert_string_equal(defined.parent, "AUTH");
    assert_string_equal(created.key, "AUTH-4");
    assert_string_equal(changed.slug, "AUTH");
    assert_string_equal(next.project, "AUTH");
    assert_string_equal(outline.key, "AUTH");
    assert_string_equal(history.of, "AUTH");
    plan_assert_right(h);
}

static void a_directory_beside_it__is_told_to_name_one(void **state)
{
    struct harness *h = *state;
    const struct create_args one = {.title = "created"};
    struct item_answer created;

    bind_auth(h);
    h->rq.directory = "/src/authority";

    assert_fails(&h->rq, plan_create_task(&h->rq, &one, &created), ST_NOT_FOUND,
                 "'parent' is missing and no project is bound to this directory");
}

static void the_configured_project__comes_first(void **state)
{
    struct harness *h = *state;
    const struct create_args one = {.title = "created"};
    struct item_answer created;

    bind_auth(h);
    h->rq.directory = "/src/auth";
    h->rq.project = "OTHER";
    assert_ok(&h->rq, plan_create_task(&h->rq, &one, &created));

    assert_string_equal(created.key, "OTHER-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_call_that_names_no_project__means_the_bound_one),
        HARNESS_TEST(a_directory_beside_it__is_told_to_name_one),
        HARNESS_TEST(the_configured_project__comes_first),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
