/* Which plan, how large, and whether the store may take it. */
#include "planner/seed/seed.h"

#include "planner/base/json.h"
#include "planner/service/project.h"
#include "planner/store/script.h"

extern const char seed_store_script[], seed_run_script[]; /* sql/seed */

#define LARGE_PROJECTS 5
#define LARGE_ITEMS    10000
#define LOAD_ITEMS     100000
#define WIDE_MAX       10000 /* steps of the one wide task */

const char *const seed_profile_names[] = {"demo", "large", "load", NULL};

static const char *store_settings(struct req *rq, const struct seed_order *order, int64_t projects,
                                  int64_t items)
{
    struct json_out out = JSON_OUT_IN(rq->arena);
    const int64_t tenth = items / 10;

    json_begin(&out, '{');
    json_put_str(&out, "slug", order->profile == SEED_LOAD ? "LOAD" : "LARGE");
    json_put_int(&out, "projects", projects);
    json_put_int(&out, "items", items);
    json_put_int(&out, "wide",
                 order->profile != SEED_LOAD ? 0
                 : tenth > WIDE_MAX          ? WIDE_MAX
                                             : tenth);
    json_put_int(&out, "number", order->number);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status seed_store(struct req *rq, const struct seed_order *order)
{
    const int64_t projects = order->profile == SEED_LOAD ? 1 : LARGE_PROJECTS;
    const int64_t wanted = order->items != 0 ? order->items
                           : projects == 1   ? LOAD_ITEMS
                                             : LARGE_ITEMS;
    const struct script script = {
        .doing = "making a plan",
        .settings = &q_seed_settings,
        .params = PARAMS(store_settings(rq, order, projects, wanted / projects)),
        .texts = (const char *const[]){seed_store_script, seed_run_script, NULL},
    };

    return script_run(rq, &script);
}

static enum status list_projects(struct req *rq, const char *query, struct list *ret_rows)
{
    const struct project_list_args args = {.query = query, .limit = SOME_INT(LIST_LIMIT_MAX)};
    struct project_list list = {0};

    TRY(project_find_all(rq, &args, &list));
    *ret_rows = list.projects;
    return ST_OK;
}

static const struct project_row *row_at(const struct list *rows, size_t i)
{
    return (const struct project_row *)rows->items + i;
}

static enum status check_slug_is_free(struct req *rq, const char *slug)
{
    struct list rows;

    TRY(list_projects(rq, slug, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        if (strcmp(row_at(&rows, i)->slug, slug) == 0)
            return req_fail(rq, ST_CONFLICT,
                            "project %s is there already; the demo goes into a store without it, "
                            "such as a directory of its own (--data-dir DIR)",
                            slug);
    }
    return ST_OK;
}

/* Asked before anything is made. */
static enum status check_room(struct req *rq, const struct seed_order *order, bool may_add)
{
    struct list rows;

    TRY(list_projects(rq, NULL, &rows));
    if (rows.n == 0)
        return ST_OK;
    if (order->profile != SEED_DEMO)
        return req_fail(rq, ST_CONFLICT,
                        "the store has projects, %s among them; %s goes into an empty one, such as "
                        "a directory of its own (--data-dir DIR)",
                        row_at(&rows, 0)->slug, seed_profile_names[order->profile - 1]);
    if (!may_add)
        return req_fail(rq, ST_CONFLICT,
                        "the store has projects, %s among them; --yes adds the demo to them",
                        row_at(&rows, 0)->slug);
    TRY(check_slug_is_free(rq, SEED_DEMO_OLD));
    return check_slug_is_free(rq, SEED_DEMO_NEW);
}

static enum status check_order(struct req *rq, const struct seed_order *order)
{
    if (order->number < 0 || order->number > SEED_NUMBER_MAX)
        return req_fail(rq, ST_INVALID, "'number' is 0 to %lld", (long long)SEED_NUMBER_MAX);
    if (order->items != 0 && order->profile == SEED_DEMO)
        return req_fail(rq, ST_INVALID, "'items' has no meaning for the demo, which has its size");
    if (order->items != 0 && (order->items < SEED_ITEMS_MIN || order->items > SEED_ITEMS_MAX))
        return req_fail(rq, ST_INVALID, "'items' is %d to %d", SEED_ITEMS_MIN, SEED_ITEMS_MAX);
    return ST_OK;
}

static bool is_made_by(const struct seed_order *order, const char *slug)
{
    if (order->profile != SEED_DEMO)
        return true;
    return strcmp(slug, SEED_DEMO_OLD) == 0 || strcmp(slug, SEED_DEMO_NEW) == 0;
}

static enum status count(struct req *rq, const struct seed_order *order,
                         struct seed_result *ret_result)
{
    struct seed_result result = {.first = order->profile == SEED_DEMO    ? SEED_DEMO_NEW
                                          : order->profile == SEED_LARGE ? "LARGE0"
                                                                         : "LOAD"};
    struct list rows;

    TRY(list_projects(rq, NULL, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        if (!is_made_by(order, row_at(&rows, i)->slug))
            continue;
        result.projects++;
        result.items += row_at(&rows, i)->items.v;
    }
    *ret_result = result;
    return ST_OK;
}

enum status seed_run(struct req *rq, const struct seed_order *order, bool may_add,
                     struct seed_result *ret_result)
{
    TRY(check_order(rq, order));
    TRY(check_room(rq, order, may_add));
    TRY(order->profile == SEED_DEMO ? seed_demo(rq, order->number) : seed_store(rq, order));
    return count(rq, order, ret_result);
}
