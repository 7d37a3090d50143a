/* mcp-planner export [PROJECT...|--all] [FILE|-] */
#include "planner/exchange/export.h"

#include <errno.h>
#include <unistd.h>

#include "planner/base/newfile.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cli/exchanging.h"
#include "planner/service/ref.h"

static bool write_out(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    return fwrite(bytes, 1, len, stdout) == len;
}

static bool write_file(void *ctx, const char *bytes, size_t len)
{
    return newfile_write(ctx, bytes, len);
}

/* What names no project is the file: it has a dot or a slash, or is "-". */
static bool is_file(const char *argument)
{
    return strcmp(argument, "-") == 0 || strpbrk(argument, "./") == argument ||
           (strpbrk(argument, "./") != NULL && strstr(argument, "://") == NULL);
}

/* The projects that are named, and the file behind them; NULL: standard output. */
static bool read_arguments(const struct app *app, struct export_order *ret_order,
                           const char **ret_path)
{
    size_t n = (size_t)app->options.argc;
    const char *const *names = (const char *const *)app->options.argv;

    *ret_path = NULL;
    if (n > 0 && is_file(names[n - 1])) {
        *ret_path = strcmp(names[n - 1], "-") == 0 ? NULL : names[n - 1];
        n--;
    }
    *ret_order = (struct export_order){names, n};
    for (size_t i = 0; i < n; i++) {
        if (is_file(names[i]))
            return false;
    }
    return !(app->options.all && n > 0);
}

static void tell(struct app *app, const char *path, const struct record_sums *sums)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);
    const int64_t rows = sums->lines - 1;

    if (!app->options.json) {
        command_note(app, LOG_INFO, "wrote '%s': %lld project%s, %lld rows, sha256 %s", path,
                     (long long)sums->counts[RECORD_PROJECT],
                     sums->counts[RECORD_PROJECT] == 1 ? "" : "s", (long long)rows, sums->sha256);
        return;
    }
    json_begin(&out, '{');
    json_put_str(&out, "file", path);
    json_put_int(&out, "rows", rows);
    json_put_int(&out, "bytes", sums->bytes);
    json_key(&out, "counts");
    exchange_put_counts(&out, sums->counts);
    json_put_str(&out, "sha256", sums->sha256);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static enum status write_export(struct app *app, const struct export_order *order,
                                const struct record_sink *sink, struct record_sums *ret_sums)
{
    const enum status status = app->options.markdown
                                   ? export_markdown(&app->req, order, sink)
                                   : export_write(&app->req, order, sink, ret_sums);

    command_progress_end(app);
    return status;
}

static int export_to_file(struct app *app, const struct export_order *order, const char *path)
{
    OWN_NEWFILE file = {.path = NULL};
    const struct record_sink sink = {&file, write_file};
    struct record_sums sums = {.lines = 0};

    if (!newfile_begin(&file, path)) {
        return command_fail(app, EXIT_USAGE,
                            errno == EEXIST ? "'%s' exists; name a file that does not"
                                            : "'%s' cannot be written; name another file",
                            path);
    }
    if (write_export(app, order, &sink, &sums) != ST_OK)
        return command_fail_req(app);
    if (!newfile_end(&file))
        return command_fail(app, EXIT_FAILED, "'%s' cannot be written (%s)", path, strerror(errno));
    if (app->options.markdown)
        command_note(app, LOG_INFO, "wrote '%s'", path);
    else
        tell(app, path, &sums);
    return EXIT_DONE;
}

static int export_to_output(struct app *app, const struct export_order *order)
{
    const struct record_sink sink = {NULL, write_out};
    struct record_sums sums = {.lines = 0};

    if (write_export(app, order, &sink, &sums) != ST_OK)
        return command_fail_req(app);
    if (fflush(stdout) != 0)
        return command_fail(app, EXIT_FAILED, "standard output cannot be written (%s)",
                            strerror(errno));
    return EXIT_DONE;
}

static int export(struct app *app, void *ctx)
{
    struct export_order order = {0};
    const char *path = NULL;

    (void)ctx;
    if (!read_arguments(app, &order, &path))
        return command_fail(
            app, EXIT_USAGE,
            "usage: mcp-planner export [--markdown] [PROJECT...|--all] [FILE|-]; a file's name "
            "has a dot or a slash in it");
    if (app->options.markdown && app->options.json)
        return command_fail(app, EXIT_USAGE, "'--markdown' is for people; leave '--json' out");
    if (path == NULL && app->options.json)
        return command_fail(app, EXIT_USAGE,
                            "with --json export needs a FILE, since the report is "
                            "on standard output");
    if (!db_is_made(&app->req))
        return command_fail(
            app, EXIT_FAILED,
            "there is nothing to export: the private database has not been made yet");
    command_count(app);
    return path == NULL ? export_to_output(app, &order) : export_to_file(app, &order, path);
}

static int run_export(struct app *app)
{
    return exchange_with_memory(app, NULL, export);
}

const struct command command_export = {
    .name = "export",
    .args = "[PROJECT...|--all] [FILE|-]",
    .summary = "Write projects, or everything, as lines of JSON that import reads",
    .run = run_export,
};
