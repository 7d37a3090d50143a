#include "planner/base/req.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* How many bytes a character takes, by its first one. */
static size_t char_size(unsigned char first)
{
    if (first < 0xC0)
        return 1;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* A quotation that was cut by "%.60s" may end inside a character: take what is left of it out. */
static void drop_cut_characters(char *text)
{
    const char *from = text;
    char *to = text;

    while (*from != '\0') {
        const size_t size = char_size((unsigned char)*from);
        size_t n = 1;
        while (n < size && ((unsigned char)from[n] & 0xC0) == 0x80)
            n++;
        if (n == size) {
            memmove(to, from, n);
            to += n;
        }
        from += n;
    }
    *to = '\0';
}

bool req_is_user(const struct req *rq)
{
    return rq->actor.user != NULL ||
           (rq->actor.role != NULL && strcmp(rq->actor.role, "user") == 0);
}

const char *req_again(const struct req *rq)
{
    return rq->by_hand ? "run it again" : "call again";
}

enum status(req_fail)(struct req *rq, enum status status, const char *fmt, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, fmt);
    message = arena_vprintf(rq->arena, fmt, args);
    va_end(args);
    drop_cut_characters(message);
    rq->message = message;
    rq->status = status;
    return status;
}

enum status(req_bug)(struct req *rq, const char *fmt, ...)
{
    va_list args;
    const char *cause = NULL;

    va_start(args, fmt);
    cause = arena_vprintf(rq->arena, fmt, args);
    va_end(args);
    log_write(rq->log, LOG_ERROR, "defect: %s", cause);
    return req_fail(rq, ST_BUG,
                    "the planner met a defect of its own; its log says more, and reading the item "
                    "again tells whether anything was changed");
}

void req_progress(struct req *rq, double done, double total, const char *message)
{
    if (rq->listener != NULL)
        rq->listener->progress(rq->listener->ctx, done, total, message);
}

void req_note(struct req *rq, enum log_level level, const char *fmt, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, fmt);
    message = arena_vprintf(rq->arena, fmt, args);
    va_end(args);
    drop_cut_characters(message);
    log_write(rq->log, level, "%s", message);
    if (rq->listener != NULL)
        rq->listener->log(rq->listener->ctx, level, message);
}

enum status req_check_memory(struct req *rq)
{
    if (!arena_over(rq->arena))
        return ST_OK;
    return req_fail(rq, ST_LIMIT,
                    "the request needs more than %zu MiB of memory; split it into smaller calls",
                    rq->arena->cap / 1024 / 1024);
}

enum status req_wait(struct req *rq, int fd, short events, int timeout_ms, bool *ret_ready)
{
    return rq->waiter->wait(rq->waiter->ctx, rq, fd, events, timeout_ms, ret_ready);
}

static enum status wait_plain(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                              bool *ret_ready)
{
    struct pollfd pfd = {.fd = fd, .events = events};
    int n = 0;

    (void)ctx;
    do
        n = poll(&pfd, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return req_bug(rq, "poll: %s", strerror(errno));
    *ret_ready = n > 0;
    return ST_OK;
}

const struct waiter waiter_plain = {.wait = wait_plain};
