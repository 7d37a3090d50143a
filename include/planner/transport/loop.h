/*
 * The server's loop: the only code that touches fd 0 and 1 while the program serves.
 *
 * One thread. Between calls it sleeps in poll(2) on stdin; while a call waits for something else
 * (struct waiter), the same poll also watches stdin, and what arrives is received meanwhile. Calls
 * run in the order of their arrival, one at a time, and never from inside a wait.
 *
 * Ends with 0 at the end of stdin once everything read is answered, when the reader of stdout has
 * gone, and on SIGTERM and SIGINT: then the running call is cancelled, and a timer ends the
 * process if that takes longer than most of a second.
 */
#ifndef PLANNER_TRANSPORT_LOOP_H
#define PLANNER_TRANSPORT_LOOP_H

#include "planner/mcp/mcp.h"
#include "planner/transport/framer.h"

struct loop_config {
    int in, out;      /* file descriptors; borrowed */
    size_t frame_cap; /* bytes of one message */
    size_t queue_cap; /* bytes of queued calls: beyond, stdin is left alone */
    const struct log *log;
    /* Called when nothing happened for idle_ms, and again each idle_ms while that lasts. */
    void (*idle)(void *ctx);
    void *idle_ctx;
    int idle_ms;
};

struct loop {
    const struct loop_config *config;
    struct framer framer;
    struct mcp_sink sink;
    struct waiter waiter; /* for mcp_config */
    struct mcp *mcp;      /* set by the caller before loop_run; borrowed */
    bool out_gone;        /* nobody reads stdout any more */
    int quiet;            /* calls of idle since something happened */
};

/* The loop refers to itself in sink and waiter: it must not move. Installs the signal handlers. */
void loop_init(struct loop *loop, const struct loop_config *config);
void loop_run(struct loop *loop);
void loop_destroy(struct loop *loop);

/* signals.c */
void signals_install(void);
bool signals_stop(void); /* SIGTERM or SIGINT has come */

#endif
