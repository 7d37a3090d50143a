#include "planner/service/ref.h"

#include <ctype.h>

#include "planner/base/clock.h"
#include "planner/service/cut.h"
#include "planner/store/db.h"

struct deleted_row {
    const char *key, *top; /* what is marked as deleted: the item or one above it */
    struct opt_int up, change;
    const char
        *after; /* what was changed since, and by which change, which has to be undone first */
    struct opt_int later;
};
static const struct field deleted_fields[] = {
    ROW_STR(struct deleted_row, key, REQUIRED),
    ROW_STR(struct deleted_row, top, REQUIRED),
    ROW_INT(struct deleted_row, up, REQUIRED),
    ROW_INT(struct deleted_row, change, REQUIRED),
    ROW_STR(struct deleted_row, after, OPTIONAL),
    ROW_INT(struct deleted_row, later, OPTIONAL),
    FIELD_END,
};

struct archived_row {
    const char *key, *archive;
    struct opt_int at;
};
static const struct field archived_fields[] = {
    ROW_STR(struct archived_row, key, REQUIRED),
    ROW_STR(struct archived_row, archive, REQUIRED),
    ROW_INT(struct archived_row, at, REQUIRED),
    FIELD_END,
};

struct hint_row {
    const char *slug;
    struct opt_int last_number;
    struct opt_int n_projects;
    struct deleted_row *deleted;
    struct archived_row *archived, *archived_project;
    struct opt_bool found;
};
static const struct field hint_fields[] = {
    ROW_STR(struct hint_row, slug, OPTIONAL),
    ROW_INT(struct hint_row, last_number, OPTIONAL),
    ROW_INT(struct hint_row, n_projects, REQUIRED),
    ROW_OBJ(struct hint_row, deleted, deleted_fields, struct deleted_row, OPTIONAL),
    ROW_OBJ(struct hint_row, archived, archived_fields, struct archived_row, OPTIONAL),
    ROW_OBJ(struct hint_row, archived_project, archived_fields, struct archived_row, OPTIONAL),
    ROW_BOOL(struct hint_row, found, REQUIRED),
    FIELD_END,
};

/* Every character through toupper() or tolower(). */
static char *text_cased(struct arena *arena, const char *text, size_t len, int (*to_case)(int))
{
    char *copy = arena_copy(arena, text, len);

    for (size_t i = 0; i < len; i++)
        copy[i] = (char)to_case((unsigned char)copy[i]);
    return copy;
}

bool ref_slug_is_valid(const char *slug)
{
    const size_t len = strlen(slug);

    if (len < 2 || len > 10 || !(slug[0] >= 'A' && slug[0] <= 'Z'))
        return false;
    return strspn(slug, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

static const char *skip_scheme(const char *text)
{
    static const char *const schemes[] = {"task://", "step://", "project://", "dispute://"};

    for (size_t i = 0; i < LENGTH_OF(schemes); i++) {
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            return text + strlen(schemes[i]);
    }
    return text;
}

static bool is_item_number(const char *digits)
{
    const size_t len = strlen(digits);

    return len >= 1 && len <= 9 && strspn(digits, "0123456789") == len;
}

enum status ref_parse(struct req *rq, const char *arg, const char *text, struct ref *ret_ref)
{
    const char *bare = skip_scheme(text);
    const char *dash = strchr(bare, '-');
    const size_t slug_len = dash == NULL ? strlen(bare) : (size_t)(dash - bare);
    struct ref ref = {.arg = arg, .text = text};

    if (uuid_is_text(bare)) {
        ref.id = text_cased(rq->arena, bare, UUID_TEXT_LEN, tolower);
    } else if (bare == text) {
        ref.slug = text_cased(rq->arena, bare, slug_len, toupper);
        ref.number = dash == NULL ? "0" : dash + 1;
    }
    if (ref.id == NULL && (ref.slug == NULL || !ref_slug_is_valid(ref.slug) ||
                           !is_item_number(ref.number) || (dash != NULL && dash[1] == '0')))
        return req_fail(rq, ST_INVALID,
                        "'%s': '%.60s' names nothing; give a key like AUTH-34, a project's slug "
                        "or a UUID",
                        arg, text);
    *ret_ref = ref;
    return ST_OK;
}

enum status ref_parse_project(struct req *rq, const char *arg, const char *text,
                              struct ref *ret_ref)
{
    struct ref ref = {.arg = arg, .text = text != NULL ? text : rq->project};

    if (ref.text != NULL) {
        TRY(ref_parse(rq, arg, ref.text, &ref));
        if (ref.slug != NULL && strcmp(ref.number, "0") != 0)
            return req_fail(rq, ST_INVALID, "'%s': %s is an item; name a project, like %s", arg,
                            ref.text, ref.slug);
    }
    *ret_ref = ref;
    return ST_OK;
}

enum status ref_parse_or_default(struct req *rq, const char *arg, const char *text,
                                 struct ref *ret_ref)
{
    if (text == NULL)
        text = rq->project;
    if (text != NULL)
        return ref_parse(rq, arg, text, ret_ref);
    *ret_ref = (struct ref){.arg = arg, .slug = rq->directory, .number = "0"};
    return ST_OK;
}

static enum status was_deleted(struct req *rq, const char *arg, const struct deleted_row *row)
{
    const char *with = "";
    const char *after = "";

    if (row->up.v > 1)
        with = arena_printf(rq->arena, " with %s", row->top);
    if (row->later.set)
        after = arena_printf(rq->arena, ", after undo %lld (%s was changed since)",
                             (long long)row->later.v, row->after == NULL ? row->top : row->after);
    return req_fail(rq, ST_NOT_FOUND, "'%s': %s was deleted%s; undo %lld brings it back%s", arg,
                    row->key, with, (long long)row->change.v, after);
}

static enum status was_archived(struct req *rq, const char *arg, const struct archived_row *row,
                                const char *what)
{
    return req_fail(rq, ST_NOT_FOUND, "'%s': %s%s and archived %s; %s puts it back", arg, row->key,
                    what, clock_local(rq->arena, row->at.v), cut_way_back(rq, row->archive));
}

/* An id tells nothing of where it belongs; what is there is found by its words or from above. */
static const char *where_they_are(const struct ref *ref)
{
    if (strcmp(ref->arg, "dispute") == 0)
        return "list_disputes tells those there are";
    if (strcmp(ref->arg, "project") == 0)
        return "list_projects tells those there are";
    return "search finds items by their words, outline lists those of a project";
}

static enum status tell_hint(struct req *rq, const struct ref *ref, const struct hint_row *hint)
{
    if (hint->archived != NULL)
        return was_archived(rq, ref->arg, hint->archived, " was deleted");
    if (hint->deleted != NULL)
        return was_deleted(rq, ref->arg, hint->deleted);
    if (hint->archived_project != NULL && (ref->id != NULL || hint->slug == NULL))
        return was_archived(rq, ref->arg, hint->archived_project, " was a project");
    if (ref->id != NULL)
        return req_fail(rq, ST_NOT_FOUND, "'%s': %s does not exist; %s", ref->arg, ref->text,
                        where_they_are(ref));
    if (hint->slug == NULL)
        return req_fail(
            rq, ST_NOT_FOUND, "'%s': there is no project %s; %s tells the %lld there are", ref->arg,
            ref->slug, rq->by_hand ? "'mcp-planner export --markdown'" : "list_projects",
            (long long)hint->n_projects.v);
    if (hint->last_number.v == 0)
        return req_fail(rq, ST_NOT_FOUND, "'%s': %s-%s does not exist; %s has no items yet",
                        ref->arg, ref->slug, ref->number, ref->slug);
    return req_fail(rq, ST_NOT_FOUND, "'%s': %s-%s does not exist; the last item of %s is %s-%lld",
                    ref->arg, ref->slug, ref->number, ref->slug, ref->slug,
                    (long long)hint->last_number.v);
}

enum status ref_not_found(struct req *rq, const struct ref *ref)
{
    struct hint_row hint;

    if (ref->text == NULL)
        return req_fail(rq, ST_NOT_FOUND,
                        "'%s' is missing and no project is bound to this directory; name one "
                        "(list_projects)",
                        ref->arg);
    TRY(db_read(rq, &q_ref_hint, PARAMS(REF_PARAMS(ref)), INTO(hint_fields, &hint)));
    return tell_hint(rq, ref, &hint);
}

enum status ref_check(struct req *rq, const struct ref *ref)
{
    struct hint_row hint;

    TRY(db_read(rq, &q_ref_hint, PARAMS(REF_PARAMS(ref)), INTO(hint_fields, &hint)));
    return hint.found.v && hint.deleted == NULL ? ST_OK : tell_hint(rq, ref, &hint);
}

/* "Authentication service" gives AUTHENTICA; a leading digit or too few letters get a P before. */
const char *ref_slug_from_name(struct arena *arena, const char *name)
{
    struct buf slug = BUF_IN(arena);

    for (; *name != '\0' && slug.len < 10; name++) {
        const unsigned char c = (unsigned char)*name;
        if (c < 0x80 && isalnum(c)) {
            if (slug.len == 0 && isdigit(c))
                buf_char(&slug, 'P');
            buf_char(&slug, (char)toupper(c));
        } else if (slug.len >= 3) {
            break; /* the first word that is long enough to tell something */
        }
    }
    while (slug.len < 2)
        buf_char(&slug, slug.len == 0 ? 'P' : 'X');
    return buf_str(&slug);
}

const char *ref_some(struct req *rq, const struct list *names, int64_t n)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < names->n; i++)
        buf_printf(&out, "%s%s", i > 0 ? ", " : "", *LIST_AT(*names, i, const char *const));
    if (n > (int64_t)names->n)
        buf_printf(&out, " and %lld more", (long long)n - (long long)names->n);
    return buf_str(&out);
}
