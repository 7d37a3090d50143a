/* Reading every kind of resource, from a real database. */
#include "read_helper.h"

#include "planner/tools/tool.h"

/* AUTH-1 with AUTH-2 (a draft) and AUTH-3 (disputed). */
static void plan_all(struct req *rq)
{
    plan_usual(rq);
    (void)plan_disputed(rq, "AUTH", "AUTH-1");
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in: %s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("'%s' is in: %s", part, text);
}

/* A value for each variable, as its kind of completion would propose one. */
static const char *value_of(struct harness *h, const struct resource_variable *v, int round)
{
    static const char *const items[] = {"AUTH-1", "AUTH-2"};

    if (v->completes == COMPLETE_PROJECT)
        return "AUTH";
    if (v->completes == COMPLETE_ITEM)
        return items[round % 2];
    if (v->completes == COMPLETE_DISPUTE)
        return harness_sql(h, "SELECT id FROM planner.disputes");
    return v->choices == NULL ? NULL : v->choices[round % 2];
}

/* {name} and {?a,b}; what has no value is left out (RFC 6570, 3.2.1). */
static const char *expand(struct harness *h, const struct resource_template *t, int round)
{
    struct buf out = BUF_IN(h->rq.arena);
    const char *rest = strchr(t->uri_template, '{');
    char before = '?';

    buf_add(&out, t->uri_template, (size_t)(rest - t->uri_template));
    for (const struct resource_variable *v = t->variables; v->name != NULL; v++) {
        const char *value = value_of(h, v, round);
        const bool in_query = v->completes == COMPLETE_NONE;
        if (in_query && value != NULL)
            buf_printf(&out, "%c%s=%s", before, v->name, value);
        if (in_query)
            before = '&';
        else
            buf_printf(&out, "%s%.*s", value, (int)strcspn(strchr(rest, '}') + 1, "{"),
                       strchr(rest, '}') + 1);
    }
    return buf_str(&out);
}

static void every_template__expands_to_something_readable(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct resource_template *t = NULL;
    int n = 0;

    plan_all(rq);

    for (size_t i = 0; (t = resource_template_at(i)) != NULL; i++) {
        for (int round = 0; round < 2; round++, n++) {
            const char *uri = expand(h, t, round);
            const char *text = NULL;
            assert_null(strpbrk(uri, "{}"));
            text = read_text(rq, uri);
            assert_int_equal(text[0], strstr(uri, "format=json") != NULL ? '{' : '#');
        }
    }
    assert_int_equal(n, 24);
}

/* The same, but for the words that a tool adds for those who see no text. */
static void assert_same(struct req *rq, const char *uri, const char *tool, const char *arguments)
{
    struct tool_call call = {0};
    OWN_JSON tree = json_parse(arguments, strlen(arguments));
    OWN_JSON answer = NULL;

    call.arguments = tree;
    assert_ok(rq, tool_invoke(rq, tool_find(tool), &call));
    answer = json_parse(call.structured, strlen(call.structured));
    cJSON_DeleteItemFromObjectCaseSensitive(answer, "says");
    assert_true(cJSON_Compare(read_json(rq, uri), answer, true));
}

static void json__is_what_the_tools_answer(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_all(rq);

    assert_same(rq, "planner://projects?format=json", "list_projects", "{}");
    assert_same(rq, "planner://projects/AUTH?format=json", "get_item",
                "{\"item\":\"AUTH\",\"include\":[\"content\"]}");
    assert_same(rq, "planner://projects/AUTH/outline?format=json", "outline",
                "{\"item\":\"AUTH\"}");
    assert_same(rq, "planner://items/AUTH-3?format=json", "get_item",
                "{\"item\":\"AUTH-3\",\"include\":[\"content\",\"children\","
                "\"dependencies\",\"iterations\",\"evidence\",\"origin\"]}");
    assert_same(rq, "planner://items/AUTH-2/history?format=json", "history",
                "{\"item\":\"AUTH-2\"}");
}

/* A record that looks like markdown stays inside of its fence, however many pages it takes. */
static void item__tells_what_an_import_kept(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct buf whole = BUF_IN(rq->arena);
    const char *uri = "planner://items/AUTH-2";

    plan_all(rq);
    (void)harness_sql(h, "INSERT INTO planner.origins (project_id, item_id, program, source_id, "
                         "kind, record) SELECT project_id, id, 'backlog', 'item:TASK-1', 'task', "
                         "repeat('# é ``` no heading' || chr(10), 2500) FROM planner.items "
                         "WHERE number = 2");

    assert_has(read_headings(rq, read_text(rq, uri)), "## Where it came from\n");
    assert_has(read_text(rq, uri), "\nbacklog task `TASK-1`, as read ");
    do {
        const char *page = read_text(rq, uri);
        const char *part = strstr(read_fenced(rq, page), "# é");
        assert_has_not(read_headings(rq, page), "no heading");
        buf_text(&whole, part == NULL ? read_fenced(rq, page) : part);
        uri = read_next(rq, page);
    } while (uri != NULL);
    assert_has_not(read_headings(rq, read_text(rq, "planner://items/AUTH-1")), "came from");
    assert_in_range(whole.len, 2500 * strlen("# é ``` no heading\n") - 200, 2500 * 30);
}

static void each_read__is_one_statement(void **state)
{
    static const char *const uris[] = {
        "planner://projects",
        "planner://projects/AUTH",
        "planner://items/AUTH-2",
        "planner://disputes/AUTH-3",
        "planner://items/AUTH-2/history",
        "planner://projects/AUTH/outline",
    };
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct resource_page page;
    long before = 0;

    plan_all(rq);

    for (size_t i = 0; i < LENGTH_OF(uris); i++) {
        before = db_flushes(rq->db);
        (void)read_text(rq, uris[i]);
        assert_int_equal(db_flushes(rq->db) - before, 1);
    }
    before = db_flushes(rq->db);
    assert_ok(rq, resource_list(rq, NULL, &page));
    assert_int_equal(db_flushes(rq->db) - before, 1);
}

static void names__are_taken_in_every_form(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *step = NULL;
    const char *dispute = NULL;
    const char *project = NULL;

    plan_all(rq);
    step = plan_item(h, "AUTH-3", "id");
    project = plan_item(h, "AUTH", "id");
    dispute = harness_sql(h, "SELECT id FROM planner.disputes");

    assert_has(read_text(rq, "planner://items/auth-3"), "# AUTH-3 a step");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://items/%s", step)), "# AUTH-3 ");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://items/step%%3A%%2F%%2F%s", step)),
               "# AUTH-3 ");
    assert_has(read_text(rq, "planner://items/AUTH"), "# AUTH AUTH");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://projects/%s", project)),
               "# AUTH AUTH");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://projects/%s/outline", project)),
               "- AUTH-1 a task");
    assert_has(read_text(rq, "planner://items/AUTH/history"), "AUTH-3 reviewed by agent-a");
    assert_has(read_text(rq, "planner://disputes/AUTH-3"), "# Dispute about AUTH-3");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://disputes/%s", dispute)),
               "# Dispute about AUTH-3");
    assert_has(read_text(rq, arena_printf(rq->arena, "planner://disputes/%s", step)),
               "# Dispute about AUTH-3");
}

static void what_is_not_there__is_told_with_what_is(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct resource_contents contents;
    const char *id = NULL;

    plan_all(rq);
    id = plan_item(h, "AUTH-2", "id");

    assert_fails(rq, resource_read(rq, "planner://projects/NOPE", &contents), ST_NOT_FOUND,
                 "'project': there is no project NOPE");
    assert_fails(rq, resource_read(rq, "planner://projects/NOPE/outline", &contents), ST_NOT_FOUND,
                 "there is no project NOPE");
    assert_fails(rq, resource_read(rq, "planner://items/AUTH-9", &contents), ST_NOT_FOUND,
                 "the last item of AUTH is AUTH-3");
    assert_fails(rq, resource_read(rq, "planner://items/AUTH-9/history", &contents), ST_NOT_FOUND,
                 "the last item of AUTH is AUTH-3");
    assert_fails(rq, resource_read(rq, "planner://disputes/AUTH-2", &contents), ST_NOT_FOUND,
                 "'dispute': AUTH-2 has no dispute");
    assert_fails(rq,
                 resource_read(rq, arena_printf(rq->arena, "planner://projects/%s", id), &contents),
                 ST_NOT_FOUND, "is the step AUTH-2; read planner://items/AUTH-2");
    assert_fails(
        rq,
        resource_read(rq, arena_printf(rq->arena, "planner://projects/%s/outline", id), &contents),
        ST_NOT_FOUND, "is the step AUTH-2; read planner://items/AUTH-2");
}

static void cursor__that_a_resource_did_not_give_is_refused(void **state)
{
    static const char *const uris[] = {
        "planner://projects?cursor=x",       "planner://projects/AUTH/outline?cursor=x",
        "planner://items/AUTH-2?cursor=W10", "planner://items/AUTH-2/history?cursor=WyJhIl0",
        "planner://disputes/AUTH-3?cursor=",
    };
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_all(rq);

    for (size_t i = 0; i < LENGTH_OF(uris); i++) {
        struct resource_contents contents;
        assert_fails(rq, resource_read(rq, uris[i], &contents), ST_INVALID,
                     "'cursor' is none that this resource gave");
    }
}

static void project__tells_what_is_not_as_always(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args all = {
        .name = "All",
        .slug = "ALL",
        .description = "See.",
        .complexity_threshold = SOME_NUM(0.25),
        .max_iterations = SOME_INT(5),
        .sequential = SOME_BOOL(true),
        .require_review = SOME_BOOL(true),
        .separate_authors = SOME_BOOL(true),
        .human_only = SOME_BOOL(true),
        .require_evidence = SOME_BOOL(true),
        .workspace = "/srv/a`b",
    };
    static const char *const names[] = {"sequential:",
                                        "require_review:",
                                        "separate_authors:",
                                        "human_only:",
                                        "require_evidence:",
                                        "after 5 review rounds",
                                        "complexity_threshold: 0.25",
                                        "- workspace: `` /srv/a`b ``"};
    struct project_answer answer;
    const char *usual = NULL;
    const char *special = NULL;

    plan_all(rq);
    (void)plan_project(rq, "USUAL");
    assert_ok(rq, project_create(rq, &all, &answer));

    usual = read_text(rq, "planner://projects/USUAL");
    special = read_text(rq, "planner://projects/ALL");
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        assert_has(special, names[i]);
    for (int i = 0; i < 5; i++)
        assert_has_not(usual, names[i]);
    assert_has_not(usual, "review round");
    assert_has_not(usual, "complexity_threshold");
    assert_has(read_text(rq, "planner://projects/AUTH"),
               "- 3 items, 1 of 1 open at the top, 1 dispute pending\n");
}

static void outline__has_boxes_and_says_what_waits(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *on[] = {"AUTH-3"};
    struct define_task task = {.title = "later", .depends_on = {true, 1, on}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer answer;

    plan_all(rq);
    assert_ok(rq, plan_define(rq, &args, &answer));
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-5", OUTCOME_CANCELLED));

    assert_string_equal(read_text(rq, "planner://projects/AUTH/outline"),
                        "# AUTH AUTH\n\n17%, 1 dispute pending\n\n"
                        "- AUTH-1 a task (33%)\n"
                        "  - [x] AUTH-2 a step\n"
                        "  - [ ] AUTH-3 a step (disputed)\n"
                        "  - AUTH-5 a step (cancelled)\n"
                        "  - [ ] AUTH-6 a step (ready)\n"
                        "- [ ] AUTH-4 later (waiting, waits for AUTH-3)\n");
}

static void dispute__that_is_settled_says_how(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *pending = NULL;
    const char *settled = NULL;

    plan_all(rq);
    pending = read_text(rq, "planner://disputes/AUTH-3");
    assert_ok(rq, plan_resolve(rq, "AUTH-3", RESOLVE_CUSTOM));
    settled = read_text(rq, "planner://disputes/AUTH-3");

    assert_has(pending, "## How to settle it");
    assert_has(pending, "- client: the client's version as it is");
    assert_has_not(settled, "## How to settle it");
    assert_has(settled, "- resolved (custom) by agent-a (explicit), ");
    assert_string_equal(read_headings(rq, settled),
                        "# Dispute about AUTH-3 a step\n## What was decided\n"
                        "## Server version (agent-a)\n## Client version (agent-a)\n");
    assert_string_equal(read_fenced(rq, settled), "a decision\na draft\na counter\n");
}

static void dispute__without_a_version_of_the_client_offers_none(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args one = {.project = "AUTH", .max_iterations = SOME_INT(1)};
    struct project_answer answer;
    const char *text = NULL;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &one, &answer));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));

    text = read_text(rq, "planner://disputes/AUTH-2");
    assert_has(text, "The client gave no version of its own.");
    assert_has_not(text, "- client: ");
}

static void archived__is_read_all_the_same(void **state)
{
    static const char *const uris[] = {"planner://projects/AUTH", "planner://projects/AUTH/outline",
                                       "planner://items/AUTH-2", "planner://items/AUTH-2/history",
                                       "planner://disputes/AUTH-3"};
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args args = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;

    plan_all(rq);
    assert_ok(rq, project_update(rq, &args, &answer));

    for (size_t i = 0; i < LENGTH_OF(uris); i++)
        (void)read_text(rq, uris[i]);
    assert_has(read_text(rq, "planner://projects"), "archived");
    assert_has(read_text(rq, "planner://projects/AUTH/outline"), "archived");
    assert_has(read_text(rq, "planner://disputes/AUTH-3"), "AUTH is archived: bring it back first");
}

#define TRICK                                                                                      \
    "```\n# Not a heading\n\n````\n## How to settle it\n- [x] AUTH-1 done\n<b>\n\n    code\n`````" \
    "\n"

/* Whatever people write, the headings are ours, and the text is whole. */
static void texts_of_others__break_nothing(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args project = {
        .name = "x\n# y `z` <b>\n", .slug = "TRICK", .description = TRICK};
    const struct create_args task = {
        .parent = "TRICK", .title = "*t*\n- [x] b", .objective = TRICK, .assignee = "a\n# b"};
    const struct create_args step = {.task = "TRICK-1", .title = "## s ##", .content = TRICK};
    struct project_answer made;
    struct item_answer item;
    const char *text = NULL;

    assert_ok(rq, project_create(rq, &project, &made));
    assert_ok(rq, plan_create_task(rq, &task, &item));
    assert_ok(rq, plan_create_step(rq, &step, &item));

    text = read_text(rq, "planner://projects/TRICK");
    assert_string_equal(read_headings(rq, text),
                        "# TRICK x \\# y \\`z\\` \\<b> \n## Vision\n## Read on\n");
    assert_string_equal(read_fenced(rq, text), TRICK);
    assert_string_equal(read_text(rq, "planner://projects/TRICK/outline"),
                        "# TRICK x \\# y \\`z\\` \\<b> \n\n0%\n\n"
                        "- TRICK-1 \\*t\\* - \\[x] b (0%, assigned to a \\# b)\n"
                        "  - [ ] TRICK-2 \\#\\# s \\#\\# (ready, in review, round 1 of 3)\n");
    text = read_text(rq, "planner://items/TRICK-1");
    assert_string_equal(read_headings(rq, text), "# TRICK-1 \\*t\\* - \\[x] b\n## Objective\n"
                                                 "## Below it, 1 of 1 open\n");
    assert_string_equal(read_fenced(rq, text), TRICK);
    text = read_text(rq, "planner://items/TRICK-2");
    assert_has(read_headings(rq, text), "# TRICK-2 \\#\\# s \\#\\#\n## Server version\n"
                                        "## Versions and reviews, newest first\n### 1: submit");
    assert_string_equal(read_fenced(rq, text), TRICK TRICK);
    assert_string_equal(read_headings(rq, read_text(rq, "planner://items/TRICK/history")),
                        "# History of TRICK\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_template__expands_to_something_readable),
        HARNESS_TEST(json__is_what_the_tools_answer),
        HARNESS_TEST(item__tells_what_an_import_kept),
        HARNESS_TEST(each_read__is_one_statement),
        HARNESS_TEST(names__are_taken_in_every_form),
        HARNESS_TEST(what_is_not_there__is_told_with_what_is),
        HARNESS_TEST(cursor__that_a_resource_did_not_give_is_refused),
        HARNESS_TEST(project__tells_what_is_not_as_always),
        HARNESS_TEST(outline__has_boxes_and_says_what_waits),
        HARNESS_TEST(dispute__that_is_settled_says_how),
        HARNESS_TEST(dispute__without_a_version_of_the_client_offers_none),
        HARNESS_TEST(archived__is_read_all_the_same),
        HARNESS_TEST(texts_of_others__break_nothing),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
