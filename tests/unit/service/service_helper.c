#include "service_helper.h"

#include "planner/base/memory.h"

struct rule {
    struct req rq;
    struct arena arena;
    struct log log;
    struct uuid_source uuids;
};

int rule_setup(void **state)
{
    struct rule *rule = memory_alloc(sizeof(*rule));

    *rule = (struct rule){.log = {.level = LOG_ERROR}};
    arena_init(&rule->arena, ARENA_CAP_DEFAULT);
    rule->rq = (struct req){.arena = &rule->arena,
                            .log = &rule->log,
                            .waiter = &waiter_plain,
                            .uuids = &rule->uuids,
                            .actor = {.agent = "agent-a"}};
    *state = rule;
    return 0;
}

int rule_teardown(void **state)
{
    struct rule *rule = *state;

    arena_destroy(&rule->arena);
    memory_free(rule);
    return 0;
}

void assert_status(const struct req *rq, enum status got, enum status want, const char *part)
{
    if (got != want)
        fail_msg("status %d, not %d: %s", (int)got, (int)want,
                 got == ST_OK ? "it was allowed" : rq->message);
    if (part != NULL && strstr(rq->message, part) == NULL)
        fail_msg("'%s' is not in: %s", part, rq->message);
}
