/* The programs whose sources can be read, and by what a source is known for certain. */
#include <string.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"
#include "planner/exchange/sqlite_rows.h"

static bool is_taskmaster(struct req *rq, const char *path)
{
    return path_ends(path, "/tasks.json") || strcmp(path, "tasks.json") == 0 ||
           path_is_directory(arena_printf(rq->arena, "%s/.taskmaster", path));
}

static bool is_backlog(struct req *rq, const char *path)
{
    static const char *const names[] = {"", "/backlog", "/.backlog"};

    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        const char *dir = arena_printf(rq->arena, "%s%s", path, names[i]);
        if (path_is_directory(arena_printf(rq->arena, "%s/tasks", dir)) &&
            path_is_file(arena_printf(rq->arena, "%s/config.yml", dir)))
            return true;
    }
    return false;
}

static bool is_beads(struct req *rq, const char *path)
{
    const char *name = path_name(rq->arena, path);

    return (path_is_file(path) &&
            (strcmp(name, "issues.jsonl") == 0 || strcmp(name, "beads.jsonl") == 0)) ||
           path_is_directory(arena_printf(rq->arena, "%s/.beads", path));
}

static bool is_dhafnck(struct req *rq, const char *path)
{
    (void)rq;
    return sqlite_is_file(path);
}

const struct foreign_reader foreign_readers[] = {
    {"taskmaster", from_taskmaster, is_taskmaster},
    {"backlog", from_backlog, is_backlog},
    {"beads", from_beads, is_beads},
    {"dhafnck", from_dhafnck, is_dhafnck},
    {NULL, NULL, NULL},
};

const struct foreign_reader *foreign_reader_find(const char *program)
{
    for (const struct foreign_reader *reader = foreign_readers; reader->program != NULL; reader++) {
        if (strcmp(reader->program, program) == 0)
            return reader;
    }
    return NULL;
}

const struct foreign_reader *foreign_reader_guess(struct req *rq, const char *path)
{
    const struct foreign_reader *found = NULL;

    for (const struct foreign_reader *reader = foreign_readers; reader->program != NULL; reader++) {
        if (!reader->is_its(rq, path))
            continue;
        if (found != NULL)
            return NULL;
        found = reader;
    }
    return found;
}
