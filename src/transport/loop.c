#include "planner/transport/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define QUIET_MAX 40 /* calls of idle until the loop sleeps for good */
#define STOP_DRAIN_MS                                                           \
    400 /* what a signal leaves the reader of stdout, out of the second we have \
         */

/* What one poll(2) watches. */
enum { POLL_CALL, POLL_IN, POLL_OUT, POLL_MCP, POLL_SIDE, POLL_MANY };

static bool must_end(const struct loop *loop)
{
    return loop->outlet.gone || signals_stop();
}

static void send_frame(void *ctx, const char *frame, size_t len)
{
    struct loop *loop = ctx;

    outlet_send(&loop->outlet, frame, len);
}

static bool sink_has_room(void *ctx)
{
    const struct loop *loop = ctx;

    return outlet_has_room(&loop->outlet);
}

/* Whether another frame may be taken: its answer has a place, and so has the call it may be. */
static bool may_receive(const struct loop *loop)
{
    return outlet_has_room(&loop->outlet) && mcp_queued(loop->mcp) <= loop->config->queue_cap;
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
    loop->idle_at_ms = 0;
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
        mcp_refuse_frame(loop->mcp, line, loop->config->frame_cap);
        return true;
    default:
        return false;
    }
}

static void receive_all(struct loop *loop)
{
    while (may_receive(loop) && receive_one(loop))
        continue;
}

/* For poll(2); INT64_MAX is no deadline. */
static int time_left(int64_t deadline)
{
    int64_t left = 0;

    if (deadline == INT64_MAX)
        return -1;
    left = deadline - clock_monotonic_ms();
    if (left < 0)
        return 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

static bool has_passed(int64_t deadline)
{
    return deadline != INT64_MAX && clock_monotonic_ms() >= deadline;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When what goes on beside is due; its descriptor goes into *ret_pfd. */
static int64_t watch_side(const struct loop *loop, struct pollfd *ret_pfd)
{
    const struct loop_side *side = loop->config->side;
    int64_t due = INT64_MAX;

    *ret_pfd = (struct pollfd){.fd = -1, .events = POLLIN};
    if (side != NULL)
        side->watch(side->ctx, &ret_pfd->fd, &due);
    return due;
}

static void step_side(const struct loop *loop, const struct pollfd *pfd, int64_t due)
{
    if (pfd->revents != 0 || has_passed(due))
        loop->config->side->step(loop->config->side->ctx);
}

/* What mcp watches; while stdout has no room it could not say a word. */
static struct mcp_watch watch_mcp(const struct loop *loop, bool has_room)
{
    struct mcp_watch watch = {.fd = -1, .due_ms = INT64_MAX};

    if (has_room)
        mcp_watch(loop->mcp, &watch);
    return watch;
}

/*
 * Sleep until something happens, and do what has to be done about stdin, stdout, mcp and what goes
 * on beside; true when `fd` (-1: none) is ready.
 */
static bool sleep_for_any(struct loop *loop, int fd, short events, int64_t deadline)
{
    const bool had_room = outlet_has_room(&loop->outlet);
    const bool reads = may_receive(loop) && !loop->framer.eof;
    const struct mcp_watch watch = watch_mcp(loop, had_room);
    struct pollfd pfds[POLL_MANY] = {
        [POLL_CALL] = {.fd = fd, .events = events},
        [POLL_IN] = {.fd = reads ? loop->config->in : -1, .events = POLLIN},
        [POLL_OUT] = {.fd = loop->outlet.queued > 0 ? loop->outlet.fd : -1, .events = POLLOUT},
        [POLL_MCP] = {.fd = watch.fd, .events = watch.events}};
    const int64_t side_due = watch_side(loop, &pfds[POLL_SIDE]);

    if (poll(pfds, POLL_MANY, time_left(earlier(earlier(deadline, watch.due_ms), side_due))) < 0)
        return false;
    if (pfds[POLL_OUT].revents != 0)
        outlet_drain(&loop->outlet);
    if (pfds[POLL_IN].revents != 0)
        read_some(loop);
    step_side(loop, &pfds[POLL_SIDE], side_due);
    if (pfds[POLL_MCP].revents != 0 || has_passed(watch.due_ms) ||
        (!had_room && outlet_has_room(&loop->outlet)))
        mcp_tick(loop->mcp);
    return pfds[POLL_CALL].revents != 0;
}

/* What lower layers wait with: the frames that arrive meanwhile are received. */
static enum status wait_within_call(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                                    bool *ret_ready)
{
    struct loop *loop = ctx;
    const int64_t deadline = timeout_ms < 0 ? INT64_MAX : clock_monotonic_ms() + timeout_ms;
    bool ready = false;

    do {
        receive_all(loop);
        if (must_end(loop))
            rq->cancelled = true;
        if (rq->cancelled)
            return req_fail(rq, ST_CANCELLED, "the call was cancelled");
        ready = sleep_for_any(loop, fd, events, deadline);
    } while (!ready && !has_passed(deadline));
    *ret_ready = ready;
    return ST_OK;
}

void loop_init(struct loop *loop, const struct loop_config *config)
{
    *loop = (struct loop){.config = config,
                          .sink = {.ctx = loop, .send = send_frame, .has_room = sink_has_room},
                          .waiter = {.ctx = loop, .wait = wait_within_call}};
    framer_init(&loop->framer, config->frame_cap);
    outlet_init(&loop->outlet, config->out);
    signals_install();
}

void loop_destroy(struct loop *loop)
{
    framer_destroy(&loop->framer);
    outlet_destroy(&loop->outlet);
}

/* From the first moment without work on. */
static void begin_idling(struct loop *loop)
{
    const int64_t now = clock_monotonic_ms();

    loop->idle_at_ms = now + loop->config->idle_ms;
    loop->pause_at_ms =
        loop->config->pause == NULL || loop->quiet > 0 ? INT64_MAX : now + loop->config->pause_ms;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Nothing to do: sleep until there is, telling the callbacks now and then. */
static void sleep_for_work(struct loop *loop)
{
    const struct loop_config *config = loop->config;
    const bool tells = config->idle != NULL && loop->quiet < QUIET_MAX;

    if (loop->idle_at_ms == 0)
        begin_idling(loop);
    (void)sleep_for_any(loop, -1, 0,
                        sooner(loop->pause_at_ms, tells ? loop->idle_at_ms : INT64_MAX));
    if (loop->idle_at_ms != 0 && has_passed(loop->pause_at_ms)) {
        loop->pause_at_ms = INT64_MAX;
        config->pause(config->idle_ctx);
    }
    if (tells && loop->idle_at_ms != 0 && has_passed(loop->idle_at_ms)) {
        loop->quiet++;
        loop->idle_at_ms = 0;
        config->idle(config->idle_ctx);
    }
}

/* A call runs before the next frame is looked at, so that answers keep the order of the frames. */
static bool work(struct loop *loop)
{
    if (!outlet_has_room(&loop->outlet) || !(mcp_step(loop->mcp) || receive_one(loop)))
        return false;
    loop->idle_at_ms = 0;
    return true;
}

/* What waits to be read is not lost, however slow its reader is; a signal waits less. */
static void drain_at_end(struct loop *loop)
{
    int64_t deadline = INT64_MAX;

    while (loop->outlet.queued > 0 && !loop->outlet.gone && !has_passed(deadline)) {
        if (signals_stop() && deadline == INT64_MAX)
            deadline = clock_monotonic_ms() + STOP_DRAIN_MS;
        outlet_wait(&loop->outlet, time_left(deadline));
    }
}

static void serve(struct loop *loop)
{
    while (!must_end(loop)) {
        if (work(loop))
            continue;
        if (loop->framer.eof && outlet_has_room(&loop->outlet))
            break;
        sleep_for_work(loop);
    }
}

void loop_run(struct loop *loop)
{
    serve(loop);
    mcp_close(loop->mcp);
    while (!must_end(loop) && mcp_step(loop->mcp))
        continue;
    drain_at_end(loop);
}
