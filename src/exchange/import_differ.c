/*
 * What has changed in a source since it was imported: field by field, what is here and what is
 * there now, and whether it may be taken over. The mapped fields are held against the item, all
 * others against the record that was kept.
 */
#include <string.h>

#include "import_parts.h"
#include "planner/service/page.h"

#define VALUE_SHOWN 200          /* bytes of a value that are told */
#define SAME_SHOWN  ((size_t)20) /* of them before the first that differs */

const struct field differing_row_fields[] = {
    ROW_INT(struct differing_row, place, REQUIRED),
    ROW_STR(struct differing_row, record, REQUIRED),
    ROW_STR(struct differing_row, key, REQUIRED),
    ROW_STR(struct differing_row, title, REQUIRED),
    ROW_STR(struct differing_row, text, OPTIONAL),
    ROW_INT(struct differing_row, priority, REQUIRED),
    ROW_STR(struct differing_row, assignee, OPTIONAL),
    ROW_INT(struct differing_row, completed_at, OPTIONAL),
    ROW_STR(struct differing_row, parent, OPTIONAL),
    ROW_ENUM(struct differing_row, parent_status, item_status_names, OPTIONAL),
    FIELD_STRS(struct differing_row, needs, 0, 0, OPTIONAL, NULL),
    FIELD_STRS(struct differing_row, need_names, 0, 0, OPTIONAL, NULL),
    ROW_ENUM(struct differing_row, content_status, step_status_names, OPTIONAL),
    ROW_INT(struct differing_row, last_number, OPTIONAL),
    ROW_INT(struct differing_row, server_number, OPTIONAL),
    ROW_INT(struct differing_row, turn_number, OPTIONAL),
    ROW_BOOL(struct differing_row, server_ready, OPTIONAL),
    ROW_NUM(struct differing_row, complexity_score, OPTIONAL),
    ROW_ENUM(struct differing_row, complexity_basis, basis_names, OPTIONAL),
    ROW_STR(struct differing_row, claimed, OPTIONAL),
    ROW_BOOL(struct differing_row, changed, REQUIRED),
    FIELD_END,
};
static const struct field differing_fields[] = {
    ROW_LIST(struct differing_rows, rows, differing_row_fields, struct differing_row, REQUIRED),
    FIELD_END,
};

void import_add_differing(struct project_plan *plan, const struct differing *differing)
{
    struct differing *own = ARENA_NEW(plan->rq->arena, struct differing);

    *own = *differing;
    heap_add(plan->rq->arena, &plan->differing, own);
}

void import_queue_differing(struct store *s)
{
    const size_t n = s->plan.differing.n;
    const char **ids = ARENA_MANY(s->w->rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++)
        ids[i] = HEAP_AT(s->plan.differing, i, const struct differing)->source_id;
    tx_add(&s->w->tx, &q_foreign_differing,
           PARAMS(s->plan.id, s->plan.f->program, param_texts(s->w->rq, ids, n)),
           INTO(differing_fields, &s->now));
}

/* ------------------------------------------------------------- values, shortened */

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(or_empty(a), or_empty(b)) == 0;
}

/* From a little before the first difference on. */
static const char *shown(struct arena *arena, const char *text, size_t same)
{
    size_t begin = same > SAME_SHOWN * 2 ? same - SAME_SHOWN : 0;
    size_t len = 0;

    while (((unsigned char)text[begin] & 0xC0U) == 0x80U)
        begin++;
    len = page_cut(text, begin, VALUE_SHOWN);
    return arena_printf(arena, "%s%.*s%s", begin > 0 ? "..." : "", (int)len, text + begin,
                        text[begin + len] != '\0' ? "..." : "");
}

static void add_field(const struct store *s, struct differing *d, const char *name,
                      const char *here, const char *there)
{
    struct arena *arena = s->w->rq->arena;
    struct foreign_changed *field = ARENA_NEW(arena, struct foreign_changed);
    size_t same = 0;

    here = or_empty(here);
    there = or_empty(there);
    while (here[same] != '\0' && here[same] == there[same])
        same++;
    *field =
        (struct foreign_changed){name, shown(arena, here, same), shown(arena, there, same), false};
    heap_add(arena, &d->told->fields, field);
}

static bool is_told(const struct differing *d, const char *name)
{
    for (size_t i = 0; i < d->told->fields.n; i++) {
        if (strcmp(HEAP_AT(d->told->fields, i, const struct foreign_changed)->name, name) == 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------- the item */

/* What an item waits for there, as far as it can here. */
static bool is_wanted(const struct store *s, const struct differing *d, const char *id)
{
    const struct heap *needs = &d->node->item->needs;

    for (size_t i = 0; i < needs->n; i++) {
        const struct node *to = import_find(&s->plan, HEAP_AT(*needs, i, const char));
        if (to != NULL && to != d->node && to->id != NULL && strcmp(to->id, id) == 0)
            return true;
    }
    return false;
}

static void compare_needs(const struct store *s, struct differing *d)
{
    struct arena *arena = s->w->rq->arena;
    const struct list *here = &d->row->needs;
    const struct heap *there = &d->node->item->needs;
    struct buf old = BUF_IN(arena);
    struct buf new = BUF_IN(arena);
    size_t same = 0;
    size_t wanted = 0;

    for (size_t i = 0; i < here->n; i++) {
        const char *id = *LIST_AT(*here, i, const char *const);
        buf_printf(&old, "%s%s", i == 0 ? "" : ", ",
                   *LIST_AT(d->row->need_names, i, const char *const));
        if (is_wanted(s, d, id))
            same++;
        else
            heap_add(arena, &d->dropped, (void *)id);
    }
    for (size_t i = 0; i < there->n; i++) {
        const char *name = HEAP_AT(*there, i, const char);
        const struct node *to = import_find(&s->plan, name);
        if (import_why_no_edge(d->node, to, i) != NULL)
            continue;
        buf_printf(&new, "%s%s", wanted == 0 ? "" : ", ", name);
        wanted++;
    }
    if (same < here->n || same < wanted)
        add_field(s, d, "depends_on", buf_str(&old), buf_str(&new));
}

/* Here, or in the source, which the same import may take over. */
static bool is_below_cancelled(const struct store *s, const struct differing *d)
{
    const struct node *parent =
        d->row->parent == NULL ? NULL : import_find(&s->plan, d->row->parent);

    return d->row->parent_status == ITEM_CANCELLED ||
           (parent != NULL && parent->item->status == ITEM_CANCELLED);
}

/* With children, now or soon, it stands as they do; below something cancelled nothing is open. */
static bool has_status(const struct store *s, const struct differing *d)
{
    return d->node->known->n_children.v == 0 && d->node->n_counted == 0 &&
           !(d->node->item->status == ITEM_OPEN && is_below_cancelled(s, d));
}

static void compare_item(const struct store *s, struct differing *d)
{
    struct arena *arena = s->w->rq->arena;
    const struct foreign_item *item = d->node->item;
    const struct differing_row *row = d->row;
    const int status = d->node->known->status;

    if (!is_same(row->title, item->title))
        add_field(s, d, "title", row->title, item->title);
    if (!is_same(row->text, item->text))
        add_field(s, d, "text", row->text, item->text);
    if (has_status(s, d) && status != item->status)
        add_field(s, d, "status", field_choice(item_status_names, status),
                  field_choice(item_status_names, item->status));
    if (row->priority.v != item->priority)
        add_field(s, d, "priority", arena_printf(arena, "%lld", (long long)row->priority.v),
                  arena_printf(arena, "%lld", (long long)item->priority));
    if (!is_same(row->assignee, item->assignee))
        add_field(s, d, "assignee", row->assignee, item->assignee);
    if (!is_same(row->parent, item->parent) &&
        (item->parent == NULL || import_find(&s->plan, item->parent) != NULL))
        add_field(s, d, "parent", row->parent, item->parent);
    compare_needs(s, d);
}

/* ------------------------------------------------------------- the record */

/* The members of a record: JSON, or the front matter of a text. NULL: it has none. */
static cJSON *record_tree(struct req *rq, const char *record)
{
    const struct span text = {record, strlen(record)};
    struct json_fault fault;
    cJSON *tree = NULL;
    struct span body;

    if (record[0] == '{')
        return json_check(record, text.len, &fault) ? json_parse(record, text.len) : NULL;
    if (strncmp(record, "---", 3) != 0 ||
        front_matter_read(rq, "record", text, &tree, &body) != ST_OK)
        return NULL;
    return tree;
}

/* The item has it: then it was held against that, unless the word says more than the item can. */
static bool is_compared(const struct store *s, const struct differing *d, const char *name)
{
    static const char *const words[] = {"status", "priority", "assignee"};

    if (d->node == NULL || !foreign_is_used(s->plan.f, d->kind, name))
        return false;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strcmp(name, words[i]) == 0)
            return is_told(d, name);
    }
    return d->told->fields.n > 0;
}

static const char *value_text(struct arena *arena, const cJSON *value)
{
    struct json_out out = JSON_OUT_IN(arena);

    if (value == NULL || cJSON_IsString(value))
        return value == NULL ? NULL : arena_strdup(arena, value->valuestring);
    json_tree(&out, value);
    return json_text(&out);
}

static void compare_member(const struct store *s, struct differing *d, const char *name,
                           const cJSON *here, const cJSON *there)
{
    struct arena *arena = s->w->rq->arena;

    if (here == NULL || there == NULL || cJSON_Compare(here, there, true) != 1)
        add_field(s, d, arena_strdup(arena, name), value_text(arena, here),
                  value_text(arena, there));
}

static void compare_members(const struct store *s, struct differing *d, const cJSON *here,
                            const cJSON *there, bool all)
{
    const cJSON *member = NULL;
    const size_t compared = d->told->fields.n;

    cJSON_ArrayForEach(member, there)
    {
        if (member->string != NULL && (all || !is_compared(s, d, member->string)))
            compare_member(s, d, member->string, json_get(here, member->string), member);
    }
    cJSON_ArrayForEach(member, here)
    {
        if (member->string != NULL && json_get(there, member->string) == NULL &&
            (all || !is_compared(s, d, member->string)))
            compare_member(s, d, member->string, member, NULL);
    }
    for (size_t i = compared; i < d->told->fields.n; i++)
        HEAP_AT(d->told->fields, i, struct foreign_changed)->kept = true;
}

static void compare_record(const struct store *s, struct differing *d)
{
    OWN_JSON here = record_tree(s->w->rq, d->row->record);
    OWN_JSON there = record_tree(s->w->rq, d->record);

    if (here != NULL && there != NULL)
        compare_members(s, d, here, there, false);
    if (d->told->fields.n == 0 && here != NULL && there != NULL)
        compare_members(s, d, here, there, true); /* a time alone, as a rule */
    if (d->told->fields.n > 0)
        return;
    add_field(s, d, "record", d->row->record, d->record);
    HEAP_AT(d->told->fields, 0, struct foreign_changed)->kept = true;
}

/* ------------------------------------------------------------- what becomes of it */

static const char *why_left(const struct store *s, const struct differing *d, size_t mapped)
{
    if (d->node == NULL || mapped == 0)
        return NULL;
    if (d->node->known->gone.v)
        return "it was deleted here";
    if (d->row->changed.v)
        return "it was changed here, too";
    if (d->row->claimed != NULL)
        return arena_printf(s->w->rq->arena, "it is claimed by %s", d->row->claimed);
    return NULL;
}

static void settle(struct store *s, struct differing *d, size_t mapped)
{
    struct foreign_tally *tally = foreign_count(s->plan.f, d->kind);

    d->told->why = why_left(s, d, mapped);
    d->told->taken = s->order->update && d->told->why == NULL;
    tally->updated += d->told->taken;
    tally->differs += !d->told->taken;
    heap_add(s->w->rq->arena, &s->plan.f->differences, d->told);
    if (!d->told->taken)
        return;
    s->changes = true;
    if (d->node != NULL)
        d->node->updated = mapped > 0;
}

/*
 * A record that is the same may mean something else now: Backlog.md moves the files of what is
 * done. What was changed here differs because of that, and is no news.
 */
static bool is_no_news(const struct differing *d, size_t mapped)
{
    return d->same && (mapped == 0 || d->row->changed.v || d->node->known->gone.v);
}

static void compare(struct store *s, struct differing *d)
{
    struct arena *arena = s->w->rq->arena;
    size_t mapped = 0;

    d->told = ARENA_NEW(arena, struct foreign_difference);
    *d->told = (struct foreign_difference){.kind = d->kind, .id = d->id, .key = d->row->key};
    if (d->node != NULL)
        compare_item(s, d);
    mapped = d->told->fields.n;
    if (is_no_news(d, mapped)) {
        foreign_count(s->plan.f, d->kind)->there++;
        return;
    }
    if (!d->same)
        compare_record(s, d);
    settle(s, d, mapped);
}

void import_compare(struct store *s)
{
    for (size_t i = 0; i < s->now.rows.n; i++) {
        const struct differing_row *row = LIST_AT(s->now.rows, i, const struct differing_row);
        struct differing *d =
            HEAP_AT(s->plan.differing, (size_t)row->place.v - 1, struct differing);
        d->row = row;
        compare(s, d);
    }
}
