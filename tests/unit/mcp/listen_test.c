/* Subscriptions of both eras, without a database: what is acknowledged, refused and ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

#include "planner/mcp/subscriptions.h"

#define MODERN                                                         \
    "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28'," \
    "'io.modelcontextprotocol/clientCapabilities':{}}"
#define UUID "0198c5a0-0000-7000-8000-000000000001"

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

static const char *say(const char *id, const char *method, const char *params)
{
    client.n = 0;
    return fake_client_say(&client,
                           arena_printf(&client.arena,
                                        "{'jsonrpc':'2.0','id':%s,'method':'%s','params':{%s}}", id,
                                        method, params));
}

static const char *listen(const char *id, const char *filter)
{
    return say(id, "subscriptions/listen",
               arena_printf(&client.arena, "%s,'notifications':%s", MODERN, filter));
}

static void assert_has(const char *answer, const char *part)
{
    if (answer == NULL || strstr(answer, part) == NULL)
        fail_msg("%s is not in %s", part, answer == NULL ? "nothing" : answer);
}

/* `n` URIs of items, each another one. */
static const char *many_uris(size_t n)
{
    struct json_out out = JSON_OUT_IN(&client.arena);
    char *text = NULL;

    json_begin(&out, '[');
    for (size_t i = 0; i < n; i++)
        json_str(&out, arena_printf(&client.arena, "planner://items/AUTH-%zu", i + 1));
    json_end(&out, ']');
    text = arena_strdup(&client.arena, json_text(&out));
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '"' ? '\'' : *c;
    return text;
}

static void listen__acknowledges_what_it_will_tell_first(void **state)
{
    (void)state;
    assert_string_equal(
        listen("9007199254740993",
               "{'toolsListChanged':true,'promptsListChanged':true,'resourcesListChanged':true,"
               "'resourceSubscriptions':['planner://items/AUTH-3','file:///etc/passwd',"
               "'planner://items/" UUID "/history','planner://items/AUTH-3']}"),
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\",\"params\":{"
        "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":9007199254740993},"
        "\"notifications\":{\"resourcesListChanged\":true,\"resourceSubscriptions\":["
        "\"planner://items/AUTH-3\",\"planner://items/" UUID "/history\"]}}}");
    assert_int_equal(client.n, 1);
}

static void listen__to_nothing_is_acknowledged_as_nothing(void **state)
{
    (void)state;
    assert_has(listen("'a'", "{}"), "/subscriptionId\":\"a\"},\"notifications\":{}}");
    assert_has(listen("'b'", "{'resourcesListChanged':false}"), "\"notifications\":{}}");
}

static void listen__refuses_a_malformed_filter(void **state)
{
    static const char *const filters[] = {"[]",
                                          "7",
                                          "null",
                                          "{'resourceSubscriptions':'x'}",
                                          "{'resourceSubscriptions':[1]}",
                                          "{'resourceSubscriptions':{}}"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(filters); i++)
        assert_has(listen("1", filters[i]), "\"id\":1,\"error\":{\"code\":-32602,");
    assert_has(say("1", "subscriptions/listen", MODERN), "\"code\":-32602");
}

static void listen__needs_an_id_of_its_own(void **state)
{
    (void)state;
    (void)listen("'s'", "{}");
    assert_has(listen("'\\u0073'", "{}"), "\"code\":-32602");
    (void)fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':'s'}}");
    assert_has(listen("'s'", "{}"), "acknowledged");
}

static void listen__has_a_limit_of_streams(void **state)
{
    (void)state;
    for (int i = 0; i < MCP_STREAMS_MAX; i++)
        assert_has(listen(arena_printf(&client.arena, "%d", i), "{}"), "acknowledged");
    assert_has(listen("'one more'", "{}"), "at most 64 subscriptions");
    (void)fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':7}}");
    assert_has(listen("'one more'", "{}"), "acknowledged");
}

static void listen__has_a_limit_of_resources(void **state)
{
    const char *most =
        arena_printf(&client.arena, "{'resourceSubscriptions':%s}", many_uris(MCP_URIS_MAX));
    const char *too_many =
        arena_printf(&client.arena, "{'resourceSubscriptions':%s}", many_uris(MCP_URIS_MAX + 1));

    (void)state;
    assert_has(listen("1", too_many), "at most 1000 resources");
    assert_has(listen("1", most), "acknowledged");
    assert_has(listen("2", "{'resourceSubscriptions':['planner://projects']}"),
               "at most 1000 resources");
    fake_client_initialize(&client, "2025-11-25");
    assert_has(say("3", "resources/subscribe", "'uri':'planner://projects'"),
               "at most 1000 resources");
}

static void listen__ends_with_a_result(void **state)
{
    (void)state;
    (void)listen("'a'", "{'resourcesListChanged':true}");
    (void)listen("2", "{}");
    client.n = 0;

    mcp_close(client.mcp);

    assert_int_equal(client.n, 2);
    assert_has(client.frames[0], "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"resultType\":"
                                 "\"complete\",\"_meta\":{\"io.modelcontextprotocol/subscriptionId"
                                 "\":\"a\",");
    assert_has(client.frames[1], "\"id\":2,");
}

static void listen__taken_back_is_not_answered(void **state)
{
    (void)state;
    (void)listen("'a'", "{}");
    client.n = 0;
    (void)fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':'a'}}");
    mcp_close(client.mcp);
    assert_int_equal(client.n, 0);
}

static void subscribe__is_for_the_handshake_era_and_for_our_resources(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-06-18");
    assert_has(say("1", "resources/subscribe", "'uri':'planner://items/AUTH-3'"), "\"result\":{}");
    assert_has(say("2", "resources/subscribe", "'uri':'planner://items/AUTH-3'"), "\"result\":{}");
    assert_has(say("3", "resources/unsubscribe", "'uri':'planner://items/AUTH-3'"),
               "\"result\":{}");
    assert_has(say("4", "resources/unsubscribe", "'uri':'planner://items/AUTH-3'"),
               "\"result\":{}");
    assert_has(say("5", "resources/subscribe", "'uri':'file:///x'"),
               "\"error\":{\"code\":-32002,\"message\":\"there is no such resource; see "
               "resources/list\",\"data\":{\"uri\":\"file:///x\"}}");
    assert_has(say("6", "resources/subscribe", "'uri':7"), "\"code\":-32602");
    assert_has(say("7", "resources/subscribe", MODERN ",'uri':'planner://projects'"),
               "\"code\":-32601");
}

static void listen__cannot_be_part_of_a_batch(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-03-26");
    assert_has(fake_client_say(&client, "[{'jsonrpc':'2.0','id':1,'method':'subscriptions/listen',"
                                        "'params':{'notifications':{}," MODERN "}}]"),
               "\"code\":-32600");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listen__acknowledges_what_it_will_tell_first),
        TEST(listen__to_nothing_is_acknowledged_as_nothing),
        TEST(listen__refuses_a_malformed_filter),
        TEST(listen__needs_an_id_of_its_own),
        TEST(listen__has_a_limit_of_streams),
        TEST(listen__has_a_limit_of_resources),
        TEST(listen__ends_with_a_result),
        TEST(listen__taken_back_is_not_answered),
        TEST(subscribe__is_for_the_handshake_era_and_for_our_resources),
        TEST(listen__cannot_be_part_of_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
