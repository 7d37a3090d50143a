#include "claim_helper.h"

void claim_plan(struct req *rq, int n)
{
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    for (int i = 0; i < n; i++)
        (void)plan_step(rq, "AUTH-1", NULL);
}

struct item_answer claim_take(struct req *rq, const char *key)
{
    struct item_answer answer;

    assert_ok(rq, claim_item(rq, &(struct claim_args){.item = key}, &answer));
    return answer;
}

enum status claim_try(struct req *rq, const char *key)
{
    struct item_answer answer;

    return claim_item(rq, &(struct claim_args){.item = key}, &answer);
}

enum status claim_take_next(struct req *rq, int64_t limit, struct next_view *ret_view)
{
    const struct next_args args = {
        .project = "AUTH", .limit = SOME_INT(limit), .claim = SOME_BOOL(true)};

    return look_next(rq, &args, ret_view);
}

const char *claim_keys(struct req *rq, const struct next_view *view)
{
    const char *keys = "";

    for (size_t i = 0; i < view->items.n; i++)
        keys = arena_printf(rq->arena, "%s%s%s", keys, i == 0 ? "" : " ",
                            LIST_AT(view->items, i, const struct ready_row)->key);
    return keys;
}

void claim_expire(struct harness *h)
{
    (void)harness_sql(h, "UPDATE planner.claims SET expires_at = now() - interval '1 second'");
}
