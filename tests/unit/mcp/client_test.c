/* What a client hears beside answers, several questions at once, and the shapes of each revision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

#define VERSION "'io.modelcontextprotocol/protocolVersion':'2026-07-28'"
#define ABLE \
    "'io.modelcontextprotocol/clientCapabilities':{'elicitation':{},'sampling':{},'roots':{}}"
#define MODERN "'_meta':{" VERSION "," ABLE "}"

static struct fake_client client;

static int set_up(void **state)
{
    (void)state;
    fake_client_open(&client);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_client_close(&client);
    return 0;
}

static const char *say(const char *method, const char *params)
{
    return fake_client_say(
        &client, arena_printf(&client.arena, "{'jsonrpc':'2.0','id':1,'method':'%s','params':{%s}}",
                              method, params));
}

static void initialize(const char *version)
{
    (void)say("initialize", arena_printf(&client.arena,
                                         "'protocolVersion':'%s','clientInfo':{'name':'c','version'"
                                         ":'1'},'capabilities':{'elicitation':{},'sampling':{},"
                                         "'roots':{}}",
                                         version));
}

static void assert_has(const char *answer, const char *part)
{
    if (answer == NULL || strstr(answer, part) == NULL)
        fail_msg("%s is not in %s", part, answer == NULL ? "nothing" : answer);
}

static size_t frames_with(const char *part)
{
    size_t n = 0;

    for (size_t i = 0; i < client.n; i++)
        n += strstr(client.frames[i], part) != NULL;
    return n;
}

static void progress__is_told_only_when_it_was_asked_for(void **state)
{
    (void)state;
    initialize("2025-11-25");
    (void)say("tools/call", "'name':'report'");
    assert_int_equal(frames_with("notifications/progress"), 0);
}

static void progress__rises_strictly_and_carries_the_token_as_it_was_written(void **state)
{
    static const char *const tokens[] = {"0", "\"t\"", "9007199254740993", "-1"};

    (void)state;
    initialize("2025-11-25");
    for (size_t i = 0; i < LENGTH_OF(tokens); i++) {
        client.n = 0;
        (void)say(
            "tools/call",
            arena_printf(&client.arena, "'name':'report','_meta':{'progressToken':%s}", tokens[i]));
        assert_int_equal(frames_with("notifications/progress"), 2);
        assert_string_equal(
            client.frames[0],
            arena_printf(&client.arena,
                         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{"
                         "\"progressToken\":%s,\"progress\":1,\"total\":3,\"message\":\"one\"}}",
                         tokens[i]));
        assert_has(client.frames[1], "\"progress\":3");
        assert_has(client.frames[2], "\"id\":1,\"result\"");
    }
}

static void progress__has_no_message_in_2024_11_05(void **state)
{
    (void)state;
    initialize("2024-11-05");
    client.n = 0;
    (void)say("tools/call", "'name':'report','_meta':{'progressToken':7}");
    assert_has(client.frames[0], "\"total\":3}");
}

static void progress__takes_only_strings_and_integers_for_tokens(void **state)
{
    static const char *const tokens[] = {"null", "true", "[1]", "{}"};

    (void)state;
    initialize("2025-11-25");
    for (size_t i = 0; i < LENGTH_OF(tokens); i++)
        (void)say(
            "tools/call",
            arena_printf(&client.arena, "'name':'report','_meta':{'progressToken':%s}", tokens[i]));
    assert_int_equal(frames_with("notifications/progress"), 0);
}

static void log__is_silent_until_a_level_is_set(void **state)
{
    (void)state;
    initialize("2025-11-25");
    (void)say("tools/call", "'name':'report'");
    assert_int_equal(frames_with("notifications/message"), 0);

    assert_has(say("logging/setLevel", "'level':'warning'"), "\"result\":{}");
    client.n = 0;
    (void)say("tools/call", "'name':'report'");
    assert_string_equal(client.frames[0],
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{"
                        "\"level\":\"warning\",\"logger\":\"mcp-planner\",\"data\":\"a worry\"}}");
    assert_int_equal(frames_with("notifications/message"), 1);

    (void)say("logging/setLevel", "'level':'debug'");
    client.n = 0;
    (void)say("tools/call", "'name':'report'");
    assert_int_equal(frames_with("notifications/message"), 2);

    (void)say("logging/setLevel", "'level':'error'");
    client.n = 0;
    (void)say("tools/call", "'name':'report'");
    assert_int_equal(frames_with("notifications/message"), 0);
}

static void log__of_the_modern_era_is_asked_for_by_each_request(void **state)
{
    (void)state;
    (void)say("tools/call", "'name':'report','_meta':{" VERSION "," ABLE
                            ",'io.modelcontextprotocol/logLevel':'debug'}");
    assert_int_equal(frames_with("notifications/message"), 2);
    client.n = 0;
    (void)say("tools/call", "'name':'report'," MODERN);
    assert_int_equal(frames_with("notifications/message"), 0);
    assert_has(say("tools/list",
                   "'_meta':{" VERSION "," ABLE ",'io.modelcontextprotocol/logLevel':'loud'}"),
               "\"code\":-32602");
}

static void questions__of_every_kind_are_asked_at_once(void **state)
{
    const char *answer = say("tools/call", "'name':'ask_many'," MODERN);

    (void)state;
    assert_has(answer, "\"name\":{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"form\"");
    assert_has(answer, "\"model\":{\"method\":\"sampling/createMessage\",\"params\":{"
                       "\"messages\":[],\"maxTokens\":10}}");
    assert_has(answer, "\"roots\":{\"method\":\"roots/list\",\"params\":{}}");
    assert_null(strstr(answer, "ttlMs"));
}

static void questions__that_stay_unanswered_are_asked_again(void **state)
{
    const char *answer =
        say("tools/call", "'name':'ask_many','requestState':'many','inputResponses':{'name':{"
                          "'action':'decline'},'extra':{}}," MODERN);

    (void)state;
    assert_has(answer, "\"resultType\":\"input_required\"");
    assert_null(strstr(answer, "\"name\":{\"method\""));
    assert_has(answer, "\"roots\":{\"method\"");
}

static void questions__name_every_capability_that_is_missing(void **state)
{
    (void)state;
    assert_has(say("tools/call", "'name':'ask_many','_meta':{" VERSION
                                 ",'io.modelcontextprotocol/clientCapabilities':{'roots':{}}}"),
               "\"error\":{\"code\":-32021,\"message\":\"somebody has to be asked, and the client "
               "declared no capability for it\",\"data\":{\"requiredCapabilities\":{"
               "\"elicitation\":{\"form\":{}},\"sampling\":{}}}}");
}

static void questions__of_the_handshake_era_wait_for_every_answer(void **state)
{
    (void)state;
    initialize("2025-11-25");
    client.n = 0;
    (void)say("tools/call", "'name':'ask_many'");
    assert_int_equal(client.n, 3);
    assert_has(client.frames[1], "\"id\":\"planner-2\",\"method\":\"sampling/createMessage\"");

    assert_null(
        fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-3','result':{'roots':[]}}"));
    assert_int_equal(client.n, 3);
    (void)fake_client_say(&client,
                          "{'jsonrpc':'2.0','id':'planner-1','result':{'action':'maybe'}}");
    (void)fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-2','result':{'model':'m'}}");
    assert_has(client.frames[3], "\"structuredContent\":{\"roots\":{\"roots\":[]},\"name\":{"
                                 "\"action\":\"cancel\"},\"model\":{\"model\":\"m\"}}");
}

static void questions__go_when_their_call_is_cancelled(void **state)
{
    (void)state;
    initialize("2025-11-25");
    (void)say("tools/call", "'name':'ask_many'");
    client.n = 0;
    (void)fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':1}}");
    assert_int_equal(frames_with("notifications/cancelled"), 3);
    (void)fake_client_say(&client,
                          "{'jsonrpc':'2.0','id':'planner-1','result':{'action':'accept'}}");
    assert_int_equal(client.n, 3);
}

static void questions__are_open_for_a_limited_number_of_calls(void **state)
{
    (void)state;
    initialize("2025-11-25");
    for (int i = 0; i < 256; i++) {
        client.n = 0;
        assert_has(say("tools/call", "'name':'ask'"), "elicitation/create");
    }
    client.n = 0;
    assert_has(say("tools/call", "'name':'ask'"), "too many calls wait for an answer");
    (void)fake_client_say(&client,
                          "{'jsonrpc':'2.0','id':'planner-1','result':{'action':'cancel'}}");
    client.n = 0;
    assert_has(say("tools/call", "'name':'ask'"), "elicitation/create");
}

/* Waits by receiving another initialize, as the loop does when one comes meanwhile. */
static enum status wait_for_initialize(void *ctx, struct req *rq, int fd, short events,
                                       int timeout_ms, bool *ret_ready)
{
    (void)ctx, (void)rq, (void)fd, (void)events, (void)timeout_ms;
    fake_client_tell(&client,
                     "{'jsonrpc':'2.0','id':2,'method':'initialize','params':{'protocolVersion':"
                     "'2025-11-25','clientInfo':{'name':'somebody else'},'capabilities':{}}}");
    *ret_ready = false;
    return ST_OK;
}

static void client__of_a_call_stays_whoever_initializes_meanwhile(void **state)
{
    static const struct waiter waiter = {.wait = wait_for_initialize};

    (void)state;
    client.config.waiter = &waiter;
    (void)say("initialize", "'protocolVersion':'2025-11-25','clientInfo':{'name':'first'},"
                            "'capabilities':{}");
    assert_has(say("tools/call", "'name':'slow'"), "\"client\":\"first\"");
}

static void tools_list__tells_a_revision_what_it_knows(void **state)
{
    static const struct {
        const char *version;
        bool titles, hints, outputs;
    } shapes[] = {{"2024-11-05", false, false, false},
                  {"2025-03-26", false, true, false},
                  {"2025-06-18", true, true, true},
                  {"2025-11-25", true, true, true}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(shapes); i++) {
        const char *answer = NULL;
        initialize(shapes[i].version);
        answer = say("tools/list", "");
        assert_int_equal(strstr(answer, "\"title\"") != NULL, shapes[i].titles);
        assert_int_equal(strstr(answer, "\"annotations\"") != NULL, shapes[i].hints);
        assert_int_equal(strstr(answer, "\"outputSchema\"") != NULL, shapes[i].outputs);
        answer = say("tools/call", "'name':'echo'");
        assert_int_equal(strstr(answer, "\"structuredContent\"") != NULL, shapes[i].outputs);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(progress__is_told_only_when_it_was_asked_for),
        TEST(progress__rises_strictly_and_carries_the_token_as_it_was_written),
        TEST(progress__has_no_message_in_2024_11_05),
        TEST(progress__takes_only_strings_and_integers_for_tokens),
        TEST(log__is_silent_until_a_level_is_set),
        TEST(log__of_the_modern_era_is_asked_for_by_each_request),
        TEST(questions__of_every_kind_are_asked_at_once),
        TEST(questions__that_stay_unanswered_are_asked_again),
        TEST(questions__name_every_capability_that_is_missing),
        TEST(questions__of_the_handshake_era_wait_for_every_answer),
        TEST(questions__go_when_their_call_is_cancelled),
        TEST(questions__are_open_for_a_limited_number_of_calls),
        TEST(client__of_a_call_stays_whoever_initializes_meanwhile),
        TEST(tools_list__tells_a_revision_what_it_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
