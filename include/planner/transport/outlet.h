/*
 * What we write to stdout: a queue in memory that is written without ever blocking.
 *
 * The descriptor may be a pipe, a socket (some hosts use socket pairs), a terminal or a file. It is
 * shared with whoever started us, so its flags are left alone: a socket is written with
 * MSG_DONTWAIT; anything else is asked with poll(2) and then given at most PIPE_BUF bytes, which is
 * what a pipe that says it is writable has room for.
 *
 * While the reader keeps up, a frame is written from where it lies. What the reader leaves is
 * copied and waits in blocks, in order, which are given back as they are written. OUTLET_CAP bounds
 * what is taken on, by a question (outlet_has_room) and not by a refusal: a frame that exists
 * already is always taken, so the queue holds less than the cap and one frame more.
 *
 * A reader that has gone is noted in `gone`; from then on everything is dropped.
 */
#ifndef PLANNER_TRANSPORT_OUTLET_H
#define PLANNER_TRANSPORT_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes. From here on the loop reads nothing, runs no call and takes no notification. */
#define OUTLET_CAP ((size_t)16 * 1024 * 1024)

struct outlet_block;

struct outlet {
    int fd; /* borrowed */
    bool is_socket;
    bool gone;     /* nobody reads any more */
    bool is_big;   /* so much was queued that its memory is worth giving back */
    size_t queued; /* bytes */
    struct outlet_block *first, *last;
};

void outlet_init(struct outlet *outlet, int fd);
void outlet_destroy(struct outlet *outlet);
/* Write the frame, or as much as goes, and queue the rest. */
void outlet_send(struct outlet *outlet, const char *bytes, size_t len);
/* Write what goes of what is queued. */
void outlet_drain(struct outlet *outlet);
/* Sleep until something goes, a signal comes or the time has passed (-1: for ever); then write. */
void outlet_wait(struct outlet *outlet, int timeout_ms);
bool outlet_has_room(const struct outlet *outlet);

#endif
