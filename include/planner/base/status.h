/*
 * What a fallible function says. The sentence that goes with it is in the request (base/req.h);
 * whoever detects the failure writes the sentence, callers pass both up, mcp/ turns them into the
 * wire form once.
 */
#ifndef PLANNER_BASE_STATUS_H
#define PLANNER_BASE_STATUS_H

enum status {
    ST_OK = 0,
    ST_INVALID,     /* an argument is wrong; the caller can mend it */
    ST_NOT_FOUND,   /* what an argument names does not exist */
    ST_CONFLICT,    /* the store is in another state than the caller thinks */
    ST_NOT_READY,   /* right call, wrong time: something else has to happen first */
    ST_LIMIT,       /* a documented cap was met */
    ST_UNAVAILABLE, /* the database does not answer; nothing was changed */
    ST_UNKNOWN,     /* the connection broke during COMMIT; the caller has to look */
    ST_CANCELLED,   /* the client took the request back; nothing is answered */
    ST_NEED_INPUT,  /* somebody has to answer first (base/input.h) */
    ST_BAD_STATE,   /* what came back with the answers is not the state that was given out */
    ST_WAIT,        /* nothing to tell yet: run it again when something changed (struct wait_for) */
    ST_RETRY,       /* serialization, deadlock or a lost race: run the transaction again */
    ST_BUG          /* a defect of this program; logged with its cause, told without it */
};

/* One word for logs and metrics: "ok", "not_found", "unavailable"... */
const char *status_name(enum status status);

#define MUST_CHECK                   __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(__printf__, fmt_at, args_at)))

/* The only macro that hides a return. */
#define TRY(expr)                 \
    do {                          \
        enum status st_ = (expr); \
        if (st_ != ST_OK)         \
            return st_;           \
    } while (0)

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
