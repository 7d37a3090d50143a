#include "cluster_helper.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int place_open(void **state)
{
    static struct place place;
    char name[] = "/tmp/planner-cluster-XXXXXX";

    arena_init(&place.arena, ARENA_CAP_DEFAULT);
    place.rq = (struct req){.arena = &place.arena, .waiter = &waiter_plain};
    place.dir = arena_strdup(&place.arena, mkdtemp(name));
    *state = &place;
    return place.dir == NULL;
}

int place_close(void **state)
{
    struct place *place = *state;
    const int failed = nftw(place->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    arena_destroy(&place->arena);
    return failed;
}

const char *place_path(struct place *place, const char *name)
{
    return arena_printf(&place->arena, "%s/%s", place->dir, name);
}

const char *place_write(struct place *place, const char *name, const char *text)
{
    const char *path = place_path(place, name);
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    return path;
}
