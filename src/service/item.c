#include "planner/service/item.h"

#include "planner/base/clock.h"
#include "planner/service/cut.h"
#include "planner/service/moment.h"
#include "planner/service/page.h"
#include "planner/store/db.h"

const char *const include_names[] = {"content",  "children", "dependencies", "iterations",
                                     "evidence", "history",  "origin",       NULL};

const char *const detail_names[] = {"brief", "normal", "full", NULL};
static const char *const usual_names[] = {"content", "children", NULL};

static const struct field child_fields[] = {
    ROW_STR(struct child_row, key, REQUIRED),
    ROW_ENUM(struct child_row, kind, kind_names, REQUIRED),
    ROW_STR(struct child_row, title, REQUIRED),
    ROW_STR(struct child_row, status, REQUIRED),
    ROW_STR(struct child_row, state, REQUIRED),
    ROW_NUM(struct child_row, progress, REQUIRED),
    ROW_BOOL(struct child_row, should_promote, OPTIONAL),
    FIELD_END,
};
static const struct field dependency_fields[] = {
    ROW_STR(struct dependency_row, key, REQUIRED),
    ROW_ENUM(struct dependency_row, kind, kind_names, REQUIRED),
    ROW_STR(struct dependency_row, title, REQUIRED),
    ROW_STR(struct dependency_row, status, REQUIRED),
    FIELD_END,
};
static const struct field iteration_fields[] = {
    ROW_INT(struct iteration_row, number, REQUIRED),
    ROW_STR(struct iteration_row, action, REQUIRED),
    ROW_STR(struct iteration_row, role, REQUIRED),
    ROW_STR(struct iteration_row, agent, REQUIRED),
    ROW_STR(struct iteration_row, at, REQUIRED),
    ROW_STR(struct iteration_row, content, OPTIONAL),
    ROW_INT(struct iteration_row, content_length, OPTIONAL),
    ROW_STR(struct iteration_row, feedback, OPTIONAL),
    ROW_STR(struct iteration_row, reasoning, OPTIONAL),
    ROW_NUM(struct iteration_row, score, OPTIONAL),
    ROW_BOOL(struct iteration_row, cut, OPTIONAL),
    FIELD_END,
};
static const struct field evidence_fields[] = {
    ROW_STR(struct evidence_row, kind, REQUIRED),
    ROW_STR(struct evidence_row, reference, REQUIRED),
    ROW_STR(struct evidence_row, summary, OPTIONAL),
    ROW_STR(struct evidence_row, agent, REQUIRED),
    ROW_STR(struct evidence_row, at, REQUIRED),
    ROW_BOOL(struct evidence_row, cut, OPTIONAL),
    FIELD_END,
};
static const struct field change_fields[] = {
    ROW_INT(struct change_row, change, REQUIRED), ROW_STR(struct change_row, action, REQUIRED),
    ROW_STR(struct change_row, at, REQUIRED),     ROW_STR(struct change_row, agent, OPTIONAL),
    ROW_STR(struct change_row, user, OPTIONAL),   FIELD_END,
};
static const struct field dispute_part_fields[] = {
    ROW_STR(struct dispute_part, id, REQUIRED),
    ROW_STR(struct dispute_part, status, REQUIRED),
    ROW_INT(struct dispute_part, rounds, REQUIRED),
    ROW_STR(struct dispute_part, user_resolution, OPTIONAL),
    ROW_STR(struct dispute_part, resolved_by, OPTIONAL),
    ROW_STR(struct dispute_part, via, OPTIONAL),
    ROW_STR(struct dispute_part, created_at, REQUIRED),
    ROW_STR(struct dispute_part, resolved_at, OPTIONAL),
    FIELD_END,
};
static const struct field settings_fields[] = {
    ROW_NUM(struct project_settings, complexity_threshold, REQUIRED),
    ROW_INT(struct project_settings, max_iterations, REQUIRED),
    ROW_BOOL(struct project_settings, require_review, REQUIRED),
    ROW_BOOL(struct project_settings, separate_authors, REQUIRED),
    ROW_BOOL(struct project_settings, human_only, REQUIRED),
    ROW_BOOL(struct project_settings, require_evidence, REQUIRED),
    ROW_STR(struct project_settings, workspace, OPTIONAL),
    FIELD_END,
};

const struct field item_view_fields[] = {
    ROW_STR(struct item_view, key, REQUIRED),
    ROW_STR(struct item_view, id, REQUIRED),
    ROW_ENUM(struct item_view, kind, kind_names, REQUIRED),
    ROW_STR(struct item_view, title, REQUIRED),
    ROW_STR(struct item_view, status, REQUIRED),
    ROW_STR(struct item_view, state, REQUIRED),
    ROW_NUM(struct item_view, progress, REQUIRED),
    ROW_INT(struct item_view, version, OPTIONAL),
    ROW_STR(struct item_view, project, REQUIRED),
    ROW_STR(struct item_view, parent, OPTIONAL),
    ROW_STR(struct item_view, prev_id, OPTIONAL),
    ROW_STR(struct item_view, next_id, OPTIONAL),
    ROW_STR(struct item_view, objective, OPTIONAL),
    ROW_STR(struct item_view, description, OPTIONAL),
    ROW_BOOL(struct item_view, sequential, OPTIONAL),
    ROW_INT(struct item_view, priority, OPTIONAL),
    ROW_STR(struct item_view, assignee, OPTIONAL),
    ROW_STR(struct item_view, waits_for, OPTIONAL),
    ROW_STR(struct item_view, not_ready, OPTIONAL),
    ROW_STR(struct item_view, claimed_by, OPTIONAL),
    ROW_STR(struct item_view, claimed_until, OPTIONAL),
    ROW_INNER(struct item_view, wait, wait_facts_fields, struct wait_facts),
    ROW_STR(struct item_view, created_at, REQUIRED),
    ROW_STR(struct item_view, updated_at, REQUIRED),
    ROW_STR(struct item_view, completed_at, OPTIONAL),
    ROW_OBJ(struct item_view, settings, settings_fields, struct project_settings, OPTIONAL),
    ROW_INT(struct item_view, iteration_count, OPTIONAL),
    ROW_INT(struct item_view, max_iterations, OPTIONAL),
    ROW_BOOL(struct item_view, max_iterations_reached, OPTIONAL),
    ROW_INT(struct item_view, draft, OPTIONAL),
    ROW_BOOL(struct item_view, server_ready, OPTIONAL),
    ROW_BOOL(struct item_view, client_approved, OPTIONAL),
    ROW_NUM(struct item_view, server_complexity, OPTIONAL),
    ROW_NUM(struct item_view, client_complexity, OPTIONAL),
    ROW_NUM(struct item_view, agreed_complexity, OPTIONAL),
    ROW_NUM(struct item_view, complexity_score, OPTIONAL),
    ROW_ENUM(struct item_view, basis, basis_names, OPTIONAL),
    ROW_BOOL(struct item_view, should_promote, OPTIONAL),
    ROW_ENUM(struct item_view, promote_reason, promote_reason_names, OPTIONAL),
    ROW_STR(struct item_view, final_content, OPTIONAL),
    ROW_STR(struct item_view, server_content, OPTIONAL),
    ROW_STR(struct item_view, server_reasoning, OPTIONAL),
    ROW_STR(struct item_view, client_content, OPTIONAL),
    ROW_STR(struct item_view, client_reasoning, OPTIONAL),
    ROW_STR(struct item_view, feedback, OPTIONAL),
    ROW_OBJ(struct item_view, dispute, dispute_part_fields, struct dispute_part, OPTIONAL),
    ROW_INT(struct item_view, n_children, OPTIONAL),
    ROW_INT(struct item_view, n_open, OPTIONAL),
    ROW_INT(struct item_view, items, OPTIONAL),
    ROW_INT(struct item_view, disputes, OPTIONAL),
    ROW_LIST(struct item_view, children, child_fields, struct child_row, OPTIONAL),
    ROW_LIST(struct item_view, depends_on, dependency_fields, struct dependency_row, OPTIONAL),
    ROW_LIST(struct item_view, blocks, dependency_fields, struct dependency_row, OPTIONAL),
    ROW_LIST(struct item_view, iterations, iteration_fields, struct iteration_row, OPTIONAL),
    ROW_LIST(struct item_view, evidence, evidence_fields, struct evidence_row, OPTIONAL),
    ROW_LIST(struct item_view, history, change_fields, struct change_row, OPTIONAL),
    ROW_INNER(struct item_view, gone, cut_told_fields, struct cut_told),
    FIELD_STRS(struct item_view, cut, 0, 6, OPTIONAL, NULL),
    ROW_LIST(struct item_view, origin, origin_fields, struct origin_row, OPTIONAL),
    ROW_STR(struct item_view, next_cursor, OPTIONAL),
    ROW_STR(struct item_view, as_of, OPTIONAL),
    FIELD_END,
};

/* What an answer has room for: bytes of JSON, of them for lists (texts take what is left), rows. */
struct room {
    size_t budget, lists, rows;
};

static struct room room_for(const struct get_args *args)
{
    if (args->budget == 0)
        return (struct room){.budget = PAGE_BUDGET, .lists = 7000, .rows = 50};
    return (struct room){.budget = args->budget, .lists = args->budget / 6, .rows = 200};
}

static enum status check_include(struct req *rq, const struct list *include)
{
    for (size_t i = 0; i < include->n; i++) {
        const char *name = *LIST_AT(*include, i, const char *const);
        if (field_choice_find(include_names, name) == 0)
            return req_fail(rq, ST_INVALID,
                            "'include': '%.40s' is unknown; it takes content, children, "
                            "dependencies, iterations, evidence, history and origin",
                            name);
    }
    return ST_OK;
}

/* What is included beside what the detail says; nothing said: the store takes what is usual. */
static const char *parts_param(struct req *rq, const struct get_args *args)
{
    const char *const *of_detail = args->detail == DETAIL_FULL ? include_names : usual_names;
    const char **names =
        ARENA_MANY(rq->arena, args->include.n + LENGTH_OF(include_names), const char *);
    size_t n = 0;

    if (args->detail == 0 && !args->include.set)
        return NULL;
    for (size_t i = 0; i < args->include.n; i++)
        names[n++] = *LIST_AT(args->include, i, const char *const);
    while (args->detail > DETAIL_BRIEF && *of_detail != NULL)
        names[n++] = *of_detail++;
    return param_texts(rq, names, n);
}

#define TEXTS 8

/* Where a reader has come to: offsets of the texts, then the place in the origin. */
struct place {
    struct bound_cursor given;
    const char *parts[TEXTS + ORIGIN_PLACES];
    const char **origin; /* of the parts */
};

static enum status read_place(struct req *rq, const char *cursor, struct place *ret_place)
{
    struct place place = {0};

    TRY(cursor_part(rq, cursor, &place.given));
    TRY(cursor_read(rq, place.given.place, LENGTH_OF(place.parts), place.parts));
    TRY(origin_place_check(rq, place.parts + TEXTS));
    *ret_place = place;
    ret_place->origin = ret_place->parts + TEXTS;
    return ST_OK;
}

/* The order in which they get their room; the origin takes what is left. */
static enum status cut_texts(struct req *rq, const struct room *room, size_t budget,
                             struct place *place, struct item_view *view)
{
    const char **texts[] = {&view->final_content, &view->server_content,   &view->client_content,
                            &view->feedback,      &view->server_reasoning, &view->client_reasoning,
                            &view->objective,     &view->description};
    const bool first = place->given.place == NULL;
    const char *name = arena_printf(rq->arena, "get_item|%s|%s", view->key,
                                    view->as_of == NULL ? "" : view->as_of);
    bool cut = false;

    TRY(cursor_check(rq, &place->given, name));
    cut = page_cut_from(rq, first, place->parts, &budget, texts, TEXTS);
    cut = origin_cut(rq, budget, room->rows, place->origin, &view->origin, place->origin) || cut;
    if (cut)
        view->next_cursor =
            cursor_bind(rq, cursor_make(rq, place->parts, LENGTH_OF(place->parts)), name);
    return ST_OK;
}

/*
 * Each list (one row more than there is room for was read) takes what it needs of what is left and
 * says when that is not enough. Returns the bytes used.
 */
static size_t cut_lists(struct req *rq, const struct room *room, struct item_view *view)
{
    struct list *lists[] = {&view->children,   &view->depends_on, &view->blocks,
                            &view->iterations, &view->evidence,   &view->history};
    const struct field *shapes[] = {child_fields,     dependency_fields, dependency_fields,
                                    iteration_fields, evidence_fields,   change_fields};
    const size_t sizes[] = {sizeof(struct child_row),      sizeof(struct dependency_row),
                            sizeof(struct dependency_row), sizeof(struct iteration_row),
                            sizeof(struct evidence_row),   sizeof(struct change_row)};
    static const char *const names[] = {"children",   "depends_on", "blocks",
                                        "iterations", "evidence",   "history"};
    const char **cut = ARENA_MANY(rq->arena, LENGTH_OF(lists), const char *);
    size_t n_cut = 0;
    size_t used = 0;

    for (size_t i = 0; i < LENGTH_OF(lists); i++) {
        struct json_out out = JSON_OUT_IN(rq->arena);
        size_t fits = 0;
        for (; fits < lists[i]->n && fits < room->rows; fits++) {
            field_encode(shapes[i], (const char *)lists[i]->items + fits * sizes[i], &out);
            if (used + out.buf.len > room->lists)
                break;
        }
        if (fits < lists[i]->n || (lists[i] == &view->history && view->gone != NULL))
            cut[n_cut++] = names[i];
        if (fits < lists[i]->n && lists[i] == &view->history)
            view->gone = NULL; /* it is told at the end of a history */
        lists[i]->n = fits;
        used += out.buf.len < room->lists - used ? out.buf.len : room->lists - used;
    }
    if (n_cut > 0)
        view->cut = (struct list){.set = true, .items = cut, .n = n_cut};
    return used;
}

/* What it waits for, in words, and who holds it; of another time without a move to make now. */
static void tell_wait(struct req *rq, struct item_view *view)
{
    const struct wait_facts *wait = view->wait;

    if (wait == NULL)
        return;
    view->waits_for = ready_waits_for(rq, wait);
    if (view->as_of == NULL || (wait->why != WAIT_DISPUTED && wait->why != WAIT_CONTENT))
        view->not_ready = ready_why(rq, view->key, wait);
    if (wait->why == WAIT_CLAIMED) {
        view->claimed_by = wait->agent;
        view->claimed_until = clock_iso(rq->arena, wait->until.v);
    }
}

/* As it is, or as it was. */
static enum status read_at(struct req *rq, const struct ref *ref, const struct get_args *args,
                           const struct place *place, struct item_view *ret_view)
{
    const char *parts = parts_param(rq, args);
    const char *rows = param_int(rq, (int64_t)room_for(args).rows + 1);
    const char *as_of = args->as_of;
    const char *told = place->origin[0] == NULL ? "0" : place->origin[0];
    const char *chars = place->origin[1] == NULL ? "0" : place->origin[1];
    bool found = false;

    if (as_of == NULL)
        TRY(db_read(rq, &q_item_read, PARAMS(REF_PARAMS(ref), parts, rows, told, chars),
                    INTO_FOUND(item_view_fields, ret_view, &found)));
    else
        TRY(db_read(rq, &q_item_past, PARAMS(REF_PARAMS(ref), parts, rows, as_of, told, chars),
                    INTO_FOUND(item_view_fields, ret_view, &found)));
    if (found)
        ret_view->as_of = as_of;
    else if (as_of != NULL)
        return moment_missing(rq, ref, as_of);
    return found ? ST_OK : ref_not_found(rq, ref);
}

enum status item_read_ref(struct req *rq, const struct ref *ref, const struct get_args *args,
                          struct item_view *ret_view)
{
    const struct room room = room_for(args);
    struct item_view view;
    struct place place;

    TRY(check_include(rq, &args->include));
    TRY(moment_check(rq, "as_of", args->as_of));
    TRY(read_place(rq, args->cursor, &place));
    TRY(read_at(rq, ref, args, &place, &view));
    if (args->detail == DETAIL_BRIEF)
        view.objective = view.description = NULL;
    tell_wait(rq, &view);
    TRY(cut_texts(rq, &room, room.budget - cut_lists(rq, &room, &view), &place, &view));
    *ret_view = view;
    return ST_OK;
}

enum status item_get(struct req *rq, const struct get_args *args, struct item_view *ret_view)
{
    struct ref ref;

    TRY(ref_parse(rq, "item", args->item, &ref));
    return item_read_ref(rq, &ref, args, ret_view);
}
