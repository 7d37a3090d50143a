/* What is told of a call beside its answer: counters, and the line of the log. ' stands for ". */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "planner/base/meter.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static struct fake_client client;
static struct meter meter;

static int set_up(void **state)
{
    (void)state;
    fake_client_open(&client);
    meter = (struct meter){.changed = false};
    client.config.meter = &meter;
    fake_client_initialize(&client, "2025-11-25");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_client_close(&client);
    return 0;
}

static const char *call_frame(int id, const char *params)
{
    return arena_printf(
        &client.arena, "{'jsonrpc':'2.0','id':%d,'method':'tools/call','params':{%s}}", id, params);
}

static void note(void *ctx, const char *name, const char *a, const char *b, int64_t delta)
{
    if (strcmp(b, "sum") != 0 && strstr(name, "seconds") == NULL)
        buf_printf(ctx, "%s{%s,%s} %d\n", name, a, b, (int)delta);
}

/* What was counted, histograms left out. */
static const char *counted(void)
{
    struct buf text = BUF_IN(&client.arena);

    meter_visit(&meter, note, &text);
    return buf_str(&text);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s is not in %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("%s is in %s", part, text);
}

/* The lines that a frame leaves in the log at this level, as JSON. */
static const char *logged(enum log_level level, const char *frame)
{
    char *text = arena_alloc(&client.arena, 16384);
    const int saved = dup(STDERR_FILENO);
    const struct log before = client.log;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    client.log = (struct log){.level = level, .json = true};
    (void)fake_client_say(&client, frame);
    client.log = before;
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)!read(ends[0], text, 16383);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    return text;
}

static void calls__are_counted_by_tool_and_outcome(void **state)
{
    (void)state;
    (void)fake_client_say(&client, call_frame(1, "'name':'echo','arguments':{}"));
    (void)fake_client_say(&client, call_frame(2, "'name':'echo','arguments':{}"));
    (void)fake_client_say(&client, call_frame(3, "'name':'conflict','arguments':{}"));

    assert_has(counted(), "tool_calls_total{echo,ok} 2\n");
    assert_has(counted(), "tool_calls_total{conflict,conflict} 1\n");
    assert_has(counted(), "requests_total{tools/call,ok} 2\n");
    assert_int_equal(meter.histograms[0].counts[0].value, 2);
}

static void calls__that_wait_for_a_person_count_once_they_end(void **state)
{
    (void)state;
    (void)fake_client_say(&client, call_frame(1, "'name':'ask','arguments':{}"));
    assert_lacks(counted(), "tool_calls_total");
    (void)fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-1','result':{'action':'accept',"
                                   "'content':{'pick':'a'}}}");

    assert_has(counted(), "tool_calls_total{ask,ok} 1\n");
}

static void errors_of_the_protocol__are_counted_by_a_few_names(void **state)
{
    (void)state;
    (void)fake_client_say(&client, call_frame(1, "'name':'no such tool'"));
    (void)fake_client_say(&client, "{'jsonrpc':'2.0','id':2,'method':'nope'}");
    (void)fake_client_say(&client, "{'jsonrpc':'2.0',");

    assert_has(counted(), "protocol_errors_total{invalid_params,} 1\n");
    assert_has(counted(), "protocol_errors_total{method_not_found,} 1\n");
    assert_has(counted(), "protocol_errors_total{parse_error,} 1\n");
    assert_lacks(counted(), "no such tool");
}

static void log__has_a_line_for_each_call_with_who_and_how(void **state)
{
    const char *line = NULL;

    (void)state;
    line = logged(LOG_INFO, call_frame(7, "'name':'echo','arguments':{'request_id':'r-1',"
                                          "'agent':'ann','text':'a secret'}"));

    assert_has(line, "\"event\":\"call\"");
    assert_has(line, "\"id\":7,");
    assert_has(line, "\"tool\":\"echo\"");
    assert_has(line, "\"request_id\":\"r-1\"");
    assert_has(line, "\"outcome\":\"ok\"");
    assert_has(line, "\"turns\":1");
    assert_lacks(line, "a secret");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void log__of_a_failure_has_its_sentence(void **state)
{
    (void)state;
    assert_has(logged(LOG_INFO, call_frame(7, "'name':'conflict'")),
               "AUTH-3 is at version 5, not 4");
}

static void log__names_the_trace_in_every_line_of_the_call(void **state)
{
    const char *lines = NULL;

    (void)state;
    lines = logged(LOG_DEBUG, call_frame(7, "'name':'report','_meta':{'traceparent':'00-" TRACE
                                            "-" SPAN "-01','tracestate':'a=b'}"));

    assert_has(lines, "\"trace_id\":\"" TRACE "\",\"span_id\":\"" SPAN
                      "\",\"trace_state\":\"a=b\",\"message\":\"a worry\"");
    assert_has(lines, "\"trace_state\":\"a=b\",\"outcome\":\"ok\"");
}

static void log__knows_no_trace_that_is_invalid(void **state)
{
    (void)state;
    assert_lacks(logged(LOG_DEBUG, call_frame(7, "'name':'report','_meta':{'traceparent':'00-" TRACE
                                                 "-" SPAN "','tracestate':'a=b'}")),
                 "trace_");
    assert_lacks(
        logged(LOG_DEBUG, call_frame(8, "'name':'report','_meta':{'traceparent':{'a':1}}")),
        "trace_");
}

static void log__has_a_line_of_debug_for_what_is_answered_at_once(void **state)
{
    (void)state;
    assert_has(logged(LOG_DEBUG, "{'jsonrpc':'2.0','id':'x','method':'ping'}"),
               "\"id\":\"x\",\"method\":\"ping\"");
    assert_string_equal(logged(LOG_INFO, "{'jsonrpc':'2.0','id':'x','method':'ping'}"), "");
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL_TEST(calls__are_counted_by_tool_and_outcome),
        CALL_TEST(calls__that_wait_for_a_person_count_once_they_end),
        CALL_TEST(errors_of_the_protocol__are_counted_by_a_few_names),
        CALL_TEST(log__has_a_line_for_each_call_with_who_and_how),
        CALL_TEST(log__of_a_failure_has_its_sentence),
        CALL_TEST(log__names_the_trace_in_every_line_of_the_call),
        CALL_TEST(log__knows_no_trace_that_is_invalid),
        CALL_TEST(log__has_a_line_of_debug_for_what_is_answered_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
