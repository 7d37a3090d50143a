/*
 * Logs go to stderr, a line each: text for people, or JSON lines for collectors. Made in main.c,
 * lent to everything below. A message never holds secrets: no connection strings, no contents, no
 * parameters of statements.
 *
 * The members of a JSON line are told in docs/LOGS.md. Those of its context say on whose behalf it
 * was written; an event has facts of its own. In text only the message is written.
 */
#ifndef PLANNER_BASE_LOG_H
#define PLANNER_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/base/status.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

#define LOG_TEXT_MAX 300 /* bytes of a member of the context, which others may have written */

/* Of the request that is being served. Borrowed; NULL: not known. */
struct log_context {
    const char *id;     /* JSON-RPC id, raw JSON */
    const char *method; /* of MCP */
    const char *tool;
    const char *request_id; /* the argument of that name */
    const char *agent;
    const char *trace_id, *span_id, *trace_state; /* base/trace.h */
};

struct log {
    enum log_level level; /* what is less important is dropped */
    bool json;
    const struct log_context *context; /* or NULL */
};

/* A fact of an event: a text, or a number when that is NULL. */
struct log_fact {
    const char *name;
    const char *text;
    double number;
};

/* "error", "warning", "info", "debug"; false when the word is none of them. */
bool log_level_parse(const char *word, enum log_level *ret_level);
/* Whether a line of this level would be written. */
bool log_wants(const struct log *log, enum log_level level);
void log_write(const struct log *log, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* As log_write, of a kind of event that collectors look for. */
void log_event(const struct log *log, enum log_level level, const char *event,
               const struct log_fact *facts, size_t n, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
