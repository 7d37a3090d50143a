/* tools/call: gates, results, batches, questions to a person, cancellation. ' stands for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"

#define MODERN_AS(capabilities)                                           \
    "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28',"    \
    "'io.modelcontextprotocol/clientInfo':{'name':'M od','version':'3'}," \
    "'io.modelcontextprotocol/clientCapabilities':" capabilities "}"
#define MODERN MODERN_AS("{'elicitation':{}}")

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

static const char *call_frame(int id, const char *params)
{
    return arena_printf(
        &client.arena, "{'jsonrpc':'2.0','id':%d,'method':'tools/call','params':{%s}}", id, params);
}

static const char *call(int id, const char *params)
{
    const char *answer = fake_client_say(&client, call_frame(id, params));

    assert_non_null(answer);
    return answer;
}

static void assert_has(const char *answer, const char *part)
{
    if (answer == NULL || strstr(answer, part) == NULL)
        fail_msg("%s is not in %s", part, answer == NULL ? "nothing" : answer);
}

static void assert_lacks(const char *answer, const char *part)
{
    if (strstr(answer, part) != NULL)
        fail_msg("%s is in %s", part, answer);
}

static void call__answers_text_and_structure(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_string_equal(
        call(4, "'name':'echo','arguments':{'text':'hi'}"),
        arena_printf(&client.arena,
                     "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"content\":[{\"type\":\"text\","
                     "\"text\":\"echoed\"}],\"structuredContent\":{\"text\":\"hi\",\"agent\":"
                     "\"fake-%d\",\"client\":\"fake 1\",\"can_elicit\":true}}}",
                     (int)getpid()));
}

static void call__modern_names_its_own_client(void **state)
{
    const char *answer = call(4, "'name':'echo'," MODERN);

    (void)state;
    assert_has(answer, arena_printf(&client.arena, "\"agent\":\"M-od-%d\"", (int)getpid()));
    assert_has(answer, "\"client\":\"M od 3\"");
    assert_has(answer, "\"resultType\":\"complete\"");
    assert_has(answer, "\"io.modelcontextprotocol/serverInfo\"");
}

static void call__configured_agent_comes_first(void **state)
{
    (void)state;
    client.config.agent = "alice";
    assert_has(call(4, "'name':'echo'," MODERN), "\"agent\":\"alice\"");
}

static void call__elicits_only_with_forms_and_since_2025_06_18(void **state)
{
    (void)state;
    assert_has(call(1, "'name':'echo'," MODERN_AS("{'elicitation':{}}")), "\"can_elicit\":true");
    assert_has(call(1, "'name':'echo'," MODERN_AS("{'elicitation':{'form':{}}}")),
               "\"can_elicit\":true");
    assert_has(call(1, "'name':'echo'," MODERN_AS("{'elicitation':{'url':{}}}")),
               "\"can_elicit\":false");
    assert_has(call(1, "'name':'echo'," MODERN_AS("{}")), "\"can_elicit\":false");
    fake_client_initialize(&client, "2025-03-26");
    assert_has(call(1, "'name':'ask'"), "the client cannot");
    fake_client_initialize(&client, "2025-06-18");
    assert_has(call(1, "'name':'echo'"), "\"can_elicit\":true");
}

static void call__refuses_malformed_params(void **state)
{
    static const char *const params[] = {
        "",
        "'name':7",
        "'name':'nope'",
        "'name':'echo','arguments':[]",
        "'name':'echo','arguments':'x'",
        "'name':'echo','arguments':null",
        "'name':'echo','requestState':1",
        "'name':'echo','inputResponses':[]",
        "'name':'echo','inputResponses':{'a':{'action':'maybe'}}",
    };

    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    for (size_t i = 0; i < LENGTH_OF(params); i++)
        assert_has(call(9, params[i]), "\"id\":9,\"error\":{\"code\":-32602,");
}

static void call__names_the_argument_that_holds_nul(void **state)
{
    const char *answer = NULL;

    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    answer = call(9, "'name':'echo','arguments':{'title':'a\\u0000b'}");
    assert_has(answer, "'title' must not contain the character U+0000");
    assert_has(answer, "\"isError\":true");
}

static void conflict__carries_the_current_version_and_no_structure(void **state)
{
    const char *answer = NULL;

    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    answer = call(9, "'name':'conflict'");
    assert_has(answer, "\"isError\":true,\"_meta\":{\"current_version\":5}");
    assert_lacks(answer, "structuredContent");
    assert_has(call(9, "'name':'conflict'," MODERN),
               "\"_meta\":{\"current_version\":5,\"io.modelcontextprotocol/serverInfo\"");
}

static void batch__is_served_in_2025_03_26_only(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_has(fake_client_say(&client, "[{'jsonrpc':'2.0','id':1,'method':'ping'}]"),
               "\"error\":{\"code\":-32600,");
    fake_client_initialize(&client, "2025-03-26");
    assert_string_equal(fake_client_say(&client, "[{'jsonrpc':'2.0','id':1,'method':'ping'}]"),
                        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}]");
}

static void batch__answers_all_but_notifications_in_one_array(void **state)
{
    const char *answer = NULL;

    (void)state;
    fake_client_initialize(&client, "2025-03-26");
    answer =
        fake_client_say(&client, arena_printf(&client.arena,
                                              "[%s,{'jsonrpc':'2.0','method':'notifications/x'},7,"
                                              "{'jsonrpc':'2.0','id':2,'method':'ping'}]",
                                              call_frame(1, "'name':'echo'")));
    assert_int_equal(client.n, 1);
    assert_int_equal(answer[0], '[');
    assert_has(answer, "\"id\":1,\"result\"");
    assert_has(answer, "\"id\":2,\"result\"");
    assert_has(answer, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,");
}

static void batch__of_notifications_is_not_answered(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-03-26");
    assert_null(fake_client_say(&client, "[{'jsonrpc':'2.0','method':'notifications/x'}]"));
}

static void batch__empty_or_with_initialize_is_refused(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-03-26");
    assert_has(fake_client_say(&client, "[]"), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,");
    assert_has(fake_client_say(&client, "[{'jsonrpc':'2.0','id':1,'method':'initialize',"
                                        "'params':{'protocolVersion':'2025-11-25'}}]"),
               "[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,");
}

static void question__is_a_result_in_the_modern_era(void **state)
{
    const char *answer = call(1, "'name':'ask','arguments':{'text':'t'}," MODERN);

    (void)state;
    assert_has(answer, "\"resultType\":\"input_required\"");
    assert_has(answer, "\"inputRequests\":{\"choice\":{\"method\":\"elicitation/create\","
                       "\"params\":{\"mode\":\"form\",\"message\":\"Which one?\","
                       "\"requestedSchema\":{\"type\":\"object\"");
    assert_has(answer, "\"requestState\":\"state-1\"");
}

static void question__modern_retry_carries_the_answer(void **state)
{
    const char *answer =
        call(2, "'name':'ask','arguments':{'text':'t'},'requestState':'state-1','inputResponses':"
                "{'choice':{'action':'accept','content':{'pick':'a'}}}," MODERN);

    (void)state;
    assert_has(answer, "\"action\":\"accept\",\"pick\":\"a\",\"state\":\"state-1\",\"text\":\"t\"");
}

static void question__an_answer_to_another_question_is_none(void **state)
{
    (void)state;
    assert_has(call(2, "'name':'ask','requestState':'state-1','inputResponses':"
                       "{'other':{'action':'accept','content':{'pick':'a'}}}," MODERN),
               "\"resultType\":\"input_required\"");
    assert_has(call(3, "'name':'ask','requestState':'state-1','inputResponses':"
                       "{'other':{'action':'accept','content':{'pick':'a'}},"
                       "'choice':{'action':'decline'}}," MODERN),
               "\"action\":\"decline\"");
}

static void question__needs_the_capability(void **state)
{
    const char *answer = call(1, "'name':'ask'," MODERN_AS("{}"));

    (void)state;
    assert_has(answer, "\"error\":{\"code\":-32021,");
    assert_has(answer, "\"data\":{\"requiredCapabilities\":{\"elicitation\":{\"form\":{}}}}");
    fake_client_initialize(&client, "2025-03-26");
    assert_has(call(1, "'name':'ask'"), "\"isError\":true");
}

static void question__is_a_request_in_the_handshake_era(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_string_equal(
        call(1, "'name':'ask','arguments':{'text':'t'}"),
        "{\"jsonrpc\":\"2.0\",\"id\":\"planner-1\",\"method\":\"elicitation/create\",\"params\":{"
        "\"mode\":\"form\",\"message\":\"Which one?\",\"requestedSchema\":{\"type\":\"object\","
        "\"properties\":{\"pick\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\","
        "\"title\":\"The first\"}]}},\"required\":[\"pick\"]}}}");
    assert_has(call(2, "'name':'echo'"), "\"id\":2,\"result\"");
    assert_has(fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-1','result':"
                                        "{'action':'accept','content':{'pick':'b'}}}"),
               "\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"answered\"}],"
               "\"structuredContent\":{\"action\":\"accept\",\"pick\":\"b\",\"state\":\"state-1\","
               "\"text\":\"t\"}}");
}

static void question__names_its_mode_since_2025_11_25(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-06-18");
    assert_lacks(call(1, "'name':'ask'"), "\"mode\"");
}

static void question__of_2025_06_18_names_choices_beside_their_values(void **state)
{
    const char *question = NULL;

    (void)state;
    fake_client_initialize(&client, "2025-06-18");

    question = call(1, "'name':'ask'");

    assert_has(question, "\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"pick\":{"
                         "\"type\":\"string\",\"enum\":[\"a\"],\"enumNames\":[\"The first\"]}},"
                         "\"required\":[\"pick\"]}");
}

static void question__refused_by_the_client_counts_as_cancel(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    (void)call(1, "'name':'ask'");
    assert_has(fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-1','error':"
                                        "{'code':-32601,'message':'x'}}"),
               "\"action\":\"cancel\"");
    (void)call(2, "'name':'ask'");
    assert_has(fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-2','result':'what'}"),
               "\"action\":\"cancel\"");
}

static void question__open_at_the_end_is_answered(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    (void)call(1, "'name':'ask'");
    mcp_close(client.mcp);
    assert_has(client.frames[client.n - 1], "\"id\":1,");
    assert_has(client.frames[client.n - 1],
               "the client closed before a person answered; nothing was changed");
}

static void cancel__drops_a_parked_call_and_its_question(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    (void)call(1, "'name':'ask'");
    assert_string_equal(fake_client_say(&client, "{'jsonrpc':'2.0','method':"
                                                 "'notifications/cancelled','params':"
                                                 "{'requestId':1}}"),
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
                        "\"requestId\":\"planner-1\",\"reason\":\"the call that asked was "
                        "cancelled\"}}");
    assert_null(fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-1','result':"
                                         "{'action':'accept'}}"));
}

static void cancel__drops_a_queued_call(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    fake_client_tell(&client, call_frame(1, "'name':'echo'"));
    fake_client_tell(&client, call_frame(2, "'name':'echo'"));
    assert_true(mcp_queued(client.mcp) > 0);
    assert_has(fake_client_say(&client, "{'jsonrpc':'2.0','method':'notifications/cancelled',"
                                        "'params':{'requestId':1}}"),
               "\"id\":2,");
    assert_int_equal(client.n, 1);
    assert_int_equal(mcp_queued(client.mcp), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(call__answers_text_and_structure),
        TEST(call__modern_names_its_own_client),
        TEST(call__configured_agent_comes_first),
        TEST(call__elicits_only_with_forms_and_since_2025_06_18),
        TEST(call__refuses_malformed_params),
        TEST(call__names_the_argument_that_holds_nul),
        TEST(conflict__carries_the_current_version_and_no_structure),
        TEST(batch__is_served_in_2025_03_26_only),
        TEST(batch__answers_all_but_notifications_in_one_array),
        TEST(batch__of_notifications_is_not_answered),
        TEST(batch__empty_or_with_initialize_is_refused),
        TEST(question__is_a_result_in_the_modern_era),
        TEST(question__modern_retry_carries_the_answer),
        TEST(question__an_answer_to_another_question_is_none),
        TEST(question__needs_the_capability),
        TEST(question__is_a_request_in_the_handshake_era),
        TEST(question__of_2025_06_18_names_choices_beside_their_values),
        TEST(question__names_its_mode_since_2025_11_25),
        TEST(question__refused_by_the_client_counts_as_cancel),
        TEST(question__open_at_the_end_is_answered),
        TEST(cancel__drops_a_parked_call_and_its_question),
        TEST(cancel__drops_a_queued_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
