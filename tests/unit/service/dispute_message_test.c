/* What a person reads before deciding: both versions, the reasons, where they differ, what is cut.
 */
#include "service_helper.h"

#include "planner/base/json.h"
#include "planner/service/dispute.h"

static struct dispute_question question_about(const char *server, const char *client)
{
    return (struct dispute_question){
        .key = "AUTH-3",
        .title = "Verify e-mail addresses",
        .project = "AUTH",
        .project_name = "Authentication",
        .task = "AUTH-1",
        .task_title = "Registration",
        .server_content = server,
        .server_agent = "agent-s",
        .client_content = client,
        .client_agent = "agent-c",
        .rounds = SOME_INT(3),
    };
}

static void assert_says(struct req *rq, const struct dispute_question *q, const char *part)
{
    const char *message = dispute_message(rq, q);

    if (strstr(message, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, message);
}

static void assert_differs(struct req *rq, const char *server, const char *client,
                           const char *where)
{
    const struct dispute_question q = question_about(server, client);

    assert_says(rq, &q, arena_printf(rq->arena, "WHERE THEY DIFFER: %s\n", where));
}

static void message__tells_context_versions_and_reasons(void **state)
{
    struct req *rq = *state;
    struct dispute_question q = question_about("send a mail", "ask an API");

    q.objective = "Nobody signs up twice";
    q.server_reasoning = "mails are cheap";
    q.client_reasoning = "mails are slow";
    q.feedback = "too slow";

    assert_says(rq, &q, "Project AUTH: Authentication\n");
    assert_says(rq, &q, "Task AUTH-1: Registration\n");
    assert_says(rq, &q, "Objective:\nNobody signs up twice\n");
    assert_says(rq, &q, "Step AUTH-3: Verify e-mail addresses\n");
    assert_says(rq, &q, "After 3 rounds");
    assert_says(rq, &q, "SERVER VERSION (agent-s)\nsend a mail\n");
    assert_says(rq, &q, "Server's reasoning:\nmails are cheap\n");
    assert_says(rq, &q, "CLIENT VERSION (agent-c)\nask an API\n");
    assert_says(rq, &q, "Client's feedback:\ntoo slow\n");
    assert_says(rq, &q, "Client's reasoning:\nmails are slow\n");
}

static void message__leaves_out_what_there_is_not(void **state)
{
    struct req *rq = *state;
    const struct dispute_question q = question_about("send a mail", NULL);
    const char *message = dispute_message(rq, &q);

    assert_non_null(strstr(message, "CLIENT (agent-c) gave no version of its own"));
    assert_null(strstr(message, "Objective"));
    assert_null(strstr(message, "reasoning"));
    assert_null(strstr(message, "feedback"));
    assert_null(strstr(message, "DIFFER"));
}

static void difference__is_the_lines_between_equal_beginnings_and_ends(void **state)
{
    struct req *rq = *state;

    assert_differs(rq, "a\nb\nc", "a\nX\nc", "server in line 2; client in line 2");
    assert_differs(rq, "a\nb\nc\nd", "a\nX\nY\nZ\nd",
                   "server in lines 2 to 3; client in lines 2 to 4");
    assert_differs(rq, "a\nb", "X\nY", "server in lines 1 to 2; client in lines 1 to 2");
    assert_differs(rq, "a\nc", "a\nb\nc", "server has nothing there; client in line 2");
    assert_differs(rq, "a\nb\nc", "a\nc", "server in line 2; client has nothing there");
    assert_differs(rq, "a", "a\nb", "server has nothing there; client in line 2");
    assert_differs(rq, "a\na", "a\na\na", "server has nothing there; client in line 3");
}

static void message__cuts_long_versions_and_says_so(void **state)
{
    struct req *rq = *state;
    struct buf text = BUF_IN(rq->arena);
    struct dispute_question q;
    struct json_out out = JSON_OUT_IN(rq->arena);
    struct json_fault fault;
    const char *message = NULL;

    for (int i = 0; i < 50000; i++)
        buf_text(&text, "\xE2\x82\xAC");
    q = question_about(buf_str(&text), buf_str(&text));
    q.objective = q.feedback = q.server_reasoning = q.client_reasoning = buf_str(&text);
    message = dispute_message(rq, &q);
    json_str(&out, message);

    assert_non_null(strstr(message, "(12000 of 150000 bytes shown)"));
    assert_non_null(strstr(message, "(600 of 150000 bytes shown)"));
    assert_non_null(strstr(message, "(1998 of 150000 bytes shown)"));
    assert_true(strlen(message) < 40000);
    assert_true(json_check(json_text(&out), out.buf.len, &fault));
}

static void message__does_not_cut_what_fits(void **state)
{
    struct req *rq = *state;
    char *text = arena_alloc(rq->arena, 12001);
    struct dispute_question q;

    memset(text, 'x', 12000);
    q = question_about(text, "short");

    assert_null(strstr(dispute_message(rq, &q), "bytes shown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(message__tells_context_versions_and_reasons),
        RULE_TEST(message__leaves_out_what_there_is_not),
        RULE_TEST(difference__is_the_lines_between_equal_beginnings_and_ends),
        RULE_TEST(message__cuts_long_versions_and_says_so),
        RULE_TEST(message__does_not_cut_what_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
