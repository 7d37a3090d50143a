#include "planner/base/log.h"

#include <stdarg.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/json.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* One line on its way. */
struct line {
    enum log_level level;
    const char *event; /* NULL: none */
    const struct log_fact *facts;
    size_t n_facts;
};

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

bool log_wants(const struct log *log, enum log_level level)
{
    return log != NULL && level <= log->level;
}

/* A message may quote what others sent: it stays on its line and moves no cursor. */
static void log_blank_controls(char *message)
{
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = ' ';
    }
}

/* A quotation that was cut may end inside a character, which no JSON reader takes. */
static void log_blank_bytes(char *message)
{
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
}

/* Cut between characters. */
static void put_cut(struct json_out *out, const char *name, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    if (text == NULL)
        return;
    if (len > LOG_TEXT_MAX) {
        len = LOG_TEXT_MAX;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    json_key(out, name);
    json_strn(out, text, len);
}

static void put_context(struct json_out *out, const struct log_context *context)
{
    if (context == NULL)
        return;
    if (context->id != NULL && strlen(context->id) <= LOG_TEXT_MAX) /* raw: it cannot be cut */
        json_put_raw(out, "id", context->id);
    put_cut(out, "method", context->method);
    put_cut(out, "tool", context->tool);
    put_cut(out, "request_id", context->request_id);
    put_cut(out, "agent", context->agent);
    put_cut(out, "trace_id", context->trace_id);
    put_cut(out, "span_id", context->span_id);
    json_put_str(out, "trace_state", context->trace_state);
}

static void put_facts(struct json_out *out, const struct line *line)
{
    for (size_t i = 0; i < line->n_facts; i++) {
        const struct log_fact *fact = &line->facts[i];
        if (fact->text != NULL)
            put_cut(out, fact->name, fact->text);
        else
            json_put_num(out, fact->name, fact->number);
    }
}

static void put_json(struct json_out *out, const struct log *log, const struct line *line,
                     const char *at, const char *message)
{
    json_begin(out, '{');
    json_put_str(out, "at", at);
    json_put_str(out, "level", level_names[line->level]);
    json_put_int(out, "pid", getpid());
    json_put_str(out, "event", line->event);
    put_context(out, log->context);
    put_facts(out, line);
    json_put_str(out, "message", message);
    json_end(out, '}');
}

static void write_line(const struct log *log, const struct line *line, const char *fmt,
                       va_list args) PRINTF_LIKE(3, 0);

static void write_line(const struct log *log, const struct line *line, const char *fmt,
                       va_list args)
{
    struct arena arena;
    struct json_out out;
    struct json_fault fault;
    const char *at = NULL;
    char *message = NULL;

    arena_init(&arena, ARENA_CAP_DEFAULT);
    message = arena_vprintf(&arena, fmt, args);
    at = clock_iso(&arena, clock_now_ms());
    out = JSON_OUT_IN(&arena);
    if (log->json) {
        put_json(&out, log, line, at, message);
        if (!json_check(out.buf.ptr, out.buf.len, &fault)) {
            log_blank_bytes(message);
            out.buf.len = 0;
            out.comma = false;
            put_json(&out, log, line, at, message);
        }
    } else {
        log_blank_controls(message);
        buf_printf(&out.buf, "%s mcp-planner[%d] %s: %s", at, (int)getpid(),
                   level_names[line->level], message);
    }
    buf_char(&out.buf, '\n');
    (void)!write(STDERR_FILENO, out.buf.ptr, out.buf.len); /* one write: lines never interleave */
    arena_destroy(&arena);
}

void log_write(const struct log *log, enum log_level level, const char *fmt, ...)
{
    const struct line line = {.level = level};
    va_list args;

    if (!log_wants(log, level))
        return;
    va_start(args, fmt);
    write_line(log, &line, fmt, args);
    va_end(args);
}

void log_event(const struct log *log, enum log_level level, const char *event,
               const struct log_fact *facts, size_t n, const char *fmt, ...)
{
    const struct line line = {level, event, facts, n};
    va_list args;

    if (!log_wants(log, level))
        return;
    va_start(args, fmt);
    write_line(log, &line, fmt, args);
    va_end(args);
}
