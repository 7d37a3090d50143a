#include "planner/base/out.h"

#include <stdarg.h>

void out_line(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vfprintf(stdout, fmt, args);
    va_end(args);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
}

void out_text(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

void out_error(const char *fmt, ...)
{
    va_list args;

    (void)fputs("mcp-planner: ", stderr);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}
