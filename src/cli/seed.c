/* mcp-planner seed: a made-up plan, to look at, to test with or to measure. */
#include "planner/seed/seed.h"

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

static bool profile_named(const char *name, enum seed_profile *ret_profile)
{
    for (int i = 0; name != NULL && seed_profile_names[i] != NULL; i++) {
        if (strcmp(seed_profile_names[i], name) == 0) {
            *ret_profile = (enum seed_profile)(i + 1);
            return true;
        }
    }
    return false;
}

static void tell(struct app *app, const struct seed_result *result)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    if (!app->options.json) {
        out_line("%lld items in %lld project%s; %s is the one to look at: mcp-planner export "
                 "--markdown %s",
                 (long long)result->items, (long long)result->projects,
                 result->projects == 1 ? "" : "s", result->first, result->first);
        return;
    }
    json_begin(&out, '{');
    json_put_str(&out, "profile", app->options.profile);
    json_put_int(&out, "number", app->options.number);
    json_put_int(&out, "projects", result->projects);
    json_put_int(&out, "items", result->items);
    json_put_str(&out, "first", result->first);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static int run_seed(struct app *app)
{
    const struct options *options = &app->options;
    struct seed_order order = {.number = options->number, .items = options->items};
    struct seed_result result;

    if (options->argc > 0 || !profile_named(options->profile, &order.profile))
        return command_fail(app, EXIT_USAGE,
                            "seed wants --profile demo, large or load; see mcp-planner --help");
    /* Somebody's server: by accident never. */
    if (options->dsn != NULL && !options->yes)
        return command_fail(app, EXIT_FAILED,
                            "an external database is configured; --yes makes the plan there, "
                            "--data-dir DIR without 'dsn' in a private one");
    command_listen(app);
    if (seed_run(&app->req, &order, options->yes, &result) != ST_OK)
        return command_fail_req(app);
    tell(app, &result);
    return EXIT_DONE;
}

const struct command command_seed = {
    .name = "seed",
    .args = "--profile demo|large|load",
    .summary = "Make up a plan: a demo of everything, or as many items as wanted",
    .run = run_seed,
};
