/* How every command says that it failed, and what it has to tell beside its answer. */
#include <stdarg.h>

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

const char command_lone_standby[] = "'read-dsn' names a standby; name its primary with 'dsn', too";

/* Standard output of the server belongs to the protocol, whatever else is asked for. */
static bool answers_in_json(const struct app *app)
{
    const struct invocation *invocation = app->invocation;

    return invocation->options.json && invocation->command != NULL &&
           strcmp(invocation->command, command_serve.name) != 0;
}

/* Whoever collects lines of JSON gets nothing else; what was asked for is written at any level. */
static void say(const struct app *app, enum log_level level, const char *message)
{
    struct log log = {.level = LOG_DEBUG, .json = true};

    if (strcmp(app->invocation->options.log_format, "json") == 0)
        log_write(&log, level, "%s", message);
    else
        out_error("%s", message);
}

void command_note(struct app *app, enum log_level level, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(app, level, arena_vprintf(&app->arena, fmt, args));
    va_end(args);
}

static void tell_note(void *ctx, enum log_level level, const char *message)
{
    struct app *app = ctx;

    if (!log_wants(&app->log, level)) /* the log has it otherwise */
        say(app, level, message);
}

static void tell_nothing(void *ctx, double done, double total, const char *message)
{
    (void)ctx;
    (void)done;
    (void)total;
    (void)message;
}

void command_listen(struct app *app)
{
    app->listener = (struct listener){.ctx = app, .progress = tell_nothing, .log = tell_note};
    app->req.listener = &app->listener;
}

int command_fail(struct app *app, enum exit_code code, const char *fmt, ...)
{
    struct json_out out = JSON_OUT_IN(&app->arena);
    const char *message = NULL;
    va_list args;

    va_start(args, fmt);
    message = arena_vprintf(&app->arena, fmt, args);
    va_end(args);
    say(app, LOG_ERROR, message);
    if (answers_in_json(app)) {
        json_begin(&out, '{');
        json_put_str(&out, "error", message);
        json_put_int(&out, "exit_code", code);
        json_end(&out, '}');
        out_line("%s", json_text(&out));
    }
    return code;
}

enum exit_code command_code(const struct req *rq)
{
    return rq->status == ST_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

int command_fail_req(struct app *app)
{
    return command_fail(app, command_code(&app->req), "%s", app->req.message);
}

bool command_confirm(const char *sentence)
{
    char answer[16] = "";

    (void)fprintf(stderr, "%s Go on? [y/N] ", sentence);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}
