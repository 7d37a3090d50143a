#include "resource_helper.h"

#include "planner/base/memory.h"

struct state {
    struct req rq;
    struct arena arena;
    struct log log;
};

int req_setup(void **state)
{
    struct state *s = memory_alloc(sizeof(*s));

    *s = (struct state){.log = {.level = LOG_ERROR}};
    arena_init(&s->arena, ARENA_CAP_DEFAULT);
    s->rq = (struct req){
        .arena = &s->arena, .log = &s->log, .waiter = &waiter_plain, .actor = {.agent = "agent-a"}};
    *state = s;
    return 0;
}

int req_teardown(void **state)
{
    struct state *s = *state;

    arena_destroy(&s->arena);
    memory_free(s);
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

const char *repeated(struct req *rq, const char *text, size_t n)
{
    struct buf out = BUF_IN(rq->arena);

    while (n-- > 0)
        buf_text(&out, text);
    return buf_str(&out);
}
