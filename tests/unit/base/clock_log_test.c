/* Local times as people read them; what reaches stderr, and what does not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "planner/base/clock.h"
#include "planner/base/json.h"
#include "planner/base/log.h"
#include "planner/base/req.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void clock_local__is_hours_and_minutes_today(void **state)
{
    const int64_t now = clock_now_ms();
    const time_t seconds = (time_t)(now / 1000);
    char expected[8];
    struct tm tm;

    (void)state;
    set_zone("UTC");
    (void)gmtime_r(&seconds, &tm);
    (void)snprintf(expected, sizeof(expected), "%02d:%02d", tm.tm_hour % 24, tm.tm_min % 60);

    assert_string_equal(clock_local(&arena, now), expected);
}

static void clock_local__has_the_date_on_other_days(void **state)
{
    (void)state;
    set_zone("UTC");
    assert_string_equal(clock_local(&arena, INT64_C(1700000000999)), "2023-11-14 22:13");
}

static void clock_local__has_the_date_on_this_day_of_other_years(void **state)
{
    const int64_t day = INT64_C(86400000);

    (void)state;
    set_zone("UTC");
    for (int64_t ago = 364; ago <= 367; ago++)
        assert_int_equal(strlen(clock_local(&arena, clock_now_ms() - ago * day)), 16);
}

static void clock_local__follows_the_zone(void **state)
{
    (void)state;
    set_zone("XYZ-05:30"); /* POSIX writes east as negative */
    assert_string_equal(clock_local(&arena, INT64_C(1700000000000)), "2023-11-15 03:43");
    set_zone("UTC");
}

static void clock_monotonic__never_goes_back(void **state)
{
    int64_t last = clock_monotonic_ms();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const int64_t now = clock_monotonic_ms();
        assert_true(now >= last);
        last = now;
    }
}

/* What log_write() puts on fd 2, "" when nothing. */
static const char *logged(const struct log *log, enum log_level level, const char *message)
{
    char *text = arena_alloc(&arena, 4096);
    const int saved = dup(STDERR_FILENO);
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_write(log, level, "%s", message);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)!read(ends[0], text, 4095);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    return text;
}

static void log_level_parse__knows_four_words(void **state)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    enum log_level level = LOG_DEBUG;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        assert_true(log_level_parse(words[i], &level));
        assert_int_equal(level, i);
    }
}

static void log_level_parse__leaves_the_level_when_the_word_is_unknown(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_false(log_level_parse("", &level));
    assert_false(log_level_parse("Error", &level));
    assert_false(log_level_parse("warn", &level));
    assert_false(log_level_parse("debugging", &level));
    assert_int_equal(level, LOG_INFO);
}

static void log_write__drops_what_is_less_important(void **state)
{
    (void)state;
    for (int limit = LOG_ERROR; limit <= LOG_DEBUG; limit++) {
        const struct log log = {.level = (enum log_level)limit};
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            const bool written = *logged(&log, (enum log_level)level, "x") != '\0';
            assert_int_equal(written, level <= limit);
        }
    }
}

static void log_write__without_a_log_does_nothing(void **state)
{
    (void)state;
    assert_string_equal(logged(NULL, LOG_ERROR, "x"), "");
}

static void log_write__is_one_line_of_text(void **state)
{
    const struct log log = {.level = LOG_INFO};
    const char *line = logged(&log, LOG_WARNING, "one\ntwo\r\n\x1b[31mthree");

    (void)state;
    assert_non_null(strstr(line, "] warning: one two"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\x1b'));
    assert_null(strchr(line, '\r'));
}

static void log_write__is_one_json_object_when_asked(void **state)
{
    const struct log log = {.level = LOG_INFO, .json = true};
    const char *line = logged(&log, LOG_ERROR, "a \"quoted\"\nmessage");
    struct json_fault fault;
    OWN_JSON tree = NULL;

    (void)state;
    assert_true(json_check(line, strlen(line), &fault));
    tree = json_parse(line, strlen(line));
    assert_string_equal(json_get_text(tree, "level"), "error");
    assert_string_equal(json_get_text(tree, "message"), "a \"quoted\"\nmessage");
    assert_int_equal(strlen(json_get_text(tree, "at")), 24);
    assert_true(json_get(tree, "pid")->valueint == getpid());
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

/* What log_event() puts on fd 2, as a tree. */
static cJSON *event(const struct log_context *context, const struct log_fact *facts, size_t n,
                    const char *message)
{
    const struct log log = {.level = LOG_INFO, .json = true, .context = context};
    char *text = arena_alloc(&arena, 8192);
    const int saved = dup(STDERR_FILENO);
    int ends[2];
    struct json_fault fault;

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_event(&log, LOG_INFO, "call", facts, n, "%s", message);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)!read(ends[0], text, 8191);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    assert_true(json_check(text, strlen(text), &fault));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    return json_parse(text, strlen(text));
}

static void log_event__tells_its_context_and_its_facts(void **state)
{
    const struct log_context context = {.id = "9007199254740993",
                                        .method = "tools/call",
                                        .tool = "create_task",
                                        .request_id = "a\n\"b",
                                        .agent = "ann",
                                        .trace_id = "4bf9",
                                        .span_id = "00f0",
                                        .trace_state = "a=b"};
    OWN_JSON tree =
        event(&context, (const struct log_fact[]){{"outcome", "ok", 0}, {"duration_ms", NULL, 1.5}},
              2, "done");

    (void)state;
    assert_string_equal(json_get_text(tree, "event"), "call");
    assert_string_equal(json_get_text(tree, "method"), "tools/call");
    assert_string_equal(json_get_text(tree, "tool"), "create_task");
    assert_string_equal(json_get_text(tree, "request_id"), "a\n\"b");
    assert_string_equal(json_get_text(tree, "agent"), "ann");
    assert_string_equal(json_get_text(tree, "trace_id"), "4bf9");
    assert_string_equal(json_get_text(tree, "span_id"), "00f0");
    assert_string_equal(json_get_text(tree, "trace_state"), "a=b");
    assert_string_equal(json_get_text(tree, "outcome"), "ok");
    assert_true(json_get(tree, "duration_ms")->valuedouble == 1.5);
}

static void log_event__cuts_between_characters_what_others_wrote(void **state)
{
    char text[LOG_TEXT_MAX + 3] = {0};
    const char umlaut[] = "\xc3\xa4";
    const struct log_context context = {.request_id = text, .id = text};
    OWN_JSON tree = NULL;

    (void)state;
    memset(text, 'x', LOG_TEXT_MAX - 1);
    memcpy(text + LOG_TEXT_MAX - 1, umlaut, sizeof(umlaut));
    tree = event(&context, NULL, 0, "");

    assert_int_equal(strlen(json_get_text(tree, "request_id")), LOG_TEXT_MAX - 1);
    assert_null(json_get(tree, "id")); /* raw JSON, which cannot be cut */
}

static void log_event__is_json_also_when_a_message_is_not_utf8(void **state)
{
    OWN_JSON tree = event(NULL, NULL, 0, "cut \xc3");

    (void)state;
    assert_string_equal(json_get_text(tree, "message"), "cut ?");
}

static void req_bug__tells_the_log_but_not_the_caller(void **state)
{
    struct req rq = {.arena = &arena};

    (void)state;
    assert_int_equal(req_bug(&rq, "secret cause"), ST_BUG);
    assert_int_equal(rq.status, ST_BUG);
    assert_null(strstr(rq.message, "secret"));
}

static void waiter_plain__times_out_and_sees_readiness(void **state)
{
    struct req rq = {.arena = &arena, .waiter = &waiter_plain};
    bool ready = true;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(req_wait(&rq, ends[0], 1 /* POLLIN */, 5, &ready), ST_OK);
    assert_false(ready);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(req_wait(&rq, ends[0], 1, 1000, &ready), ST_OK);
    assert_true(ready);
    assert_int_equal(req_wait(&rq, -1, 0, 1, &ready), ST_OK);
    assert_false(ready);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_local__is_hours_and_minutes_today),
        cmocka_unit_test(clock_local__has_the_date_on_other_days),
        cmocka_unit_test(clock_local__has_the_date_on_this_day_of_other_years),
        cmocka_unit_test(clock_local__follows_the_zone),
        cmocka_unit_test(clock_monotonic__never_goes_back),
        cmocka_unit_test(log_level_parse__knows_four_words),
        cmocka_unit_test(log_level_parse__leaves_the_level_when_the_word_is_unknown),
        cmocka_unit_test(log_write__drops_what_is_less_important),
        cmocka_unit_test(log_write__without_a_log_does_nothing),
        cmocka_unit_test(log_write__is_one_line_of_text),
        cmocka_unit_test(log_write__is_one_json_object_when_asked),
        cmocka_unit_test(log_event__tells_its_context_and_its_facts),
        cmocka_unit_test(log_event__cuts_between_characters_what_others_wrote),
        cmocka_unit_test(log_event__is_json_also_when_a_message_is_not_utf8),
        cmocka_unit_test(req_bug__tells_the_log_but_not_the_caller),
        cmocka_unit_test(waiter_plain__times_out_and_sees_readiness),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
