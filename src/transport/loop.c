#include "planner/transport/loop.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define QUIET_MAX 40 /* calls of idle until the loop sleeps for good */

static bool must_end(const struct loop *loop)
{
    return loop->out_gone || signals_stop();
}

/* Wait until a write may go on; stdout may be a pipe that somebody made non-blocking. */
static void wait_writable(const struct loop *loop)
{
    struct pollfd pfd = {.fd = loop->config->out, .events = POLLOUT};

    (void)poll(&pfd, 1, -1);
}

static void send_frame(void *ctx, const char *frame, size_t len)
{
    struct loop *loop = ctx;

    while (len > 0 && !must_end(loop)) {
        const ssize_t n = write(loop->config->out, frame, len);
        if (n >= 0) {
            frame += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_writable(loop);
        } else if (errno != EINTR) {
            loop->out_gone = true;
        }
    }
}

static bool may_read(const struct loop *loop)
{
    return !loop->framer.eof && mcp_queued(loop->mcp) <= loop->config->queue_cap;
}

/* One read(2); end of file and errors end the input. */
static void read_some(struct loop *loop)
{
    size_t space = 0;
    char *to = framer_space(&loop->framer, &space);
    const ssize_t n = read(loop->config->in, to, space);

    if (n > 0)
        framer_added(&loop->framer, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
        loop->framer.eof = true;
    loop->quiet = 0;
}

/* Hand one buffered frame to mcp; false when there is none. */
static bool receive_one(struct loop *loop)
{
    struct span line = {0};

    switch (framer_next(&loop->framer, &line)) {
    case FRAMED_LINE:
        mcp_receive(loop->mcp, line.ptr, line.len);
        return true;
    case FRAMED_TOO_LONG:
        mcp_refuse_frame(loop->mcp, loop->config->frame_cap);
        return true;
    default:
        return false;
    }
}

static void receive_all(struct loop *loop)
{
    while (mcp_queued(loop->mcp) <= loop->config->queue_cap && receive_one(loop))
        continue;
}

static int time_left(int64_t deadline)
{
    const int64_t left = deadline - clock_monotonic_ms();

    return left > 0 ? (int)left : 0;
}

/* What lower layers wait with: the frames that arrive meanwhile are received. */
static enum status wait_within_call(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                                    bool *ret_ready)
{
    struct loop *loop = ctx;
    const int64_t deadline = timeout_ms < 0 ? 0 : clock_monotonic_ms() + timeout_ms;

    for (;;) {
        struct pollfd pfds[2] = {{.fd = fd, .events = events},
                                 {.fd = loop->config->in, .events = POLLIN}};
        const int timeout = timeout_ms < 0 ? -1 : time_left(deadline);
        int n = 0;

        receive_all(loop);
        if (must_end(loop))
            rq->cancelled = true;
        if (rq->cancelled)
            return req_fail(rq, ST_CANCELLED, "the call was cancelled");
        if (!may_read(loop))
            pfds[1].fd = -1;
        n = poll(pfds, 2, timeout);
        if (n > 0 && pfds[1].fd >= 0 && pfds[1].revents != 0)
            read_some(loop);
        if ((n > 0 && pfds[0].revents != 0) || n == 0) {
            *ret_ready = n > 0;
            return ST_OK;
        }
    }
}

void loop_init(struct loop *loop, const struct loop_config *config)
{
    *loop = (struct loop){.config = config,
                          .sink = {.ctx = loop, .send = send_frame},
                          .waiter = {.ctx = loop, .wait = wait_within_call}};
    framer_init(&loop->framer, config->frame_cap);
    signals_install();
}

void loop_destroy(struct loop *loop)
{
    framer_destroy(&loop->framer);
}

/* Nothing to do: sleep until there is input, telling the idle callback now and then. */
static void sleep_for_input(struct loop *loop)
{
    struct pollfd pfd = {.fd = loop->config->in, .events = POLLIN};
    const bool tells = loop->config->idle != NULL && loop->quiet < QUIET_MAX;
    const int n = poll(&pfd, 1, tells ? loop->config->idle_ms : -1);

    if (n > 0) {
        read_some(loop);
    } else if (n == 0 && tells) {
        loop->quiet++;
        loop->config->idle(loop->config->idle_ctx);
    }
}

/* A call runs before the next frame is looked at, so that answers keep the order of the frames. */
void loop_run(struct loop *loop)
{
    while (!must_end(loop)) {
        if (mcp_step(loop->mcp) || receive_one(loop))
            continue;
        if (loop->framer.eof)
            break;
        sleep_for_input(loop);
    }
    if (!must_end(loop))
        mcp_close(loop->mcp);
}
