/*
 * What commands (not the server) print for people and scripts. The only file besides transport/
 * that writes to fd 1. Errors go to stderr as "mcp-planner: sentence".
 */
#ifndef PLANNER_BASE_OUT_H
#define PLANNER_BASE_OUT_H

#include "planner/base/status.h"

void out_line(const char *fmt, ...) PRINTF_LIKE(1, 2); /* adds the newline */
void out_text(const char *text);                       /* as it is */
void out_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
