/* Metrics for Prometheus: on standard output, or into a file, once or again and again. */
#include <time.h>

#include "planner/base/buf.h"
#include "planner/base/clock.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/metrics/metrics.h"
#include "planner/transport/loop.h"

#define INTERVAL_MIN_MS 1000 /* between two scrapes, each of which connects anew */
#define NAP_MS          200  /* how late a signal may be heard */

/* One scrape with a connection of its own: a private database may stop between two. */
static const char *scrape_text(struct app *app, struct req *rq, struct scrape *scrape)
{
    struct db_config config = app->db_config;
    struct samples samples = {.arena = rq->arena};
    struct buf out = BUF_IN(rq->arena);

    config.application = "mcp-planner-metrics";
    config.any_schema = true;
    if (config.connect_timeout_ms > METRICS_CONNECT_MS)
        config.connect_timeout_ms = METRICS_CONNECT_MS;
    rq->db = db_new(&config, &app->log);
    metrics_scrape(rq, app->options.dsn == NULL ? &app->cluster : NULL, scrape, &samples);
    db_free(rq->db);
    cluster_release(&app->cluster);
    metrics_expose(&out, &samples);
    return buf_str(&out);
}

static int scrape_once(struct app *app, struct scrape *scrape)
{
    struct arena arena;
    struct req rq = app->req;
    const char *text = NULL;
    int code = EXIT_DONE;

    arena_init(&arena, ARENA_CAP_DEFAULT);
    rq.arena = &arena;
    text = scrape_text(app, &rq, scrape);
    if (app->options.textfile == NULL) {
        out_text(text);
    } else if (metrics_write_file(&rq, app->options.textfile, text, strlen(text)) != ST_OK) {
        code = command_fail(app, EXIT_FAILED, "%s", rq.message);
    }
    if (!scrape->up && code == EXIT_DONE)
        code = EXIT_TROUBLE;
    arena_destroy(&arena);
    return code;
}

static void nap_until(int64_t due_ms)
{
    while (!signals_stop() && clock_monotonic_ms() < due_ms) {
        const struct timespec nap = {0, (long)NAP_MS * 1000000};
        (void)nanosleep(&nap, NULL);
    }
}

/* A database that is away is no reason to end, since the file says so; a file that cannot be made
 * is one, since nothing does. Once it was there, its age tells. */
static int scrape_for_ever(struct app *app, struct scrape *scrape)
{
    bool written = false;

    signals_install();
    while (!signals_stop()) {
        const int64_t due_ms = clock_monotonic_ms() + app->options.interval;
        const int code = scrape_once(app, scrape);
        if (code == EXIT_FAILED && !written)
            return code;
        written = true;
        nap_until(due_ms);
    }
    return EXIT_DONE;
}

static int print_reference(struct app *app)
{
    struct buf out = BUF_IN(&app->arena);

    metrics_reference(&out);
    out_text(buf_str(&out));
    return EXIT_DONE;
}

static const struct verb verbs[] = {{"reference", 1, print_reference}, {NULL}};

static int run_metrics(struct app *app)
{
    const struct verb *verb = command_verb(app, &command_metrics);
    const struct options *options = &app->options;
    struct scrape scrape = {.projects = options->per_project};

    if (options->json)
        return command_fail(app, EXIT_USAGE,
                            "metrics are text for Prometheus, never JSON; leave --json out");
    if (verb != NULL && options->argc == verb->argc_max)
        return verb->run(app);
    if (options->argc > 0)
        return command_fail(app, EXIT_USAGE, "metrics knows 'reference'; see mcp-planner --help");
    if (options->interval == 0)
        return scrape_once(app, &scrape);
    if (options->textfile == NULL)
        return command_fail(app, EXIT_USAGE, "'interval' needs a 'textfile' to write into");
    if (options->interval < INTERVAL_MIN_MS)
        return command_fail(app, EXIT_USAGE, "'interval' must be 0, for once, or at least 1s");
    return scrape_for_ever(app, &scrape);
}

const struct command command_metrics = {
    .name = "metrics",
    .args = "[reference]",
    .summary = "Print metrics for Prometheus, or write them with --textfile (and --interval); "
               "reference lists them (exit code 3: the database does not answer)",
    .verbs = verbs,
    .run = run_metrics,
};
