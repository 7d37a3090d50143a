/* Eras, gates and the methods that are answered from memory. Frames are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

#define MODERN                                            \
    "'_meta':{'io.modelcontextprotocol/protocolVersion':" \
    "'2026-07-28','io.modelcontextprotocol/clientCapabilities':{}}"

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

/* A request with id 1; the whole answer. */
static const char *ask(const char *method, const char *params)
{
    const char *answer = fake_client_say(
        &client, arena_printf(&client.arena, "{'jsonrpc':'2.0','id':1,'method':'%s','params':{%s}}",
                              method, params));

    assert_non_null(answer);
    return answer;
}

static void assert_code(const char *answer, int code)
{
    assert_non_null(strstr(answer, arena_printf(&client.arena, "\"error\":{\"code\":%d,", code)));
    assert_non_null(strstr(answer, "\"id\":1"));
}

static void assert_has(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        fail_msg("%s is not in %s", part, answer);
}

static void before_initialize__only_ping_is_served(void **state)
{
    (void)state;
    assert_string_equal(ask("ping", ""), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assert_code(ask("tools/list", ""), -32602);
    assert_code(ask("tools/call", "'name':'echo'"), -32602);
    assert_code(ask("no/such", ""), -32602);
}

static void initialize__echoes_a_supported_version(void **state)
{
    static const char *const versions[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(versions); i++) {
        const char *answer =
            ask("initialize", arena_printf(&client.arena, "'protocolVersion':'%s'", versions[i]));
        assert_has(answer, arena_printf(&client.arena, "\"protocolVersion\":\"%s\"", versions[i]));
        assert_has(answer, "\"logging\":{},\"prompts\":{},\"resources\":{\"subscribe\":true,"
                           "\"listChanged\":true},\"tools\":{}}");
        assert_int_equal(strstr(answer, "\"completions\":{}") != NULL, i > 0);
    }
}

static void initialize__answers_the_latest_handshake_version_otherwise(void **state)
{
    (void)state;
    assert_has(ask("initialize", "'protocolVersion':'2026-07-28'"),
               "\"protocolVersion\":\"2025-11-25\"");
    assert_has(ask("initialize", "'protocolVersion':'1999-01-01'"),
               "\"protocolVersion\":\"2025-11-25\"");
}

static void initialize__needs_a_version(void **state)
{
    (void)state;
    assert_code(ask("initialize", ""), -32602);
    assert_code(ask("initialize", "'protocolVersion':7"), -32602);
    assert_code(ask("tools/list", ""), -32602);
}

static void initialize__has_short_instructions(void **state)
{
    const char *answer = ask("initialize", "'protocolVersion':'2025-11-25'");
    const char *from = strstr(answer, "\"instructions\":\"");
    const char *to = NULL;

    (void)state;
    assert_non_null(from);
    from += strlen("\"instructions\":\"");
    to = strchr(from, '"');
    assert_in_range(to - from, 200, 599);
}

static void after_initialize__an_unknown_method_is_not_found(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_code(ask("no/such", ""), -32601);
    assert_has(ask("ping", ""), "\"result\":{}");
}

static void discover__answers_without_initialize(void **state)
{
    const char *answer = ask("server/discover", MODERN);

    (void)state;
    assert_has(answer, "\"supportedVersions\":[\"2026-07-28\",\"2025-11-25\"");
    assert_has(answer, "\"resultType\":\"complete\"");
    assert_has(answer, "\"cacheScope\":\"public\"");
    assert_has(answer, "\"ttlMs\":");
    assert_has(answer, "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":");
}

static void modern__needs_both_fields(void **state)
{
    (void)state;
    assert_code(ask("server/discover", ""), -32602);
    assert_code(ask("subscriptions/listen", ""), -32602);
    assert_code(ask("tools/list", "'_meta':{'io.modelcontextprotocol/clientCapabilities':{}}"),
                -32602);
    assert_code(
        ask("tools/list", "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28'}"),
        -32602);
    assert_code(ask("tools/list", "'_meta':{'io.modelcontextprotocol/protocolVersion':7,"
                                  "'io.modelcontextprotocol/clientCapabilities':{}}"),
                -32602);
}

static void modern__missing_field_is_not_forgiven_after_initialize(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_code(ask("tools/list", "'_meta':{'io.modelcontextprotocol/clientCapabilities':{}}"),
                -32602);
}

static void modern__refuses_other_versions_with_the_list(void **state)
{
    const char *answer = ask("tools/list", "'_meta':{'io.modelcontextprotocol/protocolVersion':"
                                           "'1900-01-01',"
                                           "'io.modelcontextprotocol/clientCapabilities':{}}");

    (void)state;
    assert_code(answer, -32022);
    assert_has(answer, "\"supported\":[\"2026-07-28\",");
    assert_has(answer, "\"requested\":\"1900-01-01\"");
}

static void modern__knows_no_handshake_methods(void **state)
{
    static const char *const gone[] = {"initialize", "ping", "logging/setLevel",
                                       "resources/subscribe", "no/such"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(gone); i++)
        assert_code(ask(gone[i], MODERN ",'protocolVersion':'2025-11-25'"), -32601);
    assert_code(ask("tools/list", ""), -32602); /* the tagged initialize has begun nothing */
}

static void tools_list__is_modern_or_plain_as_asked(void **state)
{
    const char *modern = ask("tools/list", MODERN);

    (void)state;
    assert_has(modern, "\"tools\":[{\"name\":\"echo\"");
    assert_has(modern, "\"resultType\":\"complete\"");
    assert_has(modern, "\"cacheScope\":\"public\"");
    fake_client_initialize(&client, "2025-11-25");
    assert_null(strstr(ask("tools/list", ""), "resultType"));
    assert_has(ask("tools/list", MODERN), "resultType");
}

static void tools_list__has_one_page(void **state)
{
    (void)state;
    assert_code(ask("tools/list", MODERN ",'cursor':'x'"), -32602);
}

static void nul__is_refused_outside_of_tools(void **state)
{
    (void)state;
    fake_client_initialize(&client, "2025-11-25");
    assert_code(ask("tools/list", "'cursor':'a\\u0000'"), -32602);
}

static void notification__is_never_answered(void **state)
{
    (void)state;
    assert_null(fake_client_say(&client, "{'jsonrpc':'2.0','method':'tools/list'}"));
    assert_null(fake_client_say(&client, "{'jsonrpc':'2.0','method':'notifications/what'}"));
    assert_null(fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':[1]}"));
    assert_null(fake_client_say(
        &client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':9}}"));
}

static void response__to_nothing_of_ours_is_ignored(void **state)
{
    (void)state;
    assert_null(fake_client_say(&client, "{'jsonrpc':'2.0','id':'planner-1','result':{}}"));
    assert_null(fake_client_say(&client, "{'jsonrpc':'2.0','error':{'code':1,'message':'x'}}"));
}

static void frame_too_long__names_the_limit(void **state)
{
    (void)state;
    mcp_refuse_frame(client.mcp, (struct span){0}, 4194304);
    assert_has(client.frames[0], "\"code\":-32600");
    assert_has(client.frames[0], "4194304");
    assert_null(strstr(client.frames[0], "\"id\""));

    mcp_refuse_frame(client.mcp, (struct span){"\"x\"", 3}, 4194304);
    assert_has(client.frames[1], "\"id\":\"x\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_initialize__only_ping_is_served),
        TEST(initialize__echoes_a_supported_version),
        TEST(initialize__answers_the_latest_handshake_version_otherwise),
        TEST(initialize__needs_a_version),
        TEST(initialize__has_short_instructions),
        TEST(after_initialize__an_unknown_method_is_not_found),
        TEST(discover__answers_without_initialize),
        TEST(modern__needs_both_fields),
        TEST(modern__missing_field_is_not_forgiven_after_initialize),
        TEST(modern__refuses_other_versions_with_the_list),
        TEST(modern__knows_no_handshake_methods),
        TEST(tools_list__is_modern_or_plain_as_asked),
        TEST(tools_list__has_one_page),
        TEST(nul__is_refused_outside_of_tools),
        TEST(notification__is_never_answered),
        TEST(response__to_nothing_of_ours_is_ignored),
        TEST(frame_too_long__names_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
