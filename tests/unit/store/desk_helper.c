#include "desk_helper.h"

int desk_open(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena, ARENA_CAP_DEFAULT);
    f->rq = (struct req){.arena = &f->arena, .log = &f->log, .waiter = &waiter_plain};
    *state = f;
    return 0;
}

int desk_close(void **state)
{
    struct fixture *f = *state;

    db_free(f->rq.db);
    arena_destroy(&f->arena);
    free(f);
    return 0;
}
