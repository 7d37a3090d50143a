/*
 * W3C Trace Context (https://www.w3.org/TR/trace-context/), as MCP carries it in a request's _meta:
 * who calls us is part of a trace, and our log lines and database sessions name it.
 */
#ifndef PLANNER_BASE_TRACE_H
#define PLANNER_BASE_TRACE_H

#include <stdbool.h>

#include "planner/base/status.h"

struct trace {
    char trace_id[33]; /* 32 lower-case hexadecimal digits */
    char span_id[17];  /* 16 of them: the caller's span */
    bool sampled;      /* the caller records this trace */
    const char *state; /* tracestate as it came, borrowed; NULL: none, or none that is valid */
};

/*
 * False when `traceparent` (NULL: none) is not valid; the caller then goes on as without one. A
 * `tracestate` that is not valid is left out, as the standard has it.
 */
bool trace_read(const char *traceparent, const char *tracestate,
                struct trace *ret_trace) MUST_CHECK;

#endif
