/*
 * The legacy DhafnckMCP store, a SQLite file whose tables and columns vary between its versions:
 * what is there is read. Branches become tasks, their tasks tasks below, subtasks steps; rows of
 * all other tables are kept beside what they refer to, but for secrets, which are not copied.
 */
#include <string.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"
#include "planner/exchange/sqlite_rows.h"

/* A table of the file. */
struct table {
    const char *name;
    struct heap rows; /* cJSON */
    bool used;
};

struct dhafnck {
    struct req *rq;
    struct foreign *f;
    struct heap tables;
};

/* The first of some columns that says something. */
static const char *column(struct arena *arena, const cJSON *row, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        const char *value = foreign_member(arena, row, names[i]);
        if (value != NULL && *value != '\0')
            return value;
    }
    return NULL;
}
#define COLUMN(d, row, ...) column((d)->rq->arena, (row), (const char *const[]){__VA_ARGS__, NULL})

/* The first table of these names. */
static struct table *find_table(const struct dhafnck *d, const char *const *names)
{
    for (size_t n = 0; names[n] != NULL; n++) {
        for (size_t i = 0; i < d->tables.n; i++) {
            struct table *table = HEAP_AT(d->tables, i, struct table);
            if (strcmp(table->name, names[n]) == 0) {
                table->used = true;
                return table;
            }
        }
    }
    return NULL;
}
#define TABLE(d, ...) find_table((d), (const char *const[]){__VA_ARGS__, NULL})

static size_t n_rows(const struct table *table)
{
    return table == NULL ? 0 : table->rows.n;
}

static const char *record_of(struct arena *arena, const cJSON *row)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_tree(&out, row);
    return json_text(&out);
}

static const char *named(const struct dhafnck *d, const char *kind, const char *id)
{
    return id == NULL ? NULL : arena_printf(d->rq->arena, "%s:%s", kind, id);
}

/* ------------------------------------------------------------- where rows belong */

static struct foreign_project *project_by_id(const struct dhafnck *d, const char *id)
{
    for (size_t i = 0; id != NULL && i < d->f->projects.n; i++) {
        struct foreign_project *project = HEAP_AT(d->f->projects, i, struct foreign_project);
        if (project->id != NULL && strcmp(project->id, id) == 0)
            return project;
    }
    return NULL;
}

static struct foreign_project *project_of_item(const struct dhafnck *d, const char *id)
{
    for (size_t i = 0; id != NULL && i < d->f->projects.n; i++) {
        struct foreign_project *project = HEAP_AT(d->f->projects, i, struct foreign_project);
        for (size_t n = 0; n < project->items.n; n++) {
            if (strcmp(HEAP_AT(project->items, n, const struct foreign_item)->id, id) == 0)
                return project;
        }
    }
    return NULL;
}

static struct foreign_project *any_project(const struct dhafnck *d)
{
    return HEAP_AT(d->f->projects, 0, struct foreign_project);
}

/* What a row is called: its id, or what it ties together, or its content. */
static const char *id_of(const struct dhafnck *d, const cJSON *row)
{
    struct arena *arena = d->rq->arena;
    const char *id = foreign_member(arena, row, "id");
    struct buf buf = BUF_IN(arena);
    const cJSON *member = NULL;

    if (id != NULL)
        return id;
    cJSON_ArrayForEach(member, row)
    {
        const char *value = foreign_member(arena, row, member->string);
        if (value != NULL &&
            (path_ends(member->string, "_id") || path_ends(member->string, "name") ||
             strcmp(member->string, "assignee") == 0))
            buf_printf(&buf, "%s%s", buf.len == 0 ? "" : "/", value);
    }
    return buf.len == 0 ? record_of(arena, row) : buf_str(&buf); /* too long for an id: refused */
}

/* A row that becomes no item, beside the nearest thing that it names. */
static void keep_row(const struct dhafnck *d, const char *table, const cJSON *row)
{
    static const char *const columns[][2] = {{"subtask_id", "subtask"},
                                             {"task_id", "task"},
                                             {"git_branch_id", "branch"},
                                             {"branch_id", "branch"}};
    struct foreign_project *project = NULL;
    struct foreign_note note = {id_of(d, row), table, NULL, record_of(d->rq->arena, row)};

    for (size_t i = 0; project == NULL && i < LENGTH_OF(columns); i++) {
        note.of = named(d, columns[i][1], foreign_member(d->rq->arena, row, columns[i][0]));
        project = project_of_item(d, note.of);
    }
    if (project == NULL)
        project = project_by_id(d, COLUMN(d, row, "project_id"));
    foreign_add_note(d->f, project == NULL ? any_project(d) : project, &note);
}

static void keep_table(const struct dhafnck *d, const struct table *table)
{
    for (size_t i = 0; i < n_rows(table); i++)
        keep_row(d, table->name, HEAP_AT(table->rows, i, const cJSON));
}

/* A row whose parent is gone: kept, and said. */
static void keep_orphan(const struct dhafnck *d, const char *table, const cJSON *row,
                        const char *what)
{
    foreign_remark(d->f, "%s %s: its %s is not in the file; kept beside the project", table,
                   id_of(d, row), what);
    keep_row(d, table, row);
}

/* ------------------------------------------------------------- projects and branches */

static void read_projects(const struct dhafnck *d)
{
    const struct table *table = TABLE(d, "projects");

    for (size_t i = 0; i < n_rows(table); i++) {
        const cJSON *row = HEAP_AT(table->rows, i, const cJSON);
        const char *id = COLUMN(d, row, "id");
        struct foreign_project *project = NULL;
        if (id == NULL || strlen(id) > FOREIGN_ID_MAX) {
            foreign_refuse(d->f, "projects", NULL, "its id is missing or too long");
            continue;
        }
        project = foreign_add_project(d->f, COLUMN(d, row, "name", "title"),
                                      COLUMN(d, row, "description"));
        project->id = id;
        project->kind = "projects";
        project->record = record_of(d->rq->arena, row);
        foreign_count(d->f, "projects")->source++;
        foreign_note_rest(d->f, "projects", row,
                          (const char *const[]){"id", "name", "title", "description", NULL});
    }
    if (d->f->projects.n == 0)
        (void)foreign_add_project(d->f, path_name(d->rq->arena, d->f->place), NULL);
}

static void read_times(const struct dhafnck *d, const cJSON *row, struct foreign_item *item)
{
    struct arena *arena = d->rq->arena;

    item->created_at = foreign_time(arena, json_get_text(row, "created_at"));
    item->updated_at = foreign_time(arena, json_get_text(row, "updated_at"));
    item->completed_at = foreign_time(arena, json_get_text(row, "completed_at"));
    item->status = foreign_status(d->f, item->kind, json_get_text(row, "status"));
    item->priority = foreign_priority(d->f, item->kind, json_get_text(row, "priority"));
}

static void read_branches(const struct dhafnck *d)
{
    static const char *const used[] = {"id",          "project_id",
                                       "name",        "git_branch_name",
                                       "description", "git_branch_description",
                                       "created_at",  "updated_at",
                                       "priority",    "status",
                                       "task_count",  "completed_task_count",
                                       NULL};
    const struct table *table = TABLE(d, "project_git_branchs", "project_git_branches",
                                      "git_branches", "branches", "project_task_trees");

    for (size_t i = 0; i < n_rows(table); i++) {
        const cJSON *row = HEAP_AT(table->rows, i, const cJSON);
        struct foreign_item item = {.kind = "branch"};
        struct foreign_project *project = project_by_id(d, COLUMN(d, row, "project_id"));
        if (project == NULL) {
            keep_orphan(d, table->name, row, "project");
            continue;
        }
        item.id = named(d, "branch", COLUMN(d, row, "id"));
        item.title = COLUMN(d, row, "name", "git_branch_name");
        item.text = COLUMN(d, row, "description", "git_branch_description");
        item.record = record_of(d->rq->arena, row);
        read_times(d, row, &item);
        if (foreign_add_item(d->f, project, &item) != NULL)
            foreign_note_rest(d->f, "branch", row, used);
    }
}

/* ------------------------------------------------------------- tasks and subtasks */

static const char *text_of(const struct dhafnck *d, const cJSON *row)
{
    struct buf buf = BUF_IN(d->rq->arena);

    foreign_section(&buf, NULL, json_get_text(row, "description"));
    foreign_section(&buf, "Details", json_get_text(row, "details"));
    foreign_section(&buf, "Progress", json_get_text(row, "progress_notes"));
    foreign_section(&buf, "Blockers", json_get_text(row, "blockers"));
    foreign_section(&buf, "Completed", json_get_text(row, "completion_summary"));
    foreign_section(&buf, "Tested", json_get_text(row, "testing_notes"));
    foreign_section(&buf, "Completion criteria", json_get_text(row, "ai_completion_criteria"));
    return buf.len == 0 ? NULL : buf_str(&buf);
}

/* Whom the tables or the row's own list name first. */
static const char *assignee_of(const struct dhafnck *d, const cJSON *row, const char *task)
{
    const struct table *table = TABLE(d, "task_assignees");
    const char *list = json_get_text(row, "assignees");

    for (size_t i = 0; task != NULL && i < n_rows(table); i++) {
        const cJSON *one = HEAP_AT(table->rows, i, const cJSON);
        const char *of = json_get_text(one, "task_id");
        if (of != NULL && strcmp(of, task) == 0)
            return COLUMN(d, one, "assignee_id", "assignee", "agent_id");
    }
    if (list == NULL ||
        foreign_check_json(d->rq, "assignees", (struct span){list, strlen(list)}) != ST_OK)
        return NULL;
    OWN_JSON tree = json_parse(list, strlen(list));
    return cJSON_IsArray(tree) && cJSON_IsString(tree->child)
               ? arena_strdup(d->rq->arena, tree->child->valuestring)
               : NULL;
}

static const char *const task_columns[] = {"id",
                                           "task_id",
                                           "title",
                                           "description",
                                           "details",
                                           "git_branch_id",
                                           "branch_id",
                                           "status",
                                           "priority",
                                           "created_at",
                                           "updated_at",
                                           "completed_at",
                                           "progress_notes",
                                           "blockers",
                                           "completion_summary",
                                           "testing_notes",
                                           "ai_completion_criteria",
                                           "subtask_count",
                                           NULL};

static void read_needs(const struct dhafnck *d, const char *task, struct foreign_item *item)
{
    const struct table *table = TABLE(d, "task_dependencies");

    for (size_t i = 0; i < n_rows(table); i++) {
        const cJSON *row = HEAP_AT(table->rows, i, const cJSON);
        const char *of = COLUMN(d, row, "task_id");
        const char *to = COLUMN(d, row, "depends_on_task_id", "depends_on", "dependency_id");
        const char *type = COLUMN(d, row, "dependency_type");
        if (of == NULL || to == NULL || strcmp(of, task) != 0 ||
            (type != NULL && strcmp(type, "blocks") != 0 && strcmp(type, "depends_on") != 0))
            continue;
        heap_add(d->rq->arena, &item->needs, (void *)named(d, "task", to));
    }
}

static void read_tasks(const struct dhafnck *d)
{
    const struct table *table = TABLE(d, "tasks");

    for (size_t i = 0; i < n_rows(table); i++) {
        const cJSON *row = HEAP_AT(table->rows, i, const cJSON);
        const char *id = COLUMN(d, row, "id");
        struct foreign_item item = {.kind = "task"};
        struct foreign_project *project = NULL;
        item.parent = named(d, "branch", COLUMN(d, row, "git_branch_id", "branch_id"));
        project = project_of_item(d, item.parent);
        if (project == NULL) {
            keep_orphan(d, table->name, row, "branch");
            continue;
        }
        item.id = named(d, "task", id);
        item.title = COLUMN(d, row, "title");
        item.text = text_of(d, row);
        item.assignee = assignee_of(d, row, id);
        item.record = record_of(d->rq->arena, row);
        read_times(d, row, &item);
        if (id != NULL)
            read_needs(d, id, &item);
        if (foreign_add_item(d->f, project, &item) != NULL)
            foreign_note_rest(d->f, "task", row, task_columns);
    }
}

static void read_subtasks(const struct dhafnck *d, const struct table *table)
{
    for (size_t i = 0; i < n_rows(table); i++) {
        const cJSON *row = HEAP_AT(table->rows, i, const cJSON);
        struct foreign_item item = {.kind = "subtask", .leaf = true};
        struct foreign_project *project = NULL;
        item.parent = named(d, "task", COLUMN(d, row, "task_id"));
        project = project_of_item(d, item.parent);
        if (project == NULL) {
            keep_orphan(d, table->name, row, "task");
            continue;
        }
        item.id = named(d, "subtask", COLUMN(d, row, "id"));
        item.title = COLUMN(d, row, "title");
        item.text = text_of(d, row);
        item.assignee = assignee_of(d, row, NULL);
        item.record = record_of(d->rq->arena, row);
        read_times(d, row, &item);
        if (foreign_add_item(d->f, project, &item) != NULL)
            foreign_note_rest(d->f, "subtask", row, task_columns);
    }
}

/* ------------------------------------------------------------- everything else */

/* Secrets stay where they are. */
static void leave_table(const struct dhafnck *d, const struct table *table)
{
    for (size_t i = 0; i < table->rows.n; i++)
        foreign_refuse(d->f, table->name, id_of(d, HEAP_AT(table->rows, i, const cJSON)),
                       "a secret, which is not copied");
}

static void read_rest(const struct dhafnck *d)
{
    keep_table(d, TABLE(d, "task_assignees"));
    keep_table(d, TABLE(d, "task_dependencies"));
    for (size_t i = 0; i < d->tables.n; i++) {
        struct table *table = HEAP_AT(d->tables, i, struct table);
        if (table->used)
            continue;
        if (strcmp(table->name, "api_tokens") == 0 || strcmp(table->name, "users") == 0)
            leave_table(d, table);
        else
            keep_table(d, table);
    }
}

static enum status read_tables(struct dhafnck *d, struct sqlite_file *file)
{
    struct heap names = {0};

    TRY(sqlite_tables(d->rq, file, &names));
    for (size_t i = 0; i < names.n; i++) {
        struct table *table = ARENA_NEW(d->rq->arena, struct table);
        table->name = HEAP_AT(names, i, const char);
        TRY(sqlite_rows(d->rq, file, table->name, &table->rows));
        heap_add(d->rq->arena, &d->tables, table);
    }
    return ST_OK;
}

/* Without these it is another program's file. */
static enum status check_tables(const struct dhafnck *d)
{
    static const char *const needed[] = {"id", "title", "status", NULL};
    const struct table *tasks = TABLE(d, "tasks");

    if (tasks == NULL)
        return req_fail(d->rq, ST_INVALID, "'%s' is no DhafnckMCP store: it has no table 'tasks'",
                        d->f->place);
    for (size_t i = 0; n_rows(tasks) > 0 && needed[i] != NULL; i++) {
        if (json_get(HEAP_AT(tasks->rows, 0, const cJSON), needed[i]) == NULL)
            return req_fail(d->rq, ST_INVALID,
                            "'%s' is no DhafnckMCP store: its table 'tasks' has no column '%s'",
                            d->f->place, needed[i]);
    }
    return ST_OK;
}

enum status from_dhafnck(struct req *rq, const char *path, struct foreign **ret_f)
{
    struct dhafnck d = {.rq = rq};
    OWN_SQLITE *file = NULL;

    TRY(path_real(rq, path, &path));
    d.f = foreign_new(rq, "dhafnck", path);
    TRY(sqlite_file_open(rq, path, &file));
    TRY(read_tables(&d, file));
    TRY(check_tables(&d));
    read_projects(&d);
    read_branches(&d);
    read_tasks(&d);
    read_subtasks(&d, TABLE(&d, "subtasks"));
    read_subtasks(&d, TABLE(&d, "task_subtasks"));
    read_rest(&d);
    *ret_f = d.f;
    return foreign_check(d.f);
}
