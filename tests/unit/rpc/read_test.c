/* The envelope: kinds, ids byte for byte, and what is refused with which code. Frames are written
 * with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/rpc/rpc.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static struct rpc_frame read_frame(const char *text)
{
    struct rpc_frame frame;
    char *bytes = arena_strdup(&arena, text);

    for (char *p = bytes; *p != '\0'; p++) {
        if (*p == '\'')
            *p = '"';
    }
    rpc_read(&arena, bytes, strlen(bytes), &frame);
    return frame;
}

static struct rpc_message read_one(const char *text)
{
    const struct rpc_frame frame = read_frame(text);

    assert_false(frame.batch);
    assert_int_equal(frame.n, 1);
    return frame.messages[0];
}

static void assert_span(struct span span, const char *text)
{
    assert_non_null(span.ptr);
    assert_string_equal(arena_copy(&arena, span.ptr, span.len), text);
}

static void assert_refused(const char *text, enum rpc_code code)
{
    const struct rpc_message message = read_one(text);

    assert_int_equal(message.kind, RPC_INVALID);
    assert_int_equal(message.code, code);
    assert_non_null(message.problem);
}

static void rpc_read__keeps_ids_byte_for_byte(void **state)
{
    static const char *const ids[] = {
        "0",    "-1",      "9007199254740993", "123456789012345678901234567890",
        "\"\"", "\"a b\"", "\"\\u00e9\\n\""};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ids); i++) {
        const struct rpc_message message =
            read_one(arena_printf(&arena, "{'jsonrpc':'2.0','id':%s,'method':'ping'}", ids[i]));
        assert_int_equal(message.kind, RPC_REQUEST);
        assert_span(message.id, ids[i]);
    }
}

static void rpc_read__refuses_other_ids_without_echo(void **state)
{
    static const char *const ids[] = {"null", "1.5", "1.0", "1e3", "true", "{}", "[1]"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ids); i++) {
        const char *text =
            arena_printf(&arena, "{'jsonrpc':'2.0','id':%s,'method':'ping'}", ids[i]);
        assert_refused(text, RPC_INVALID_REQUEST);
        assert_null(read_one(text).id.ptr);
    }
}

static void rpc_read__tells_a_notification_by_its_missing_id(void **state)
{
    const struct rpc_message message =
        read_one("{'jsonrpc':'2.0','method':'notifications/initialized'}");

    (void)state;
    assert_int_equal(message.kind, RPC_NOTIFICATION);
    assert_string_equal(message.method, "notifications/initialized");
}

static void rpc_read__tells_a_response_by_its_result_or_error(void **state)
{
    const struct rpc_message result = read_one("{'jsonrpc':'2.0','id':'p-1','result':{'a':1}}");
    const struct rpc_message error = read_one("{'jsonrpc':'2.0','id':'p-1','error':{'code':1}}");
    const struct rpc_message stray = read_one("{'jsonrpc':'2.0','id':null,'error':{'code':1}}");

    (void)state;
    assert_int_equal(result.kind, RPC_RESPONSE);
    assert_false(result.is_error);
    assert_span(result.result, "{\"a\":1}");
    assert_int_equal(error.kind, RPC_RESPONSE);
    assert_true(error.is_error);
    assert_int_equal(stray.kind, RPC_RESPONSE);
    assert_null(stray.id.ptr);
}

static void rpc_read__refuses_what_is_no_message(void **state)
{
    (void)state;
    assert_refused("1", RPC_INVALID_REQUEST);
    assert_refused("'text'", RPC_INVALID_REQUEST);
    assert_refused("{}", RPC_INVALID_REQUEST);
    assert_refused("{'id':1,'method':'ping'}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'1.0','id':1,'method':'ping'}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':2.0,'id':1,'method':'ping'}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'2.0','id':1}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'2.0','id':1,'method':7}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'2.0','id':1,'method':'ping','params':[1]}", RPC_INVALID_PARAMS);
    assert_refused("{'jsonrpc':'2.0','id':1,'method':'ping','params':null}", RPC_INVALID_PARAMS);
}

static void rpc_read__echoes_a_readable_id_when_the_rest_is_wrong(void **state)
{
    (void)state;
    assert_span(read_one("{'jsonrpc':'1.0','id':7,'method':'ping'}").id, "7");
    assert_span(read_one("{'jsonrpc':'2.0','id':7}").id, "7");
}

static void rpc_read__refuses_a_member_given_twice(void **state)
{
    (void)state;
    assert_refused("{'jsonrpc':'2.0','id':1,'id':2,'method':'ping'}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'2.0','id':1,'\\u0069d':2,'method':'ping'}", RPC_INVALID_REQUEST);
    assert_refused("{'jsonrpc':'2.0','id':1,'method':'a','method':'b'}", RPC_INVALID_REQUEST);
    assert_null(read_one("{'jsonrpc':'2.0','id':1,'id':2,'method':'ping'}").id.ptr);
    assert_span(read_one("{'jsonrpc':'2.0','id':1,'method':'a','method':'b'}").id, "1");
}

static void rpc_read__knows_members_by_their_exact_case(void **state)
{
    (void)state;
    assert_refused("{'jsonrpc':'2.0','id':1,'Method':'ping'}", RPC_INVALID_REQUEST);
}

static void rpc_read__refuses_bytes_that_are_no_json(void **state)
{
    (void)state;
    assert_refused("{'jsonrpc':", RPC_PARSE_ERROR);
    assert_refused("{} {}", RPC_PARSE_ERROR);
    assert_refused("{'id':01}", RPC_PARSE_ERROR);
    assert_refused("{'a':'\xc0\xaf'}", RPC_PARSE_ERROR);
}

static void rpc_read__refuses_deep_nesting_as_a_limit(void **state)
{
    char text[200];

    (void)state;
    memset(text, '[', 100);
    memset(text + 100, ']', 99);
    text[199] = '\0';
    assert_refused(text, RPC_INVALID_REQUEST);
    assert_null(read_one(text).id.ptr);
    text[0] = ' ';
    text[99] = '0';
    text[198] = '\0';
    assert_span(read_one(arena_printf(&arena, "{'params':%s,'id':7}", text)).id, "7");
}

static const char *unfit_of(const char *params)
{
    const struct rpc_message message =
        read_one(arena_printf(&arena, "{'jsonrpc':'2.0','id':1,'method':'x','params':%s}", params));

    assert_int_equal(message.kind, RPC_REQUEST);
    return message.unfit;
}

static void rpc_read__says_what_makes_params_unfit(void **state)
{
    (void)state;
    assert_string_equal(unfit_of("{'title':'a\\u0000b'}"),
                        "'title' must not contain the character U+0000");
    assert_string_equal(unfit_of("{'ti\\u0000':'a'}"),
                        "the name of a member must not contain the character U+0000");
    assert_string_equal(unfit_of("{'a':{'title':'\\ud83d'}}"),
                        "'title' must not contain half of a surrogate pair");
    assert_string_equal(unfit_of("{'title':'a','t\\u0069tle':'b'}"), "'title' is given twice");
    assert_null(unfit_of("{'title':'a\\\\u0000b'}"));
}

static void rpc_read__quotes_a_long_name_in_part(void **state)
{
    struct buf params = BUF_IN(&arena);
    const char *unfit = NULL;

    (void)state;
    buf_text(&params, "{'a");
    for (int i = 0; i < 100; i++)
        buf_text(&params, "\xC3\xA9");
    buf_text(&params, "':'\\u0000'}");
    unfit = unfit_of(buf_str(&params));

    assert_int_equal(strlen(unfit), 63 + strlen("'...' must not contain the character U+0000"));
    assert_non_null(strstr(unfit, "\xC3\xA9...'"));
}

static void rpc_read__looks_at_params_and_result_only(void **state)
{
    const struct rpc_message id = read_one(
        "{'jsonrpc':'2.0','id':'\\u0000\\ud800','method':'x','params':{'a':1},'more':'\\u0000'}");
    const struct rpc_message result = read_one("{'jsonrpc':'2.0','id':1,'result':{'a':'\\u0000'}}");

    (void)state;
    assert_int_equal(id.kind, RPC_REQUEST);
    assert_span(id.id, "\"\\u0000\\ud800\"");
    assert_null(id.unfit);
    assert_non_null(result.unfit);
}

static void rpc_read__knows_no_method_with_an_unfit_name(void **state)
{
    (void)state;
    assert_refused("{'jsonrpc':'2.0','id':1,'method':'ping\\u0000x'}", RPC_METHOD_NOT_FOUND);
    assert_refused("{'jsonrpc':'2.0','id':1,'method':'ping\\ud800'}", RPC_METHOD_NOT_FOUND);
    assert_string_equal(read_one("{'jsonrpc':'2.0','id':1,'method':'p\\u0069ng'}").method, "ping");
}

static void rpc_read__answers_no_notification(void **state)
{
    static const char *const texts[] = {
        "{'jsonrpc':'2.0','method':'a\\u0000'}",
        "{'jsonrpc':'2.0','method':'a','params':[1]}",
        "{'jsonrpc':'2.0','method':'a','params':null}",
        "{'jsonrpc':'2.0','method':'a','params':{'x':'\\ud800','x':1}}",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        assert_int_equal(read_one(texts[i]).kind, RPC_NOTIFICATION);
}

static void rpc_read__answers_no_response(void **state)
{
    const struct rpc_message twice =
        read_one("{'jsonrpc':'2.0','id':1,'result':{'a':1},'result':{'a':2}}");

    (void)state;
    assert_int_equal(twice.kind, RPC_RESPONSE);
    assert_true(twice.is_error);
    assert_int_equal(read_one("{'id':1,'id':2,'result':{}}").kind, RPC_RESPONSE);
    assert_null(read_one("{'id':1,'id':2,'result':{}}").id.ptr);
}

static const char *with_id(size_t len, char open)
{
    char *id = arena_alloc(&arena, len + 1);

    memset(id, '1', len);
    id[0] = open;
    id[len - 1] = open;
    id[len] = '\0';
    return arena_printf(&arena, "{'jsonrpc':'2.0','id':%s,'method':'ping'}", id);
}

static void rpc_read__limits_the_id(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char open = i == 0 ? '\'' : '1';
        assert_int_equal(read_one(with_id(RPC_ID_MAX - 1, open)).kind, RPC_REQUEST);
        assert_int_equal(read_one(with_id(RPC_ID_MAX, open)).kind, RPC_REQUEST);
        assert_int_equal(read_one(with_id(RPC_ID_MAX, open)).id.len, RPC_ID_MAX);
        assert_refused(with_id(RPC_ID_MAX + 1, open), RPC_INVALID_REQUEST);
        assert_null(read_one(with_id(RPC_ID_MAX + 1, open)).id.ptr);
    }
}

static void rpc_read__reads_each_element_of_a_batch(void **state)
{
    const struct rpc_frame frame =
        read_frame(" [{'jsonrpc':'2.0','id':1,'method':'a','params':{'t':'\\u0000'}}, 5 ,"
                   "{'jsonrpc':'2.0','method':'b'}]");

    (void)state;
    assert_true(frame.batch);
    assert_int_equal(frame.n, 3);
    assert_int_equal(frame.messages[0].kind, RPC_REQUEST);
    assert_non_null(frame.messages[0].unfit);
    assert_int_equal(frame.messages[1].kind, RPC_INVALID);
    assert_int_equal(frame.messages[2].kind, RPC_NOTIFICATION);
    assert_null(frame.messages[2].unfit);
}

static void rpc_read__reads_an_empty_batch(void **state)
{
    const struct rpc_frame frame = read_frame("[ ]");

    (void)state;
    assert_true(frame.batch);
    assert_int_equal(frame.n, 0);
}

/* `before`, then n elements, then `after`. */
static const char *with_elements(const char *before, size_t n, const char *after)
{
    struct buf text = BUF_IN(&arena);

    buf_text(&text, before);
    for (size_t i = 0; i < n; i++)
        buf_text(&text, i == 0 ? "1" : ",1");
    buf_text(&text, after);
    return buf_str(&text);
}

static void rpc_read__limits_the_messages_of_a_batch(void **state)
{
    (void)state;
    assert_int_equal(read_frame(with_elements("[", RPC_BATCH_MAX, "]")).n, RPC_BATCH_MAX);
    assert_refused(with_elements("[", RPC_BATCH_MAX + 1, "]"), RPC_INVALID_REQUEST);
}

static void rpc_read__limits_the_values_of_a_message(void **state)
{
    static const char before[] = "{'jsonrpc':'2.0','id':1,'method':'x','params':{'a':[";

    (void)state;
    assert_int_equal(read_one(with_elements(before, RPC_VALUES_MAX - 2, "]}}")).kind, RPC_REQUEST);
    assert_refused(with_elements(before, RPC_VALUES_MAX, "]}}"), RPC_INVALID_PARAMS);
}

static void rpc_read__counts_no_commas_in_texts(void **state)
{
    struct buf text = BUF_IN(&arena);

    (void)state;
    buf_text(&text, "{'jsonrpc':'2.0','id':1,'method':'x','params':{'a':'\\\\");
    for (size_t i = 0; i < RPC_VALUES_MAX + 10; i++)
        buf_text(&text, ",");
    buf_text(&text, "'}}");
    assert_int_equal(read_one(buf_str(&text)).kind, RPC_REQUEST);
}

static bool same(const char *a, const char *b)
{
    return rpc_id_same((struct span){a, strlen(a)}, (struct span){b, strlen(b)});
}

static void rpc_id_same__compares_strings_unescaped_and_numbers_raw(void **state)
{
    (void)state;
    assert_true(same("1", "1"));
    assert_true(same("\"a\"", "\"\\u0061\""));
    assert_false(same("1", "\"1\""));
    assert_false(same("9007199254740993", "9007199254740992"));
    assert_false(rpc_id_same((struct span){0}, (struct span){0}));
}

static void rpc_error__leaves_an_unreadable_id_out(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    rpc_error(&out, (struct span){0}, RPC_PARSE_ERROR, "no", NULL);
    assert_string_equal(json_text(&out),
                        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"no\"}}");
}

static void rpc_result__carries_the_raw_id(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    rpc_result_begin(&out, (struct span){"9007199254740993", 16});
    json_raw(&out, "{}", 2);
    rpc_end(&out);
    assert_string_equal(json_text(&out),
                        "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"result\":{}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpc_read__keeps_ids_byte_for_byte),
        cmocka_unit_test(rpc_read__refuses_other_ids_without_echo),
        cmocka_unit_test(rpc_read__tells_a_notification_by_its_missing_id),
        cmocka_unit_test(rpc_read__tells_a_response_by_its_result_or_error),
        cmocka_unit_test(rpc_read__refuses_what_is_no_message),
        cmocka_unit_test(rpc_read__echoes_a_readable_id_when_the_rest_is_wrong),
        cmocka_unit_test(rpc_read__refuses_a_member_given_twice),
        cmocka_unit_test(rpc_read__knows_members_by_their_exact_case),
        cmocka_unit_test(rpc_read__refuses_bytes_that_are_no_json),
        cmocka_unit_test(rpc_read__refuses_deep_nesting_as_a_limit),
        cmocka_unit_test(rpc_read__says_what_makes_params_unfit),
        cmocka_unit_test(rpc_read__quotes_a_long_name_in_part),
        cmocka_unit_test(rpc_read__looks_at_params_and_result_only),
        cmocka_unit_test(rpc_read__knows_no_method_with_an_unfit_name),
        cmocka_unit_test(rpc_read__answers_no_notification),
        cmocka_unit_test(rpc_read__answers_no_response),
        cmocka_unit_test(rpc_read__limits_the_id),
        cmocka_unit_test(rpc_read__reads_each_element_of_a_batch),
        cmocka_unit_test(rpc_read__reads_an_empty_batch),
        cmocka_unit_test(rpc_read__limits_the_messages_of_a_batch),
        cmocka_unit_test(rpc_read__limits_the_values_of_a_message),
        cmocka_unit_test(rpc_read__counts_no_commas_in_texts),
        cmocka_unit_test(rpc_id_same__compares_strings_unescaped_and_numbers_raw),
        cmocka_unit_test(rpc_error__leaves_an_unreadable_id_out),
        cmocka_unit_test(rpc_result__carries_the_raw_id),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
