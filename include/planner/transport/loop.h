/*
 * The server's loop: the only code that touches fd 0 and 1 while the program serves.
 *
 * One thread. Between calls it sleeps in poll(2) on stdin, on stdout while something waits to be
 * written there, and on what mcp watches; while a call waits for something else (struct waiter),
 * the same poll watches that too, and what arrives is received meanwhile. Calls run in the order of
 * their arrival, one at a time, and never from inside a wait.
 *
 * A reader that does not read stops us: once OUTLET_CAP bytes wait for it, nothing is read, no call
 * is begun and no notification is taken on until it has read some. Memory stays bounded by the
 * frame, the queue of calls and the queue of answers.
 *
 * Ends with 0 at the end of stdin once everything read is answered and the answers are read, when
 * the reader of stdout has gone, and on SIGTERM and SIGINT: then the running call is cancelled,
 * what is written already has a moment to be read, and a timer ends the process if all that takes
 * longer than most of a second.
 */
#ifndef PLANNER_TRANSPORT_LOOP_H
#define PLANNER_TRANSPORT_LOOP_H

#include "planner/mcp/mcp.h"
#include "planner/transport/framer.h"
#include "planner/transport/outlet.h"

/* What goes on beside the calls: polled with all else, stepped when it is due. Never waits. */
struct loop_side {
    void *ctx;
    void (*watch)(void *ctx, int *ret_fd, int64_t *ret_due_ms); /* -1: no fd; INT64_MAX: never */
    void (*step)(void *ctx);
};

struct loop_config {
    int in, out;      /* file descriptors; borrowed */
    size_t frame_cap; /* bytes of one message */
    size_t queue_cap; /* bytes of queued calls: beyond, stdin is left alone */
    const struct log *log;
    /* Called when nothing happened for idle_ms, and again each idle_ms while that lasts. */
    void (*idle)(void *ctx);
    void (*pause)(void *ctx); /* once, when nothing has happened for pause_ms; NULL: nobody */
    void *idle_ctx;           /* of both */
    int idle_ms;
    int pause_ms;
    const struct loop_side *side; /* or NULL */
};

struct loop {
    const struct loop_config *config;
    struct framer framer;
    struct outlet outlet;
    struct mcp_sink sink;
    struct waiter waiter; /* for mcp_config */
    struct mcp *mcp;      /* set by the caller before loop_run; borrowed */
    int quiet;            /* calls of idle since something happened */
    int64_t idle_at_ms;   /* when the next one is due, monotonic; 0: something happened since */
    int64_t pause_at_ms;  /* when pause is due; INT64_MAX: it was called */
};

/* The loop refers to itself in sink and waiter: it must not move. Installs the signal handlers. */
void loop_init(struct loop *loop, const struct loop_config *config);
void loop_run(struct loop *loop);
void loop_destroy(struct loop *loop);

/* signals.c */
void signals_install(void);
bool signals_stop(void); /* SIGTERM or SIGINT has come */

#endif
