/*
 * task-master: .taskmaster/tasks/tasks.json. One object with a member per tag, each with `tasks`
 * and `metadata`; before tags, `tasks` at the top. Task ids are numbers within a tag, subtask ids
 * within their task; a dependency is "3", 3, "3.1", or, of a subtask, the number of a sibling.
 */
#include <string.h>
#include <sys/stat.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"

/* Where in the file a record stands. */
struct place {
    struct foreign *f;
    struct foreign_project *project;
    const char *tag;    /* NULL: the file is from before tags */
    const char *parent; /* id of the tag's task, or NULL */
};

static const char *const used[] = {"id",       "title",     "description",  "details",
                                   "status",   "priority",  "testStrategy", "dependencies",
                                   "subtasks", "updatedAt", "createdAt",    "parentTaskId",
                                   "parentId", NULL};

static const char *task_id(const struct place *place, const char *id)
{
    return place->tag == NULL ? id : arena_printf(place->f->rq->arena, "%s/%s", place->tag, id);
}

/* The members of a raw object but one, as they were written. */
static const char *record_without(struct arena *arena, struct span object, const char *left_out)
{
    struct buf buf = BUF_IN(arena);
    struct span name;
    struct span value;
    size_t pos = 0;

    while (json_next(object, &pos, &name, &value)) {
        if (span_is(name, left_out))
            continue;
        buf_text(&buf, buf.len == 0 ? "{" : ",");
        buf_printf(&buf, "\"%.*s\":%.*s", (int)name.len, name.ptr, (int)value.len, value.ptr);
    }
    buf_text(&buf, buf.len == 0 ? "{}" : "}");
    return buf_str(&buf);
}

static const char *text_of(struct arena *arena, const cJSON *tree)
{
    struct buf buf = BUF_IN(arena);

    foreign_section(&buf, NULL, json_get_text(tree, "description"));
    foreign_section(&buf, "Details", json_get_text(tree, "details"));
    foreign_section(&buf, "Test strategy", json_get_text(tree, "testStrategy"));
    return buf.len == 0 ? NULL : buf_str(&buf);
}

/* `task` is the id of the task around, NULL for a task itself. */
static void read_needs(const struct place *place, const cJSON *tree, const char *task,
                       struct heap *needs)
{
    struct arena *arena = place->f->rq->arena;
    const cJSON *need = NULL;

    cJSON_ArrayForEach(need, json_get(tree, "dependencies"))
    {
        const char *id = cJSON_IsNumber(need)   ? arena_printf(arena, "%.15g", need->valuedouble)
                         : cJSON_IsString(need) ? arena_strdup(arena, need->valuestring)
                                                : NULL;
        if (id == NULL)
            foreign_refuse(place->f, "dependency", NULL, "is neither a number nor a text");
        else if (task != NULL && strchr(id, '.') == NULL && cJSON_IsNumber(need))
            id = arena_printf(arena, "%s.%s", task, id);
        if (id != NULL)
            heap_add(arena, needs, (void *)task_id(place, id));
    }
}

static void read_times(const struct place *place, const cJSON *tree, struct foreign_item *item)
{
    struct arena *arena = place->f->rq->arena;

    item->created_at = foreign_time(arena, json_get_text(tree, "createdAt"));
    item->updated_at = foreign_time(arena, json_get_text(tree, "updatedAt"));
    if (item->status == ITEM_COMPLETE)
        item->completed_at = item->updated_at;
}

static void read_subtask(const struct place *place, struct span raw, const char *task)
{
    struct arena *arena = place->f->rq->arena;
    struct foreign_item item = {.kind = "subtask", .parent = task_id(place, task), .leaf = true};
    OWN_JSON tree = json_parse(raw.ptr, raw.len);
    const char *id = tree == NULL ? NULL : foreign_member(arena, tree, "id");

    if (!cJSON_IsObject(tree) || id == NULL) {
        foreign_refuse(place->f, "subtask", item.parent, "a subtask of it has no id");
        return;
    }
    item.id = task_id(place, arena_printf(arena, "%s.%s", task, id));
    item.title = foreign_member(arena, tree, "title");
    item.text = text_of(arena, tree);
    item.status = foreign_status(place->f, "subtask", json_get_text(tree, "status"));
    item.priority = foreign_priority(place->f, "subtask", json_get_text(tree, "priority"));
    read_needs(place, tree, task, &item.needs);
    read_times(place, tree, &item);
    item.record = arena_copy(arena, raw.ptr, raw.len);
    if (foreign_add_item(place->f, place->project, &item) != NULL)
        foreign_note_rest(place->f, "subtask", tree, used);
}

static void read_task(const struct place *place, struct span raw)
{
    struct arena *arena = place->f->rq->arena;
    const struct span subtasks = json_member(raw, "subtasks");
    struct foreign_item item = {.kind = "task", .parent = place->parent};
    OWN_JSON tree = json_parse(raw.ptr, raw.len);
    const char *id = tree == NULL ? NULL : foreign_member(arena, tree, "id");
    struct span subtask;
    size_t pos = 0;

    if (!cJSON_IsObject(tree) || id == NULL) {
        foreign_refuse(place->f, "task", NULL, "is no object with an id");
        return;
    }
    item.id = task_id(place, id);
    item.title = foreign_member(arena, tree, "title");
    item.text = text_of(arena, tree);
    item.status = foreign_status(place->f, "task", json_get_text(tree, "status"));
    item.priority = foreign_priority(place->f, "task", json_get_text(tree, "priority"));
    read_needs(place, tree, NULL, &item.needs);
    read_times(place, tree, &item);
    item.record = record_without(arena, raw, "subtasks");
    if (foreign_add_item(place->f, place->project, &item) != NULL)
        foreign_note_rest(place->f, "task", tree, used);
    while (subtasks.ptr != NULL && *subtasks.ptr == '[' &&
           json_next(subtasks, &pos, NULL, &subtask))
        read_subtask(place, subtask, id);
}

static void read_tasks(const struct place *place, struct span tasks)
{
    struct span task;
    size_t pos = 0;

    while (json_next(tasks, &pos, NULL, &task))
        read_task(place, task);
}

/* The tag's own record; where there are several, it becomes a task that holds its tasks. */
static void read_tag(struct place *place, struct span raw, bool alone)
{
    struct arena *arena = place->f->rq->arena;
    const struct span metadata = json_member(raw, "metadata");
    struct foreign_item item = {.kind = "tag", .title = place->tag, .status = ITEM_OPEN};
    OWN_JSON tree = metadata.ptr == NULL ? NULL : json_parse(metadata.ptr, metadata.len);

    item.id = arena_printf(arena, "tag:%s", place->tag);
    item.record = record_without(arena, raw, "tasks");
    item.text = foreign_member(arena, tree, "description");
    item.created_at = foreign_time(arena, json_get_text(tree, "created"));
    if (alone)
        foreign_add_note(place->f, place->project,
                         &(struct foreign_note){item.id, item.kind, NULL, item.record});
    else if (foreign_add_item(place->f, place->project, &item) != NULL)
        place->parent = item.id;
}

/* A name as it is, its escapes resolved. */
static const char *name_of(struct arena *arena, struct span raw)
{
    const char *quoted = arena_printf(arena, "\"%.*s\"", (int)raw.len, raw.ptr);
    OWN_JSON tree = json_parse(quoted, raw.len + 2);

    return cJSON_IsString(tree) ? arena_strdup(arena, tree->valuestring) : "";
}

static bool is_list(struct span value)
{
    return value.ptr != NULL && *value.ptr == '[';
}

/* The object without blanks in front of it; nothing when it is none. */
static struct span object_in(struct span text)
{
    while (text.len > 0 && strchr(" \t\r\n", *text.ptr) != NULL && *text.ptr != '\0') {
        text.ptr++;
        text.len--;
    }
    return text.len > 0 && *text.ptr == '{' ? text : (struct span){"{}", 2};
}

static void read_flat(const struct place *place, struct span text)
{
    const char *rest = record_without(place->f->rq->arena, text, "tasks");

    read_tasks(place, json_member(text, "tasks"));
    if (strcmp(rest, "{}") != 0)
        foreign_add_note(place->f, place->project,
                         &(struct foreign_note){"file", "metadata", NULL, rest});
}

enum status taskmaster_read(struct foreign *f, struct foreign_project *project, struct span text)
{
    struct req *rq = f->rq;
    struct place place = {.f = f, .project = project};
    struct span name;
    struct span value;
    size_t n_tags = 0;
    size_t pos = 0;

    text = object_in(text);
    if (is_list(json_member(text, "tasks"))) {
        read_flat(&place, text);
        return foreign_check(f);
    }
    while (json_next(text, &pos, &name, &value))
        n_tags += is_list(json_member(value, "tasks"));
    if (n_tags == 0)
        return req_fail(rq, ST_INVALID,
                        "'%s' holds no list 'tasks', neither at the top nor in a tag", f->place);
    pos = 0;
    while (json_next(text, &pos, &name, &value)) {
        place.tag = name_of(rq->arena, name);
        place.parent = NULL;
        if (!is_list(json_member(value, "tasks"))) {
            foreign_add_note(f, project,
                             &(struct foreign_note){arena_printf(rq->arena, "member:%s", place.tag),
                                                    "member", NULL,
                                                    arena_copy(rq->arena, value.ptr, value.len)});
            continue;
        }
        read_tag(&place, value, n_tags == 1);
        read_tasks(&place, json_member(value, "tasks"));
    }
    return foreign_check(f);
}

/* The name in config.json, unless it is the one that every project gets. */
static enum status configured_name(struct req *rq, const char *dir, const char **ret_name)
{
    const char *path = arena_printf(rq->arena, "%s/.taskmaster/config.json", dir);
    struct span text;

    *ret_name = NULL;
    if (!path_is_file(path))
        return ST_OK;
    TRY(foreign_read_json(rq, path, &text));
    OWN_JSON tree = json_parse(text.ptr, text.len);
    *ret_name = foreign_member(rq->arena, json_get(tree, "global"), "projectName");
    if (*ret_name != NULL &&
        (strcmp(*ret_name, "Task Master") == 0 || strcmp(*ret_name, "Taskmaster") == 0))
        *ret_name = NULL;
    return ST_OK;
}

/* The directory of the project: above .taskmaster/tasks, or tasks. */
static const char *home_of(struct arena *arena, const char *file)
{
    const char *dir = path_parent(arena, file);

    if (strcmp(path_name(arena, dir), "tasks") == 0)
        dir = path_parent(arena, dir);
    if (strcmp(path_name(arena, dir), ".taskmaster") == 0)
        dir = path_parent(arena, dir);
    return dir;
}

enum status from_taskmaster(struct req *rq, const char *path, struct foreign **ret_f)
{
    static const char *const places[] = {".taskmaster/tasks/tasks.json", "tasks/tasks.json",
                                         "tasks.json", NULL};
    const char *file = NULL;
    const char *name = NULL;
    struct foreign *f = NULL;
    struct span text;

    TRY(path_real(rq, path, &path));
    TRY(foreign_file_in(rq, path, places, "task-master writes it with its first task", &file));
    TRY(foreign_read_json(rq, file, &text));
    f = foreign_new(rq, "taskmaster", file);
    TRY(configured_name(rq, home_of(rq->arena, file), &name));
    if (name == NULL)
        name = path_name(rq->arena, home_of(rq->arena, file));
    TRY(taskmaster_read(f, foreign_add_project(f, name, NULL), text));
    *ret_f = f;
    return ST_OK;
}
