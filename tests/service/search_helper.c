#include "search_helper.h"

#include "planner/base/buf.h"

const char *keys_of(struct req *rq, const struct search_view *view)
{
    struct buf keys = BUF_IN(rq->arena);

    for (size_t i = 0; i < view->items.n; i++)
        buf_printf(&keys, "%s%s", i == 0 ? "" : " ",
                   LIST_AT(view->items, i, const struct search_row)->key);
    return buf_str(&keys);
}

struct search_view search(struct req *rq, const char *project, const char *query)
{
    const struct search_args args = {.project = project, .query = query};
    struct search_view view = {0};

    assert_ok(rq, find_search(rq, &args, &view));
    return view;
}

const char *step_titled(struct req *rq, const char *task, const char *title, const char *content)
{
    const struct create_args args = {.task = task, .title = title, .content = content};
    struct item_answer answer;

    assert_ok(rq, plan_create_step(rq, &args, &answer));
    return answer.key;
}
