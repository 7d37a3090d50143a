#include "planner/exchange/foreign.h"

#include <string.h>

void heap_add(struct arena *arena, struct heap *heap, void *ptr)
{
    if (heap->n == heap->cap) {
        const size_t cap = heap->cap == 0 ? 8 : heap->cap * 2;
        void **at = ARENA_MANY(arena, cap, void *);
        if (heap->n > 0)
            memcpy(at, heap->at, heap->n * sizeof(*at));
        heap->at = at;
        heap->cap = cap;
    }
    heap->at[heap->n++] = ptr;
}

struct foreign *foreign_new(struct req *rq, const char *program, const char *place)
{
    struct foreign *f = ARENA_NEW(rq->arena, struct foreign);

    *f = (struct foreign){.rq = rq, .program = program, .place = arena_strdup(rq->arena, place)};
    return f;
}

struct foreign_tally *foreign_count(struct foreign *f, const char *kind)
{
    struct foreign_tally *tally = NULL;

    for (size_t i = 0; i < f->tallies.n; i++) {
        tally = HEAP_AT(f->tallies, i, struct foreign_tally);
        if (strcmp(tally->kind, kind) == 0)
            return tally;
    }
    tally = ARENA_NEW(f->rq->arena, struct foreign_tally);
    tally->kind = arena_strdup(f->rq->arena, kind);
    heap_add(f->rq->arena, &f->tallies, tally);
    return tally;
}

void foreign_remark(struct foreign *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    heap_add(f->rq->arena, &f->remarks, arena_vprintf(f->rq->arena, fmt, args));
    va_end(args);
}

void foreign_refuse(struct foreign *f, const char *kind, const char *id, const char *why)
{
    struct foreign_tally *tally = foreign_count(f, kind);

    tally->source++;
    tally->refused++;
    foreign_remark(f, "%s %s: %s", kind, id == NULL ? "without a usable id" : id, why);
}

void foreign_note_field(struct foreign *f, const char *kind, const char *name)
{
    struct foreign_field *field = NULL;

    for (size_t i = 0; i < f->fields.n; i++) {
        field = HEAP_AT(f->fields, i, struct foreign_field);
        if (strcmp(field->kind, kind) == 0 && strcmp(field->name, name) == 0) {
            field->n++;
            return;
        }
    }
    field = ARENA_NEW(f->rq->arena, struct foreign_field);
    field->kind = arena_strdup(f->rq->arena, kind);
    field->name = arena_strdup(f->rq->arena, name);
    field->n = 1;
    heap_add(f->rq->arena, &f->fields, field);
}

/* Nothing is lost where nothing is said. */
static bool says_nothing(const cJSON *value)
{
    return cJSON_IsNull(value) || cJSON_IsFalse(value) ||
           (cJSON_IsString(value) &&
            (value->valuestring[0] == '\0' || strcmp(value->valuestring, "{}") == 0 ||
             strcmp(value->valuestring, "[]") == 0)) ||
           (cJSON_IsNumber(value) && value->valuedouble == 0) ||
           ((cJSON_IsArray(value) || cJSON_IsObject(value)) && value->child == NULL);
}

static const struct foreign_use *find_use(const struct foreign *f, const char *kind)
{
    for (size_t i = 0; i < f->uses.n; i++) {
        const struct foreign_use *use = HEAP_AT(f->uses, i, const struct foreign_use);
        if (strcmp(use->kind, kind) == 0)
            return use;
    }
    return NULL;
}

static void remember_use(struct foreign *f, const char *kind, const char *const *used)
{
    struct arena *arena = f->rq->arena;
    struct foreign_use *use = NULL;
    const char **copy = NULL;
    size_t n = 0;

    if (find_use(f, kind) != NULL)
        return;
    while (used[n] != NULL)
        n++;
    copy = ARENA_MANY(arena, n + 1, const char *);
    memcpy(copy, used, n * sizeof(*copy));
    use = ARENA_NEW(arena, struct foreign_use);
    *use = (struct foreign_use){arena_strdup(arena, kind), copy};
    heap_add(arena, &f->uses, use);
}

static bool is_in(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

bool foreign_is_used(const struct foreign *f, const char *kind, const char *member)
{
    const struct foreign_use *use = find_use(f, kind);

    return use != NULL && is_in(use->used, member);
}

void foreign_note_rest(struct foreign *f, const char *kind, const cJSON *object,
                       const char *const *used)
{
    const cJSON *member = NULL;

    remember_use(f, kind, used);
    cJSON_ArrayForEach(member, object)
    {
        if (member->string != NULL && !says_nothing(member) && !is_in(used, member->string))
            foreign_note_field(f, kind, member->string);
    }
}

/* At most `max` bytes of a text, at the end of a character. */
static size_t cut_at(const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len <= max)
        return len;
    for (len = max; len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U; len--)
        continue;
    return len;
}

/* Where the first `max` characters end. */
static size_t characters_end(const char *text, size_t max)
{
    size_t at = 0;

    for (size_t n = 0; text[at] != '\0'; at++) {
        n += ((unsigned char)text[at] & 0xC0U) != 0x80U;
        if (n > max)
            break;
    }
    return at;
}

/* One line without control characters. */
static const char *on_one_line(struct arena *arena, const char *text)
{
    char *line = arena_strdup(arena, text);

    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
        if ((unsigned char)c[0] == 0xC2 && (unsigned char)c[1] >= 0x80 &&
            (unsigned char)c[1] < 0xA0)
            c[0] = c[1] = ' '; /* U+0080 to U+009F */
    }
    return foreign_trim(arena, line);
}

/* A long title is cut, and stands in full at the head of the text. */
static void fit_title(struct foreign *f, struct foreign_item *item)
{
    struct arena *arena = f->rq->arena;
    const char *whole = item->title == NULL ? NULL : on_one_line(arena, item->title);
    const char *text = item->text;
    size_t end = 0;

    if (whole == NULL) {
        foreign_remark(f, "%s %s: has no title", item->kind, item->id);
        whole = "(without a title)";
    }
    item->title = whole;
    end = characters_end(whole, FOREIGN_TITLE_MAX);
    if (whole[end] == '\0')
        return;
    end = characters_end(whole, FOREIGN_TITLE_MAX - 1);
    item->title = arena_printf(arena, "%.*s…", (int)end, whole);
    item->text = text == NULL ? whole : arena_printf(arena, "%s\n\n%s", whole, text);
    foreign_remark(f, "%s %s: the title is cut at %d characters and stands in full in the text",
                   item->kind, item->id, FOREIGN_TITLE_MAX);
}

static void fit_text(struct foreign *f, struct foreign_item *item)
{
    const size_t end = item->text == NULL ? 0 : cut_at(item->text, FOREIGN_TEXT_MAX);

    if (item->text == NULL || item->text[end] == '\0')
        return;
    item->text = arena_copy(f->rq->arena, item->text, end);
    foreign_remark(f, "%s %s: the text is cut at %d bytes; the whole is kept verbatim", item->kind,
                   item->id, FOREIGN_TEXT_MAX);
}

static void fit_assignee(struct foreign *f, struct foreign_item *item)
{
    struct arena *arena = f->rq->arena;

    item->assignee = item->assignee == NULL ? NULL : on_one_line(arena, item->assignee);
    if (item->assignee == NULL || item->assignee[characters_end(item->assignee, 100)] == '\0')
        return;
    item->assignee = NULL;
    foreign_note_field(f, item->kind, "assignee of more than 100 characters");
}

/* True when a record cannot be stored; then it is refused. */
static bool refuse_unfit(struct foreign *f, const char *kind, const char *id, const char *record)
{
    const bool no_id = id == NULL || *id == '\0';

    if (no_id)
        foreign_refuse(f, kind, NULL, "has no id");
    else if (strlen(id) > FOREIGN_ID_MAX)
        foreign_refuse(f, kind, NULL, "its id is longer than 1,000 bytes");
    else if (strlen(record) > FOREIGN_RECORD_MAX)
        foreign_refuse(f, kind, id, "is larger than 1 MiB");
    return no_id || strlen(id) > FOREIGN_ID_MAX || strlen(record) > FOREIGN_RECORD_MAX;
}

void foreign_name_project(struct foreign *f, struct foreign_project *project, const char *name,
                          const char *text)
{
    struct arena *arena = f->rq->arena;
    const char *line = name == NULL ? NULL : on_one_line(arena, name);

    if (line == NULL)
        line = f->program;
    project->name = arena_copy(arena, line, characters_end(line, FOREIGN_TITLE_MAX));
    project->text = text == NULL ? NULL : foreign_trim(arena, text);
    if (project->text == NULL)
        project->text = arena_printf(arena, "%s, imported from %s.", project->name, f->program);
    project->text = arena_copy(arena, project->text, cut_at(project->text, 65536));
}

struct foreign_project *foreign_add_project(struct foreign *f, const char *name, const char *text)
{
    struct foreign_project *project = ARENA_NEW(f->rq->arena, struct foreign_project);

    foreign_name_project(f, project, name, text);
    heap_add(f->rq->arena, &f->projects, project);
    return project;
}

struct foreign_item *foreign_add_item(struct foreign *f, struct foreign_project *project,
                                      const struct foreign_item *item)
{
    struct foreign_item *own = NULL;

    f->n_items++;
    if (f->n_items > FOREIGN_ITEMS_MAX || refuse_unfit(f, item->kind, item->id, item->record))
        return NULL;
    own = ARENA_NEW(f->rq->arena, struct foreign_item);
    *own = *item;
    fit_title(f, own);
    fit_text(f, own);
    fit_assignee(f, own);
    foreign_count(f, own->kind)->source++;
    heap_add(f->rq->arena, &project->items, own);
    return own;
}

void foreign_add_note(struct foreign *f, struct foreign_project *project,
                      const struct foreign_note *note)
{
    struct foreign_note *own = NULL;

    if (refuse_unfit(f, note->kind, note->id, note->record))
        return;
    own = ARENA_NEW(f->rq->arena, struct foreign_note);
    *own = *note;
    foreign_count(f, own->kind)->source++;
    heap_add(f->rq->arena, &project->notes, own);
}

enum status foreign_check(struct foreign *f)
{
    if (f->n_items > FOREIGN_ITEMS_MAX)
        return req_fail(f->rq, ST_LIMIT,
                        "'%s' has %zu items and at most %d are imported at once; nothing was "
                        "changed; split it",
                        f->place, f->n_items, FOREIGN_ITEMS_MAX);
    return req_check_memory(f->rq);
}
