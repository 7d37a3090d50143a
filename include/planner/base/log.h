/*
 * Logs go to stderr, a line each: text for people, or JSON lines for collectors. Made in main.c,
 * lent to everything below. A message never holds secrets: no connection strings, no contents.
 */
#ifndef PLANNER_BASE_LOG_H
#define PLANNER_BASE_LOG_H

#include <stdbool.h>

#include "planner/base/status.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    enum log_level level; /* what is less important is dropped */
    bool json;
};

/* "error", "warning", "info", "debug"; false when the word is none of them. */
bool log_level_parse(const char *word, enum log_level *ret_level);
void log_write(const struct log *log, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
