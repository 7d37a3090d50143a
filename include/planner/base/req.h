/*
 * One request: its memory, who asks, how to wait, and what went wrong. Lives from the frame that
 * brought it to the frame that answers it; everything it points to is borrowed or in its arena.
 */
#ifndef PLANNER_BASE_REQ_H
#define PLANNER_BASE_REQ_H

#include <stdbool.h>
#include <stdint.h>

#include "planner/base/arena.h"
#include "planner/base/log.h"
#include "planner/base/uuid.h"

struct meter; /* base/meter.h */
struct trace; /* base/trace.h */
struct db;    /* store/db.h; the layers between only pass it on */
struct req;

/* Who asks. Agent names are self-declared: a convention, not a boundary (SPEC 2). */
struct actor {
    const char *agent;  /* never NULL */
    const char *role;   /* server, client, worker, user, or NULL when not configured */
    const char *user;   /* the configured human, or NULL */
    const char *client; /* the host's name and version, or NULL */
};

/*
 * How the lower layers wait without stopping the loop: while they do, the transport serves ping,
 * discovery and cancellation. Wired by main.c; a command line tool wires plain poll(2).
 */
struct waiter {
    void *ctx;
    /*
     * Wait until `fd` is ready for `events` (poll(2) bits) or `timeout_ms` passed (-1: for ever);
     * fd -1 just sleeps. *ret_ready tells which. ST_CANCELLED when the client took the request
     * back or the process has to end.
     */
    enum status (*wait)(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                        bool *ret_ready);
};

/*
 * What the client hears while its request runs. Wired by mcp/; a command line tool and most tests
 * have none. Whether the client wants to hear it is decided there.
 */
struct listener {
    void *ctx;
    void (*progress)(void *ctx, double done, double total, const char *message);
    void (*log)(void *ctx, enum log_level level, const char *message);
};

/* With ST_WAIT: what would end the waiting. */
struct wait_for {
    const char *project; /* UUID: a change in it; NULL: a change anywhere */
    const char *cursor;  /* changes after it, as store/feed.h understands it */
    int64_t deadline_ms; /* monotonic: then the request is run for the last time */
};

struct req {
    struct arena *arena;
    const struct log *log;
    const struct waiter *waiter;
    struct uuid_source *uuids;
    struct db *db;
    struct meter *meter;       /* what is counted; NULL: nothing is */
    const struct trace *trace; /* whose part it is; NULL: of none */
    struct actor actor;
    const char *project;   /* configured default project (slug or id), or NULL */
    const char *directory; /* where the server was started, for projects bound to a directory */
    int64_t max_claims;    /* of one agent in one project at once; 0: the usual number */
    bool by_hand;          /* a command at a shell: sentences end for whoever typed it */
    bool can_elicit;       /* the client can ask its human through a form */
    bool can_sample;       /* the client can ask its model */
    bool can_list_roots;
    bool cancelled;                  /* set by the waiter */
    const struct listener *listener; /* or NULL */

    /* Out, with ST_WAIT; in: began_ms is when the request was run first (monotonic). */
    struct wait_for wait_for;
    int64_t began_ms;

    /* What went wrong, valid when a function returned anything but ST_OK. */
    enum status status;
    const char *message;     /* one sentence: cause first, lower case, no full stop */
    int64_t current_version; /* with a version conflict; 0 otherwise */
};

/* Is the caller configured as a person (SPEC 2)? By the role user, or by a name. */
bool req_is_user(const struct req *rq);
/* Note the failure and give its status back: return req_fail(rq, ST_INVALID, "..."). */
enum status req_fail(struct req *rq, enum status status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A defect: the cause goes to the log, the caller is told only that there is one. */
enum status req_bug(struct req *rq, const char *fmt, ...) PRINTF_LIKE(2, 3);
#ifdef __clang_analyzer__
/* The analyzer sees one file at a time: tell it which status comes back. */
#define req_fail(rq, status, ...) ((void)(req_fail)((rq), (status), __VA_ARGS__), (status))
#define req_bug(rq, ...)          ((void)(req_bug)((rq), __VA_ARGS__), ST_BUG)
#endif
/* How a sentence ends whose cause passes: "call again", of a command "run it again". */
const char *req_again(const struct req *rq);
/*
 * Tell the client how far the request is; `done` must rise. Cheap when nobody wants to know. Never
 * after the answer: what a handler reports while it runs is sent before it.
 */
void req_progress(struct req *rq, double done, double total, const char *message);
/* A line for the log and, where it asked for this level, for the client: no secrets, no paths. */
void req_note(struct req *rq, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* ST_LIMIT when the arena went over its cap. */
enum status req_check_memory(struct req *rq) MUST_CHECK;
/* Sleep or wait through rq->waiter; see struct waiter. */
enum status req_wait(struct req *rq, int fd, short events, int timeout_ms,
                     bool *ret_ready) MUST_CHECK;
/* A waiter that only polls: for commands and tests. */
extern const struct waiter waiter_plain;

#endif
