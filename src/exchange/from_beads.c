/*
 * beads: .beads/issues.jsonl, an issue a line. Edges stand with the issue that has them: `blocks`
 * is what it waits for, `parent-child` what it belongs to; the others say something else and are
 * kept.
 */
#include <string.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"

static const char *const used[] = {"id",
                                   "title",
                                   "description",
                                   "design",
                                   "acceptance_criteria",
                                   "notes",
                                   "status",
                                   "priority",
                                   "assignee",
                                   "created_at",
                                   "updated_at",
                                   "closed_at",
                                   "close_reason",
                                   "dependencies",
                                   "_type",
                                   "content_hash",
                                   "dependency_count",
                                   "dependent_count",
                                   "comment_count",
                                   NULL};

/* An issue that is no work: removed, or passing messages and events between agents. */
static const char *why_no_work(const cJSON *tree)
{
    static const char *const passing[] = {"message", "event", "agent", "role", "rig", NULL};
    const char *type = json_get_text(tree, "issue_type");
    const char *status = json_get_text(tree, "status");

    if (status != NULL && strcmp(status, "tombstone") == 0)
        return "tombstone";
    if (cJSON_IsTrue(json_get(tree, "ephemeral")))
        return "ephemeral issue";
    for (size_t i = 0; type != NULL && passing[i] != NULL; i++) {
        if (strcmp(type, passing[i]) == 0)
            return passing[i];
    }
    return NULL;
}

static const char *text_of(struct arena *arena, const cJSON *tree)
{
    struct buf buf = BUF_IN(arena);

    foreign_section(&buf, NULL, json_get_text(tree, "description"));
    foreign_section(&buf, "Design", json_get_text(tree, "design"));
    foreign_section(&buf, "Acceptance criteria", json_get_text(tree, "acceptance_criteria"));
    foreign_section(&buf, "Notes", json_get_text(tree, "notes"));
    foreign_section(&buf, "Closed", json_get_text(tree, "close_reason"));
    return buf.len == 0 ? NULL : buf_str(&buf);
}

/* P0 is the highest; it was left out of the file by the versions before 1.0. */
static int64_t priority_of(struct foreign *f, const cJSON *tree)
{
    static const int64_t ours[] = {100, 75, 50, 25, 10};
    const cJSON *priority = json_get(tree, "priority");

    if (priority == NULL)
        return ours[0];
    if (cJSON_IsNumber(priority) && priority->valuedouble >= 0 && priority->valuedouble < 5)
        return ours[(int)priority->valuedouble];
    foreign_note_field(f, "issue", "priority beyond 4");
    return 0;
}

/* "bd-a3f8.1" belongs to "bd-a3f8" where no edge says otherwise. */
static const char *parent_by_id(struct arena *arena, const char *id)
{
    const char *dot = strrchr(id, '.');

    if (dot == NULL || dot == id || dot[1] == '\0' ||
        strspn(dot + 1, "0123456789") != strlen(dot + 1))
        return NULL;
    return arena_copy(arena, id, (size_t)(dot - id));
}

static void read_edges(struct foreign *f, const cJSON *tree, struct foreign_item *item)
{
    struct arena *arena = f->rq->arena;
    const cJSON *edge = NULL;

    cJSON_ArrayForEach(edge, json_get(tree, "dependencies"))
    {
        const char *type = json_get_text(edge, "type");
        const char *to = json_get_text(edge, "depends_on_id");
        type = type == NULL ? "blocks" : type;
        if (to == NULL)
            foreign_refuse(f, "dependency", item->id, "an edge of it leads nowhere");
        else if (strcmp(type, "blocks") == 0)
            heap_add(arena, &item->needs, arena_strdup(arena, to));
        else if (strcmp(type, "parent-child") == 0 && item->parent == NULL)
            item->parent = arena_strdup(arena, to);
        else
            foreign_note_field(f, "issue", arena_printf(arena, "dependency '%s'", type));
    }
    if (item->parent == NULL)
        item->parent = parent_by_id(arena, item->id);
}

static void read_issue(struct foreign *f, struct foreign_project *project, const cJSON *tree,
                       const char *record)
{
    struct arena *arena = f->rq->arena;
    struct foreign_item item = {.kind = "issue", .record = record};

    item.id = foreign_member(arena, tree, "id");
    item.title = foreign_member(arena, tree, "title");
    item.text = text_of(arena, tree);
    item.assignee = foreign_member(arena, tree, "assignee");
    item.status = foreign_status(f, "issue", json_get_text(tree, "status"));
    item.priority = priority_of(f, tree);
    item.created_at = foreign_time(arena, json_get_text(tree, "created_at"));
    item.updated_at = foreign_time(arena, json_get_text(tree, "updated_at"));
    item.completed_at = foreign_time(arena, json_get_text(tree, "closed_at"));
    if (item.id != NULL)
        read_edges(f, tree, &item);
    if (foreign_add_item(f, project, &item) != NULL)
        foreign_note_rest(f, "issue", tree, used);
}

static enum status read_line(struct foreign *f, struct foreign_project *project, struct span line,
                             int64_t number)
{
    struct arena *arena = f->rq->arena;
    const char *what = arena_printf(arena, "%s, line %lld", f->place, (long long)number);
    const char *record = arena_copy(arena, line.ptr, line.len);
    const char *type = NULL;
    const char *id = NULL;

    TRY(foreign_check_json(f->rq, what, line));
    OWN_JSON tree = json_parse(line.ptr, line.len);
    if (!cJSON_IsObject(tree))
        return req_fail(f->rq, ST_INVALID, "'%s' is no object", what);
    id = foreign_member(arena, tree, "id");
    type = json_get_text(tree, "_type");
    if (type == NULL || strcmp(type, "issue") == 0)
        type = why_no_work(tree);
    if (id == NULL)
        id = arena_printf(arena, "line %lld", (long long)number);
    if (type != NULL)
        foreign_add_note(
            f, project,
            &(struct foreign_note){id, arena_printf(arena, "%.40s", type), NULL, record});
    else
        read_issue(f, project, tree, record);
    return ST_OK;
}

/* The file is in the order of the ids, which are random: siblings are in the order of their making.
 */
static int by_time(const void *a, const void *b)
{
    const struct foreign_item *one = *(const struct foreign_item *const *)a;
    const struct foreign_item *two = *(const struct foreign_item *const *)b;
    const int order = strcmp(one->created_at == NULL ? "" : one->created_at,
                             two->created_at == NULL ? "" : two->created_at);

    return order != 0 ? order : strcmp(one->id, two->id);
}

static bool is_blank(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    }
    return true;
}

enum status beads_read(struct foreign *f, struct foreign_project *project, struct span text)
{
    int64_t number = 0;

    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        const size_t stop = end == NULL ? text.len : (size_t)(end - text.ptr);
        const struct span line = {text.ptr + at, stop - at};
        number++;
        if (!is_blank(line))
            TRY(read_line(f, project, line, number));
        at = stop + 1;
    }
    if (project->items.n > 1)
        qsort(project->items.at, project->items.n, sizeof(void *), by_time);
    return foreign_check(f);
}

enum status from_beads(struct req *rq, const char *path, struct foreign **ret_f)
{
    static const char *const places[] = {".beads/issues.jsonl", ".beads/beads.jsonl",
                                         "issues.jsonl", "beads.jsonl", NULL};
    const char *home = NULL;
    struct foreign *f = NULL;
    struct span text;

    TRY(path_real(rq, path, &path));
    TRY(foreign_file_in(rq, path, places, "'bd export' writes it", &path));
    TRY(foreign_read(rq, path, &text));
    home = path_parent(rq->arena, path);
    if (strcmp(path_name(rq->arena, home), ".beads") == 0)
        home = path_parent(rq->arena, home);
    f = foreign_new(rq, "beads", path);
    TRY(beads_read(f, foreign_add_project(f, path_name(rq->arena, home), NULL), text));
    *ret_f = f;
    return ST_OK;
}
