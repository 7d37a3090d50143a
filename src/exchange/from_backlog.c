/*
 * Backlog.md: a directory of Markdown files with front matter, a task each. Where a file stands
 * says more than its front matter: tasks/ and completed/ are work, archive/tasks/ is what was given
 * up, drafts/, docs/, decisions/ and milestones/ are no work and kept as they are.
 */
#include <dirent.h>
#include <string.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"
#include "planner/exchange/yaml_tree.h"

#define DEPTH_MAX 8

struct backlog {
    struct req *rq;
    struct foreign *f;
    struct foreign_project *project;
    const char *dir;      /* the backlog directory */
    const char *terminal; /* the status that means done, or NULL */
    struct heap files;    /* const char *: relative paths of Markdown files, sorted */
};

static const char *const used[] = {"id",           "title",          "status",   "assignee",
                                   "created_date", "updated_date",   "priority", "dependencies",
                                   "ordinal",      "parent_task_id", NULL};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Ids are compared whatever their case: older versions wrote task-1 for TASK-1. */
static const char *upper(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return copy;
}

/* A text, or the first of a list of texts. */
static const char *first_of(struct arena *arena, const cJSON *tree, const char *name)
{
    const cJSON *member = json_get(tree, name);

    member = cJSON_IsArray(member) ? member->child : member;
    return cJSON_IsString(member) ? arena_strdup(arena, member->valuestring) : NULL;
}

/* Without the comments that mark the sections for the program. */
static const char *body_text(struct arena *arena, struct span body)
{
    struct buf buf = BUF_IN(arena);

    for (size_t at = 0; at < body.len;) {
        const char *end = memchr(body.ptr + at, '\n', body.len - at);
        const size_t stop = end == NULL ? body.len : (size_t)(end - body.ptr) + 1;
        const size_t len = stop - at;
        const char *line = body.ptr + at;
        if (!(len > 8 && memcmp(line, "<!-- ", 5) == 0 &&
              (memmem(line, len, ":BEGIN -->", 10) != NULL ||
               memmem(line, len, ":END -->", 8) != NULL)))
            buf_add(&buf, line, len);
        at = stop;
    }
    return foreign_trim(arena, buf_str(&buf));
}

static int status_of(const struct backlog *b, const char *path, const cJSON *tree)
{
    const char *word = json_get_text(tree, "status");
    int status = foreign_status(b->f, "task", word);

    if (word != NULL && b->terminal != NULL && strcmp(upper(b->rq->arena, word), b->terminal) == 0)
        status = ITEM_COMPLETE;
    if (begins(path, "completed/"))
        return ITEM_COMPLETE;
    return begins(path, "archive/") && status == ITEM_OPEN ? ITEM_CANCELLED : status;
}

static void read_needs(const struct backlog *b, const cJSON *tree, struct foreign_item *item)
{
    struct arena *arena = b->rq->arena;
    const cJSON *needs = json_get(tree, "dependencies");
    const cJSON *need = NULL;

    if (cJSON_IsString(needs) && *needs->valuestring != '\0')
        heap_add(arena, &item->needs, (void *)upper(arena, needs->valuestring));
    cJSON_ArrayForEach(need, needs)
    {
        if (cJSON_IsString(need))
            heap_add(arena, &item->needs, (void *)upper(arena, need->valuestring));
        else
            foreign_refuse(b->f, "dependency", item->id, "one of its dependencies is no text");
    }
}

/* TASK-1.2 belongs to TASK-1, also where its front matter does not say so. */
static const char *parent_of(struct arena *arena, const cJSON *tree, const char *id)
{
    const char *parent = first_of(arena, tree, "parent_task_id");
    const char *dot = strrchr(id, '.');

    if (parent != NULL)
        return upper(arena, parent);
    return dot == NULL ? NULL : arena_copy(arena, id, (size_t)(dot - id));
}

static enum status read_task(const struct backlog *b, const char *path, struct span text)
{
    struct arena *arena = b->rq->arena;
    struct foreign_item item = {.kind = "task"};
    OWN_JSON tree = NULL;
    const cJSON *assignee = NULL;
    const char *id = NULL;
    struct span body;
    const char *what = arena_printf(arena, "%s/%s", b->dir, path);

    TRY(front_matter_read(b->rq, what, text, &tree, &body));
    id = json_get_text(tree, "id");
    if (id == NULL || *id == '\0')
        return req_fail(b->rq, ST_INVALID, "'%s': its front matter has no 'id'", what);
    item.id = upper(arena, id);
    item.title = foreign_member(arena, tree, "title");
    item.text = body_text(arena, body);
    item.assignee = first_of(arena, tree, "assignee");
    item.status = status_of(b, path, tree);
    item.priority = foreign_priority(b->f, "task", json_get_text(tree, "priority"));
    item.created_at = foreign_time(arena, json_get_text(tree, "created_date"));
    item.updated_at = foreign_time(arena, json_get_text(tree, "updated_date"));
    if (item.status == ITEM_COMPLETE)
        item.completed_at = item.updated_at;
    item.parent = parent_of(arena, tree, item.id);
    read_needs(b, tree, &item);
    item.record = arena_copy(arena, text.ptr, text.len);
    if (foreign_add_item(b->f, b->project, &item) == NULL)
        return ST_OK;
    foreign_note_rest(b->f, "task", tree, used);
    assignee = json_get(tree, "assignee");
    if (cJSON_IsArray(assignee) && cJSON_GetArraySize(assignee) > 1)
        foreign_note_field(b->f, "task", "assignees after the first");
    return ST_OK;
}

/* What a file is, by where it stands. */
static const char *kind_of(const char *path)
{
    static const char *const kinds[][2] = {{"tasks/", "task"},
                                           {"completed/", "task"},
                                           {"archive/tasks/", "task"},
                                           {"drafts/", "draft"},
                                           {"archive/drafts/", "draft"},
                                           {"docs/", "document"},
                                           {"decisions/", "decision"},
                                           {"milestones/", "milestone"},
                                           {"archive/milestones/", "milestone"}};

    for (size_t i = 0; i < LENGTH_OF(kinds); i++) {
        if (begins(path, kinds[i][0]))
            return kinds[i][1];
    }
    return "file";
}

static enum status read_file(const struct backlog *b, const char *path)
{
    const char *kind = kind_of(path);
    struct span text;

    TRY(foreign_read(b->rq, arena_printf(b->rq->arena, "%s/%s", b->dir, path), &text));
    if (strcmp(kind, "task") == 0)
        return read_task(b, path, text);
    foreign_add_note(
        b->f, b->project,
        &(struct foreign_note){path, kind, NULL, arena_copy(b->rq->arena, text.ptr, text.len)});
    return ST_OK;
}

static enum status find_files(struct backlog *b, const char *below, int depth);

static enum status find_one(struct backlog *b, const char *path, int depth)
{
    const char *full = arena_printf(b->rq->arena, "%s/%s", b->dir, path);

    if (path_is_directory(full))
        return find_files(b, path, depth + 1);
    if (path_ends(path, ".md"))
        heap_add(b->rq->arena, &b->files, (void *)path);
    else if (strcmp(path, "config.yml") != 0)
        foreign_refuse(b->f, "other file", path, "is no Markdown file");
    return ST_OK;
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir);
}

/* Markdown files below, with their paths from the backlog directory; names with a dot are hidden.
 */
static enum status find_files(struct backlog *b, const char *below, int depth)
{
    struct arena *arena = b->rq->arena;
    __attribute__((cleanup(close_dir))) DIR *dir =
        opendir(arena_printf(arena, "%s/%s", b->dir, below));
    const struct dirent *entry = NULL;

    if (dir == NULL || depth > DEPTH_MAX)
        return req_fail(b->rq, ST_INVALID, "'%s/%s' cannot be read", b->dir, below);
    while ((entry = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): one thread */
        if (entry->d_name[0] != '.')
            TRY(find_one(b,
                         *below == '\0' ? arena_strdup(arena, entry->d_name)
                                        : arena_printf(arena, "%s/%s", below, entry->d_name),
                         depth));
    }
    return ST_OK;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The name of the project and its last status, from config.yml. */
static enum status read_config(struct backlog *b, const char **ret_name)
{
    struct arena *arena = b->rq->arena;
    const char *inside = arena_printf(arena, "%s/config.yml", b->dir);
    const char *beside = arena_printf(arena, "%s/backlog.config.yml", path_parent(arena, b->dir));
    const char *path = path_is_file(inside) ? inside : beside;
    const cJSON *statuses = NULL;
    struct span text;

    if (!path_is_file(path))
        return ST_OK;
    TRY(foreign_read(b->rq, path, &text));
    OWN_JSON tree = NULL;
    TRY(yaml_tree(b->rq, path, 1, text, &tree));
    statuses = json_get(tree, "statuses");
    if (cJSON_IsArray(statuses) && statuses->child != NULL)
        statuses = cJSON_GetArrayItem(statuses, cJSON_GetArraySize(statuses) - 1);
    if (cJSON_IsString(statuses))
        b->terminal = upper(arena, statuses->valuestring);
    *ret_name = foreign_member(arena, tree, "project_name");
    foreign_add_note(b->f, b->project,
                     &(struct foreign_note){"config.yml", "config", NULL,
                                            arena_copy(arena, text.ptr, text.len)});
    return ST_OK;
}

/* Siblings stand by `ordinal`, those without one behind, each in the order of their numbers. */
static double ordinal_of(const struct foreign_item *item)
{
    const char *line = strstr(item->record, "\nordinal:");

    return line == NULL ? 1e300 : strtod(line + strlen("\nordinal:"), NULL);
}

/* Numbers inside of ids by their value: TASK-2 before TASK-10. */
static int by_id(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        const size_t n = strspn(a, "0123456789");
        const size_t m = strspn(b, "0123456789");
        if (n > 0 && m > 0 && n != m)
            return n < m ? -1 : 1;
        if (*a != *b)
            return *a < *b ? -1 : 1;
        a++;
        b++;
    }
    return (*a != '\0') - (*b != '\0');
}

static int by_ordinal(const void *a, const void *b)
{
    const struct foreign_item *one = *(const struct foreign_item *const *)a;
    const struct foreign_item *two = *(const struct foreign_item *const *)b;
    const double first = ordinal_of(one);
    const double second = ordinal_of(two);

    if (first < second || first > second)
        return first < second ? -1 : 1;
    return by_id(one->id, two->id);
}

static void sort(struct heap *heap, int (*compare)(const void *, const void *))
{
    if (heap->n > 1)
        qsort(heap->at, heap->n, sizeof(void *), compare);
}

/* The backlog directory: given itself, or in the directory that was given. */
static enum status find_dir(struct req *rq, const char *path, const char **ret_dir)
{
    static const char *const names[] = {"backlog", ".backlog"};

    TRY(path_real(rq, path, &path));
    if (path_ends(path, "/config.yml"))
        path = path_parent(rq->arena, path);
    *ret_dir = path;
    if (path_is_directory(arena_printf(rq->arena, "%s/tasks", path)))
        return ST_OK;
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        *ret_dir = arena_printf(rq->arena, "%s/%s", path, names[i]);
        if (path_is_directory(arena_printf(rq->arena, "%s/tasks", *ret_dir)))
            return ST_OK;
    }
    return req_fail(rq, ST_INVALID, "'%s' is no Backlog.md directory: it has no 'tasks'", path);
}

enum status from_backlog(struct req *rq, const char *path, struct foreign **ret_f)
{
    struct backlog b = {.rq = rq};
    const char *name = NULL;

    TRY(find_dir(rq, path, &b.dir));
    b.f = foreign_new(rq, "backlog", b.dir);
    b.project = foreign_add_project(b.f, NULL, NULL);
    TRY(read_config(&b, &name));
    if (name == NULL)
        name = path_name(rq->arena, path_parent(rq->arena, b.dir));
    foreign_name_project(b.f, b.project, name, NULL);
    TRY(find_files(&b, "", 0));
    sort(&b.files, by_path);
    for (size_t i = 0; i < b.files.n; i++)
        TRY(read_file(&b, HEAP_AT(b.files, i, const char)));
    sort(&b.project->items, by_ordinal);
    *ret_f = b.f;
    return foreign_check(b.f);
}
