#include "planner/service/completion.h"

#include <ctype.h>

#include "planner/service/ref.h"
#include "planner/store/db.h"

#define SLUG_MAX      10
#define NUMBER_DIGITS 9 /* as ref_parse takes them */
#define ID_BEGUN_LEAST \
    8 /* digits before a beginning is looked up as an id: less is a slug or word */

static const struct field completions_fields[] = {
    FIELD_STRS(struct completions, values, 0, 0, REQUIRED, NULL),
    ROW_INT(struct completions, total, OPTIONAL),
    ROW_BOOL(struct completions, has_more, REQUIRED),
    FIELD_END,
};

static size_t count_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Blanks at the ends taken out, those between single. NULL when nothing is left. */
static const char *single_blanks(struct arena *arena, const char *text)
{
    struct buf out = BUF_IN(arena);

    for (; *text != '\0'; text++) {
        if (!is_blank(*text))
            buf_char(&out, *text);
        else if (out.len > 0 && text[1] != '\0' && !is_blank(text[1]))
            buf_char(&out, ' ');
    }
    return out.len == 0 ? NULL : buf_str(&out);
}

/* AU, AUTH, AUTH-, AUTH-1 in any case. */
static void parse_key(struct arena *arena, const char *text, struct complete_typed *typed)
{
    const char *dash = strchr(text, '-');
    const size_t len = dash == NULL ? strlen(text) : (size_t)(dash - text);
    const char *digits = dash == NULL ? "" : dash + 1;
    const size_t n_digits = strlen(digits);
    char *slug = NULL;

    if (len < 1 || len > SLUG_MAX || (dash != NULL && len < 2) ||
        isalpha((unsigned char)*text) == 0)
        return;
    if (n_digits > NUMBER_DIGITS || *digits == '0' || strspn(digits, "0123456789") != n_digits)
        return;
    slug = arena_copy(arena, text, len);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)slug[i] >= 0x80 || isalnum((unsigned char)slug[i]) == 0)
            return;
        slug[i] = (char)toupper((unsigned char)slug[i]);
    }
    typed->slug = slug;
    typed->whole = dash != NULL;
    typed->digits = n_digits == 0 ? NULL : digits;
}

/* What begins like a UUID lies between it filled up with zeros and with fs. */
static void parse_id(struct arena *arena, const char *text, struct complete_typed *typed)
{
    static const char form[] = "00000000-0000-0000-0000-000000000000";
    const size_t len = strlen(text);
    char *low = arena_copy(arena, form, UUID_TEXT_LEN);
    char *high = arena_copy(arena, form, UUID_TEXT_LEN);

    if (len < ID_BEGUN_LEAST || len > UUID_TEXT_LEN)
        return;
    for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
        if (i < len && (form[i] == '-' ? text[i] != '-' : isxdigit((unsigned char)text[i]) == 0))
            return;
        if (form[i] == '-')
            continue;
        low[i] = i < len ? text[i] : '0';
        high[i] = i < len ? text[i] : 'f';
    }
    typed->low = low;
    typed->high = high;
}

struct complete_typed complete_parse(struct arena *arena, const char *prefix)
{
    struct complete_typed typed = {0};

    if (prefix == NULL)
        return typed;
    typed.hopeless = count_characters(prefix) > COMPLETE_PREFIX_MAX;
    typed.words = typed.hopeless ? NULL : single_blanks(arena, prefix);
    if (typed.words == NULL)
        return typed;
    parse_key(arena, typed.words, &typed);
    parse_id(arena, typed.words, &typed);
    return typed;
}

/* The projects to look at: the only one that counts, and the one to fall back on. */
struct scope {
    struct ref only, usual;
    bool nowhere; /* the only one is named, and by what cannot be a project */
};

static struct scope read_scope(struct req *rq, const char *project)
{
    struct scope scope = {0};

    if (project != NULL && *project != '\0')
        scope.nowhere = ref_parse_project(rq, "project", project, &scope.only) != ST_OK;
    if (ref_parse_project(rq, "project", NULL, &scope.usual) != ST_OK)
        scope.usual = (struct ref){0};
    return scope;
}

static enum status find_projects(struct req *rq, const struct complete_typed *typed,
                                 struct completions *ret_completions)
{
    return db_read(rq, &q_complete_project,
                   PARAMS(typed->slug, typed->words, param_int(rq, COMPLETE_SCAN_MAX),
                          param_int(rq, COMPLETE_VALUES_MAX)),
                   INTO(completions_fields, ret_completions));
}

static enum status find_disputes(struct req *rq, const struct complete_typed *typed,
                                 const struct scope *scope, struct completions *ret_completions)
{
    return db_read(rq, &q_complete_dispute,
                   PARAMS(typed->slug, param_bool(typed->whole), typed->digits, typed->words,
                          scope->only.id, scope->only.slug, scope->usual.id, scope->usual.slug,
                          rq->directory, typed->low, typed->high, param_int(rq, COMPLETE_SCAN_MAX),
                          param_int(rq, COMPLETE_VALUES_MAX)),
                   INTO(completions_fields, ret_completions));
}

static enum status find_items(struct req *rq, const char *purpose,
                              const struct complete_typed *typed, const struct scope *scope,
                              struct completions *ret_completions)
{
    return db_read(rq, &q_complete_item,
                   PARAMS(typed->slug, param_bool(typed->whole), typed->digits, typed->words,
                          scope->only.id, scope->only.slug, scope->usual.id, scope->usual.slug,
                          rq->directory, purpose, param_int(rq, COMPLETE_SCAN_MAX),
                          param_int(rq, COMPLETE_VALUES_MAX)),
                   INTO(completions_fields, ret_completions));
}

enum status complete_find(struct req *rq, enum complete_kind kind, const char *prefix,
                          const char *project, struct completions *ret_completions)
{
    const struct complete_typed typed = complete_parse(rq->arena, prefix);
    const struct scope scope = read_scope(rq, project);

    *ret_completions = (struct completions){.total = SOME_INT(0), .has_more = SOME_BOOL(false)};
    if (typed.hopeless || scope.nowhere)
        return ST_OK;
    switch (kind) {
    case COMPLETE_NONE:
        return ST_OK;
    case COMPLETE_PROJECT:
        return find_projects(rq, &typed, ret_completions);
    case COMPLETE_ITEM:
        return find_items(rq, "item", &typed, &scope, ret_completions);
    case COMPLETE_STEP:
        return find_items(rq, "step", &typed, &scope, ret_completions);
    case COMPLETE_DRAFTABLE_STEP:
        return find_items(rq, "draft", &typed, &scope, ret_completions);
    case COMPLETE_REVIEWABLE_STEP:
        return find_items(rq, "review", &typed, &scope, ret_completions);
    case COMPLETE_DISPUTE:
        return find_disputes(rq, &typed, &scope, ret_completions);
    }
    return ST_OK;
}
