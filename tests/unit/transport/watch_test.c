/*
 * What the loop does for mcp besides reading: it watches a descriptor and a time, also within a
 * call, and neither reads nor runs nor watches while the reader of stdout is too far behind. The
 * mcp of these tests is made of callbacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/transport/loop.h"

#define LATE_MS 200 /* when the reader that is late begins */

struct mcp {
    struct loop loop;
    struct mcp_watch watch;
    int in, out; /* our ends; -1 when closed */
    pid_t reader;
    int steps;        /* calls that are queued */
    int ticks;        /* how often it was told */
    int64_t ticked;   /* when last */
    int looked;       /* how often its watch was asked for */
    int received;     /* frames */
    size_t answer;    /* bytes of the answer to each of them */
    int room_at_tick; /* -1: not told yet */
    bool keep_input;  /* a tick leaves the input open */
};

static struct mcp fake;

struct mcp *mcp_new(const struct mcp_config *config, const struct mcp_sink *sink)
{
    (void)config;
    (void)sink;
    return &fake;
}

void mcp_free(struct mcp *mcp)
{
    (void)mcp;
}

void mcp_receive(struct mcp *mcp, const char *text, size_t len)
{
    static char answer[64 * 1024];

    (void)text;
    (void)len;
    mcp->received++;
    memset(answer, 'x', sizeof(answer));
    for (size_t left = mcp->answer; left > 0;) {
        const size_t n = left < sizeof(answer) ? left : sizeof(answer);
        mcp->loop.sink.send(mcp->loop.sink.ctx, answer, n);
        left -= n;
    }
}

void mcp_refuse_frame(struct mcp *mcp, struct span id, size_t cap)
{
    (void)mcp;
    (void)id;
    (void)cap;
}

/* A call that waits for LATE_MS. */
bool mcp_step(struct mcp *mcp)
{
    struct req rq = {.cancelled = false};
    bool ready = true;

    if (mcp->steps == 0)
        return false;
    mcp->steps--;
    assert_int_equal(mcp->loop.waiter.wait(&mcp->loop, &rq, -1, 0, LATE_MS, &ready), ST_OK);
    assert_false(ready);
    return true;
}

void mcp_watch(const struct mcp *mcp, struct mcp_watch *ret_watch)
{
    ((struct mcp *)mcp)->looked++;
    *ret_watch = mcp->watch;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void mcp_tick(struct mcp *mcp)
{
    mcp->ticks++;
    mcp->ticked = clock_monotonic_ms();
    mcp->room_at_tick = mcp->loop.sink.has_room(mcp->loop.sink.ctx);
    mcp->watch = (struct mcp_watch){.fd = -1, .due_ms = INT64_MAX};
    if (!mcp->keep_input)
        close_end(&mcp->in);
}

size_t mcp_queued(const struct mcp *mcp)
{
    (void)mcp;
    return 0;
}

void mcp_close(struct mcp *mcp)
{
    (void)mcp;
}

static struct loop_config config = {.frame_cap = 1000, .queue_cap = 1000, .idle_ms = 1000};

static int set_up(void **state)
{
    int in[2];
    int out[2];

    (void)state;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    fake = (struct mcp){
        .watch = {.fd = -1, .due_ms = INT64_MAX}, .in = in[1], .out = out[0], .room_at_tick = -1};
    config.in = in[0];
    config.out = out[1];
    loop_init(&fake.loop, &config);
    fake.loop.mcp = &fake;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_destroy(&fake.loop);
    close_end(&fake.in);
    close_end(&fake.out);
    (void)close(config.in);
    (void)close(config.out);
    if (fake.reader > 0)
        (void)waitpid(fake.reader, NULL, 0);
    return 0;
}

/* A process that reads what we write, from LATE_MS on, to the end of it. */
static void start_late_reader(void)
{
    static char bytes[64 * 1024];

    fake.reader = fork();
    if (fake.reader == 0) {
        close_end(&fake.in);
        (void)close(config.out);
        (void)poll(NULL, 0, LATE_MS);
        while (read(fake.out, bytes, sizeof(bytes)) > 0)
            continue;
        _exit(0);
    }
    close_end(&fake.out);
}

static void loop__tells_mcp_when_its_time_has_come(void **state)
{
    const int64_t due = clock_monotonic_ms() + 60;

    (void)state;
    fake.watch.due_ms = due;
    loop_run(&fake.loop);

    assert_int_equal(fake.ticks, 1);
    assert_in_range(fake.ticked - due, 0, 100);
}

static void loop__tells_mcp_when_its_descriptor_is_ready(void **state)
{
    int ready[2];

    (void)state;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(write(ready[1], "x", 1), 1);
    fake.watch = (struct mcp_watch){.fd = ready[0], .events = POLLIN, .due_ms = INT64_MAX};
    loop_run(&fake.loop);

    assert_int_equal(fake.ticks, 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

/* What goes on beside the calls: due at a time, or ready on a descriptor. */
struct side {
    int fd;
    int64_t due_ms;
    int steps;
    int64_t stepped_ms;
};

static void side_watch(void *ctx, int *ret_fd, int64_t *ret_due_ms)
{
    const struct side *side = ctx;

    *ret_fd = side->fd;
    *ret_due_ms = side->due_ms;
}

static void side_step(void *ctx)
{
    struct side *side = ctx;

    side->steps++;
    side->stepped_ms = clock_monotonic_ms();
    *side = (struct side){-1, INT64_MAX, side->steps, side->stepped_ms};
    close_end(&fake.in);
}

static void side__is_stepped_when_its_time_has_come(void **state)
{
    const int64_t due = clock_monotonic_ms() + 60;
    struct side side = {-1, due, 0, 0};
    const struct loop_side beside = {&side, side_watch, side_step};

    (void)state;
    config.side = &beside;
    loop_run(&fake.loop);
    config.side = NULL;

    assert_int_equal(side.steps, 1);
    assert_in_range(side.stepped_ms - due, 0, 500);
}

static void side__is_stepped_when_its_descriptor_is_ready(void **state)
{
    int ready[2];
    struct side side = {-1, INT64_MAX, 0, 0};
    const struct loop_side beside = {&side, side_watch, side_step};

    (void)state;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(write(ready[1], "x", 1), 1);
    side.fd = ready[0];
    config.side = &beside;
    loop_run(&fake.loop);
    config.side = NULL;

    assert_int_equal(side.steps, 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void loop__watches_within_a_call_too(void **state)
{
    const int64_t begun = clock_monotonic_ms();

    (void)state;
    fake.watch.due_ms = begun + 50;
    fake.steps = 1;
    loop_run(&fake.loop);

    assert_int_equal(fake.ticks, 1);
    assert_in_range(fake.ticked - begun, 50, LATE_MS - 20);
    assert_in_range(clock_monotonic_ms() - begun, LATE_MS, LATE_MS + 500);
}

static void loop__sleeps_when_mcp_wants_nothing(void **state)
{
    (void)state;
    fake.steps = 1;
    close_end(&fake.in);
    loop_run(&fake.loop);

    assert_int_equal(fake.ticks, 0);
    assert_in_range(fake.looked, 1, 10);
}

static void loop__stops_at_a_full_outlet_and_goes_on_when_there_is_room(void **state)
{
    const int64_t begun = clock_monotonic_ms();

    (void)state;
    fake.answer = OUTLET_CAP + 1024 * 1024;
    fake.watch.due_ms = begun + 20;
    start_late_reader();
    assert_int_equal(write(fake.in, "one\ntwo\n", 8), 8);
    loop_run(&fake.loop);

    assert_int_equal(fake.received, 2);
    assert_true(fake.ticks >= 1);
    assert_int_equal(fake.room_at_tick, 1);
    assert_true(fake.ticked - begun >= LATE_MS - 20);
    assert_int_equal(fake.loop.outlet.queued, 0);
}

static void loop__runs_no_call_at_a_full_outlet(void **state)
{
    const int64_t begun = clock_monotonic_ms();

    (void)state;
    fake.answer = OUTLET_CAP + 1024 * 1024;
    mcp_receive(&fake, "", 0);
    assert_false(fake.loop.sink.has_room(fake.loop.sink.ctx));
    fake.steps = 1;
    start_late_reader();
    loop_run(&fake.loop);

    assert_int_equal(fake.steps, 0);
    assert_true(clock_monotonic_ms() - begun >= 2 * LATE_MS - 20);
}

static void loop__writes_everything_before_it_ends(void **state)
{
    (void)state;
    fake.answer = OUTLET_CAP / 2;
    assert_int_equal(write(fake.in, "one\n", 4), 4);
    close_end(&fake.in);
    start_late_reader();
    loop_run(&fake.loop);

    assert_int_equal(fake.loop.outlet.queued, 0);
    assert_false(fake.loop.outlet.gone);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loop__tells_mcp_when_its_time_has_come),
        TEST(side__is_stepped_when_its_time_has_come),
        TEST(side__is_stepped_when_its_descriptor_is_ready),
        TEST(loop__tells_mcp_when_its_descriptor_is_ready),
        TEST(loop__watches_within_a_call_too),
        TEST(loop__sleeps_when_mcp_wants_nothing),
        TEST(loop__stops_at_a_full_outlet_and_goes_on_when_there_is_room),
        TEST(loop__runs_no_call_at_a_full_outlet),
        TEST(loop__writes_everything_before_it_ends),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
