/* Calls that wait: in their order, counted, and gone when they are taken back. ' stands for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

static struct fake_client client;

static int set_up(void **state)
{
    (void)state;
    fake_client_open(&client);
    fake_client_initialize(&client, "2025-06-18");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_client_close(&client);
    return 0;
}

static void queue_call(int id)
{
    fake_client_tell(&client, arena_printf(&client.arena,
                                           "{'jsonrpc':'2.0','id':%d,'method':'tools/call',"
                                           "'params':{'name':'echo','arguments':{}}}",
                                           id));
}

static void take_back(int id)
{
    fake_client_tell(&client, arena_printf(&client.arena,
                                           "{'jsonrpc':'2.0','method':'notifications/cancelled',"
                                           "'params':{'requestId':%d}}",
                                           id));
}

/* Run everything; the ids of the answers, a digit each. */
static const char *run_all(void)
{
    static char ids[FAKE_FRAMES_MAX + 1];
    const char *at = NULL;

    client.n = 0;
    while (mcp_step(client.mcp))
        continue;
    for (size_t i = 0; i < client.n; i++) {
        at = strstr(client.frames[i], "\"id\":");
        ids[i] = at == NULL ? '?' : at[5];
    }
    ids[client.n] = '\0';
    return ids;
}

static void queue__keeps_its_order_whatever_is_taken_back(void **state)
{
    static const struct {
        int gone;
        const char *left;
    } cases[] = {{1, "234"}, {2, "134"}, {3, "124"}, {9, "1234"}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        for (int id = 1; id <= 3; id++)
            queue_call(id);
        take_back(cases[i].gone);
        queue_call(4);
        assert_string_equal(run_all(), cases[i].left);
    }
}

static void queue__can_be_emptied_by_taking_back(void **state)
{
    (void)state;
    queue_call(1);
    take_back(1);
    assert_int_equal(mcp_queued(client.mcp), 0);
    assert_string_equal(run_all(), "");
    queue_call(2);
    assert_string_equal(run_all(), "2");
}

/* What stops the loop from reading on has to be what the calls take, not what they say. */
static void queue__counts_what_calls_take(void **state)
{
    size_t one = 0;

    (void)state;
    queue_call(1);
    one = mcp_queued(client.mcp);
    queue_call(2);

    assert_in_range(one, 200, 2000);
    assert_int_equal(mcp_queued(client.mcp), 2 * one);
    (void)run_all();
    assert_int_equal(mcp_queued(client.mcp), 0);
}

/* Answers to a batch that waits for one of its calls are memory like any other. */
static void queue__counts_what_batches_have_collected(void **state)
{
    size_t before = 0;

    (void)state;
    fake_client_initialize(&client, "2025-03-26");
    queue_call(1);
    before = mcp_queued(client.mcp);
    (void)run_all();
    fake_client_tell(&client,
                     "[{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'echo',"
                     "'arguments':{}}},{'jsonrpc':'2.0','id':2,'method':'tools/list'}]");

    assert_in_range(mcp_queued(client.mcp), before + 100, before + 2000);
    (void)run_all();
    assert_int_equal(mcp_queued(client.mcp), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(queue__keeps_its_order_whatever_is_taken_back),
        TEST(queue__can_be_emptied_by_taking_back),
        TEST(queue__counts_what_calls_take),
        TEST(queue__counts_what_batches_have_collected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
