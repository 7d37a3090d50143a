#include "planner/base/log.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "planner/base/json.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};

bool log_level_parse(const char *word, enum log_level *ret_level)
{
    for (size_t i = 0; i < LENGTH_OF(level_names); i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static const char *log_stamp(struct arena *arena)
{
    const time_t now = time(NULL);
    char text[32];
    struct tm utc;

    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return arena_strdup(arena, text);
}

/* A message may quote what others sent: it stays on its line and moves no cursor. */
static void log_blank_controls(char *message)
{
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = ' ';
    }
}

void log_write(const struct log *log, enum log_level level, const char *fmt, ...)
{
    struct arena arena;
    struct json_out out;
    char *message = NULL;
    va_list args;

    if (log == NULL || level > log->level)
        return;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    va_start(args, fmt);
    message = arena_vprintf(&arena, fmt, args);
    va_end(args);
    out = JSON_OUT_IN(&arena);
    if (log->json) {
        json_begin(&out, '{');
        json_put_str(&out, "at", log_stamp(&arena));
        json_put_str(&out, "level", level_names[level]);
        json_put_int(&out, "pid", getpid());
        json_put_str(&out, "message", message);
        json_end(&out, '}');
    } else {
        log_blank_controls(message);
        buf_printf(&out.buf, "%s mcp-planner[%d] %s: %s", log_stamp(&arena), (int)getpid(),
                   level_names[level], message);
    }
    buf_char(&out.buf, '\n');
    (void)!write(STDERR_FILENO, out.buf.ptr, out.buf.len); /* one write: lines never interleave */
    arena_destroy(&arena);
}
