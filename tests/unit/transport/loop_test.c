/* The loop as a process: order, what gets past a waiting call, and the ways to end. */
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

#define ANSWER_MS 5000
#define BEGIN                                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":" \
    "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n"
#define CALL(id, name, arguments)                                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
    "\",\"arguments\":" arguments "}}\n"
#define SLOW(id, ms) CALL(id, "slow", "{\"ms\":" #ms "}")
#define ECHO(id)     CALL(id, "echo", "{}")
#define PING(id)     "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"ping\"}\n"
#define CANCEL(id)                                                                               \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" #id \
    "}}\n"

struct server {
    pid_t pid;
    int in, out; /* our ends; -1 when closed */
    char seen[512 * 1024];
    size_t n;
};

static struct server server;

static void write_dot(void *ctx)
{
    const int *fd = ctx;

    (void)!write(*fd, "idle\n", 5);
}

static int serve(int in, int out)
{
    const struct log log = {.level = LOG_ERROR};
    struct loop_config config = {.in = in,
                                 .out = out,
                                 .frame_cap = FRAME_CAP_DEFAULT,
                                 .queue_cap = 4096,
                                 .log = &log,
                                 .idle = write_dot,
                                 .idle_ctx = &out,
                                 .idle_ms = 1500};
    struct mcp_config mcp_config = {.log = &log};
    struct loop loop;

    loop_init(&loop, &config);
    mcp_config.waiter = &loop.waiter;
    loop.mcp = mcp_new(&mcp_config, &loop.sink);
    loop_run(&loop);
    mcp_free(loop.mcp);
    loop_destroy(&loop);
    return 0;
}

static int set_up(void **state)
{
    int in[2];
    int out[2];

    (void)state;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    server = (struct server){.pid = fork(), .in = in[1], .out = out[0]};
    if (server.pid == 0) {
        (void)close(in[1]);
        (void)close(out[0]);
        _exit(serve(in[0], out[1]));
    }
    (void)close(in[0]);
    (void)close(out[1]);
    return 0;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static int tear_down(void **state)
{
    (void)state;
    close_end(&server.in);
    close_end(&server.out);
    (void)kill(server.pid, SIGKILL);
    (void)waitpid(server.pid, NULL, 0);
    return 0;
}

static void say(const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        const ssize_t n = write(server.in, text, len);
        assert_true(n > 0);
        text += n;
        len -= (size_t)n;
    }
}

/* Read until the answers hold `part`; the offset at which it stands. */
static size_t await(const char *part)
{
    const int64_t deadline = clock_monotonic_ms() + ANSWER_MS;

    while (strstr(server.seen, part) == NULL) {
        struct pollfd pfd = {.fd = server.out, .events = POLLIN};
        ssize_t n = 0;
        if (poll(&pfd, 1, (int)(deadline - clock_monotonic_ms())) <= 0)
            fail_msg("no %s in %s", part, server.seen);
        n = read(server.out, server.seen + server.n, sizeof(server.seen) - 1 - server.n);
        if (n <= 0)
            fail_msg("ended without %s: %s", part, server.seen);
        server.n += (size_t)n;
    }
    return (size_t)(strstr(server.seen, part) - server.seen);
}

static bool was_seen(const char *part)
{
    return strstr(server.seen, part) != NULL;
}

/* Wait for the process; its exit code. */
static int end(void)
{
    int status = 0;

    for (int64_t deadline = clock_monotonic_ms() + ANSWER_MS; clock_monotonic_ms() < deadline;) {
        if (waitpid(server.pid, &status, WNOHANG) == server.pid) {
            server.pid = fork(); /* something of ours for tear_down to end */
            if (server.pid == 0)
                _exit(0);
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        (void)poll(NULL, 0, 5);
    }
    fail_msg("the server does not end");
    return -1;
}

static void ping__gets_past_a_call_that_waits(void **state)
{
    (void)state;
    say(BEGIN SLOW(1, 300) ECHO(2) PING(3));
    assert_true(await("\"id\":3,") < await("\"id\":1,"));
    assert_true(await("\"id\":1,") < await("\"id\":2,"));
}

static void answers__keep_the_order_of_calls_that_do_not_wait(void **state)
{
    (void)state;
    say(BEGIN ECHO(1) PING(2) ECHO(3) PING(4));
    assert_true(await("\"id\":1,") < await("\"id\":2,"));
    assert_true(await("\"id\":2,") < await("\"id\":3,"));
    assert_true(await("\"id\":3,") < await("\"id\":4,"));
}

static void cancel__ends_the_running_call_without_an_answer(void **state)
{
    const int64_t begun = clock_monotonic_ms();

    (void)state;
    say(BEGIN SLOW(1, 60000) ECHO(2));
    await("\"id\":0,");
    say(CANCEL(1));
    await("\"id\":2,");
    assert_false(was_seen("\"id\":1,"));
    assert_true(clock_monotonic_ms() - begun < 3000);
}

static void cancel__takes_a_queued_call_back(void **state)
{
    (void)state;
    say(BEGIN SLOW(1, 200) ECHO(2) ECHO(3) CANCEL(2));
    await("\"id\":3,");
    assert_false(was_seen("\"id\":2,"));
}

static void end_of_input__is_after_every_answer(void **state)
{
    (void)state;
    say(BEGIN SLOW(1, 200) ECHO(2) "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}");
    close_end(&server.in);
    await("\"id\":1,");
    await("\"id\":2,");
    await("\"id\":3,");
    assert_int_equal(end(), 0);
}

static void term__ends_a_waiting_call_within_a_second(void **state)
{
    int64_t begun = 0;

    (void)state;
    say(BEGIN SLOW(1, 60000) PING(2));
    await("\"id\":2,");
    begun = clock_monotonic_ms();
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    assert_int_equal(end(), 0);
    assert_true(clock_monotonic_ms() - begun < 1000);
}

static void interrupt__ends_an_idle_server(void **state)
{
    (void)state;
    say(PING(1));
    await("\"id\":1,");
    assert_int_equal(kill(server.pid, SIGINT), 0);
    assert_int_equal(end(), 0);
}

static void term__ends_a_server_whose_output_is_stuck(void **state)
{
    int64_t begun = 0;

    (void)state;
    say(BEGIN);
    await("\"id\":0,");
    for (int i = 0; i < 2000; i++)
        say(PING(1));
    begun = clock_monotonic_ms();
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    assert_int_equal(end(), 0);
    assert_true(clock_monotonic_ms() - begun < 1000);
}

/* Everything up to the end of the output; the number of lines. */
static size_t read_to_the_end(void)
{
    size_t lines = 0;
    ssize_t n = 0;

    while ((n = read(server.out, server.seen + server.n, sizeof(server.seen) - 1 - server.n)) > 0)
        server.n += (size_t)n;
    for (size_t i = 0; i < server.n; i++)
        lines += server.seen[i] == '\n';
    assert_int_equal(server.seen[server.n - 1], '\n');
    return lines;
}

static void term__leaves_the_reader_a_moment(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        say(PING(1));
    (void)poll(NULL, 0, 100);
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    (void)poll(NULL, 0, 50);

    assert_int_equal(read_to_the_end(), 5000);
    assert_int_equal(end(), 0);
}

static void end_of_input__waits_for_a_slow_reader(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        say(PING(1));
    close_end(&server.in);
    (void)poll(NULL, 0, 1500);

    assert_int_equal(read_to_the_end(), 5000);
    assert_int_equal(end(), 0);
}

static void end_of_input__ends_when_the_reader_goes_as_well(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        say(PING(1));
    close_end(&server.in);
    (void)poll(NULL, 0, 50);
    close_end(&server.out);

    assert_int_equal(end(), 0);
}

static void closed_output__ends_quietly(void **state)
{
    (void)state;
    close_end(&server.out);
    say(PING(1));
    assert_int_equal(end(), 0);
}

static void slow_reader__loses_nothing(void **state)
{
    (void)state;
    say(BEGIN);
    for (int i = 0; i < 1000; i++)
        say(PING(1));
    (void)poll(NULL, 0, 100);
    for (int i = 0; i < 200; i++)
        say(PING(1));
    say(PING(9));
    await("\"id\":9,");
    close_end(&server.in);
    assert_int_equal(read_to_the_end(), 1202);
}

static void full_queue__is_served_in_order_all_the_same(void **state)
{
    (void)state;
    say(BEGIN SLOW(1, 200));
    for (int i = 0; i < 300; i++)
        say(ECHO(2));
    say(ECHO(3));
    await("\"id\":3,");
    assert_true(await("\"id\":1,") < await("\"id\":2,"));
    assert_true(await("\"id\":2,") < await("\"id\":3,"));
}

static void idle__is_told_after_a_while(void **state)
{
    (void)state;
    say(PING(1));
    await("\"id\":1,");
    await("idle\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ping__gets_past_a_call_that_waits),
        TEST(answers__keep_the_order_of_calls_that_do_not_wait),
        TEST(cancel__ends_the_running_call_without_an_answer),
        TEST(cancel__takes_a_queued_call_back),
        TEST(end_of_input__is_after_every_answer),
        TEST(term__ends_a_waiting_call_within_a_second),
        TEST(interrupt__ends_an_idle_server),
        TEST(term__ends_a_server_whose_output_is_stuck),
        TEST(term__leaves_the_reader_a_moment),
        TEST(end_of_input__waits_for_a_slow_reader),
        TEST(end_of_input__ends_when_the_reader_goes_as_well),
        TEST(closed_output__ends_quietly),
        TEST(slow_reader__loses_nothing),
        TEST(full_queue__is_served_in_order_all_the_same),
        TEST(idle__is_told_after_a_while),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
