#include "desk_helper.h"

int desk_open(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    arena_init(&desk->arena, ARENA_CAP_DEFAULT);
    desk->rq.arena = &desk->arena;
    desk->config.dsn = "host=elsewhere";
    desk->order.config = &desk->config;
    desk->doctor.rq = &desk->rq;
    desk->doctor.order = &desk->order;
    *state = desk;
    return 0;
}

int desk_close(void **state)
{
    struct desk *desk = *state;

    arena_destroy(&desk->arena);
    free(desk);
    return 0;
}

void expect(const struct desk *desk, enum doctor_severity severity, const char *words)
{
    if (desk->found.severity != severity || strstr(desk->found.seen, words) == NULL)
        fail_msg("%d, '%s', not %d with '%s'", desk->found.severity, desk->found.seen, severity,
                 words);
}

struct list list_of(const void *items, size_t n)
{
    return (struct list){.set = true, .n = n, .items = (void *)items};
}
