/* The id of what passes by unread. Messages are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/rpc/rpc.h"

/* The id found in `text`, given in pieces of n bytes, "" when there is none. */
static const char *glance_in_pieces(const char *text, size_t n)
{
    static struct rpc_glance glance;
    static char id[RPC_ID_MAX + 1];
    struct span found = {0};

    rpc_glance_begin(&glance);
    for (size_t len = strlen(text); len > 0;) {
        char bytes[4096];
        const size_t part = len < n ? len : n;
        for (size_t i = 0; i < part; i++)
            bytes[i] = (char)(text[i] == '\'' ? '"' : text[i]);
        rpc_glance_feed(&glance, bytes, part);
        text += part;
        len -= part;
    }
    found = rpc_glance_id(&glance);
    memcpy(id, found.len > 0 ? found.ptr : "", found.len);
    id[found.len] = '\0';
    return id;
}

static void assert_id(const char *text, const char *id)
{
    for (size_t n = 1; n < 20; n += 6)
        assert_string_equal(glance_in_pieces(text, n), id);
}

static void glance__finds_the_id_wherever_it_stands(void **state)
{
    (void)state;
    assert_id("{'id':7}", "7");
    assert_id("{'jsonrpc':'2.0','id':7,'method':'x','params':{'a':[1,2,{}]}}", "7");
    assert_id("{'method':'x','params':{'a':[1,2,{'b':'}'}]},'jsonrpc':'2.0','id':-12}", "-12");
    assert_id(" { 'id' : 'a b' , 'params' : { } } \r", "\"a b\"");
    assert_id("{'params':{'a':'\\\\'},'id':'\\'x\\\\'}", "\"\\\"x\\\\\"");
}

static void glance__is_not_taken_in_by_other_ids(void **state)
{
    (void)state;
    assert_id("{'params':{'id':1},'x':['id',2],'y':'id','z':',\\'id\\':3'}", "");
    assert_id("{'params':{'id':1},'id':2}", "2");
    assert_id("{'idx':1,'di':2,'i':3}", "");
}

static void glance__finds_none_where_it_cannot_be_sure(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{'id':1",
        "{'id':1}}",
        "{'id':1} {'id':2}",
        "[{'id':1}]",
        "x{'id':1}",
        "{'id':1,'id':2}",
        "{'i\\u0064':1}",
        "{'id':1,'i\\u0064':2}",
        "{'id':}",
        "{'id':null}",
        "{'id':1.5}",
        "{'id':{'a':1}}",
        "{'id':[1]}",
        "{'id':1 2'}",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        assert_id(texts[i], "");
}

static void glance__limits_the_id(void **state)
{
    char text[RPC_ID_MAX + 20] = "{'id':";

    (void)state;
    for (size_t n = RPC_ID_MAX - 1; n <= RPC_ID_MAX + 1; n++) {
        memset(text + 6, '1', n);
        memcpy(text + 6 + n, "}", 2);
        assert_int_equal(strlen(glance_in_pieces(text, 100)), n <= RPC_ID_MAX ? n : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glance__finds_the_id_wherever_it_stands),
        cmocka_unit_test(glance__is_not_taken_in_by_other_ids),
        cmocka_unit_test(glance__finds_none_where_it_cannot_be_sure),
        cmocka_unit_test(glance__limits_the_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
