/* Rows as they fit into the store: change numbers moved on, and for a copy ids of its own. */
#include "intake_private.h"
#include "planner/base/sha256.h"

#define TIME_LEN 13 /* characters of a UUID that are its time, with the hyphen behind them */

/* Version 7 and the variant stay; what was random comes from the sum of the id and the slug. */
void intake_rewrite_id(const char *id, const char *as, char ret_id[UUID_TEXT_LEN + 1])
{
    char hex[SHA256_HEX_LEN + 1];
    OWN_SHA256 *sum = sha256_new();
    size_t at = 0;

    sha256_add(sum, id, UUID_TEXT_LEN);
    sha256_add(sum, as, strlen(as));
    sha256_text(sum, hex);
    memcpy(ret_id, id, UUID_TEXT_LEN + 1);
    for (size_t i = TIME_LEN + 2; i < UUID_TEXT_LEN; i++) {
        if (ret_id[i] != '-' && i != 19) /* 19: the variant */
            ret_id[i] = hex[at++];
    }
}

struct rewriter {
    const char *as; /* NULL: ids stay */
    int64_t shift;
    struct buf *out;
};

static bool is_id(struct span raw)
{
    char text[UUID_TEXT_LEN + 1];

    if (raw.len != UUID_TEXT_LEN)
        return false;
    memcpy(text, raw.ptr, raw.len);
    text[raw.len] = '\0';
    return uuid_is_text(text);
}

/* What stands between quotes; an id becomes that of the copy. */
static void put_text(const struct rewriter *w, struct span raw)
{
    char from[UUID_TEXT_LEN + 1];
    char to[UUID_TEXT_LEN + 1];

    buf_char(w->out, '"');
    if (w->as != NULL && is_id(raw)) {
        memcpy(from, raw.ptr, raw.len);
        from[raw.len] = '\0';
        intake_rewrite_id(from, w->as, to);
        buf_add(w->out, to, UUID_TEXT_LEN);
    } else {
        buf_add(w->out, raw.ptr, raw.len);
    }
    buf_char(w->out, '"');
}

static void put_number(const struct rewriter *w, struct span value)
{
    int64_t number = 0;
    char text[32];

    if (value.len >= sizeof(text) ||
        (value.ptr[0] != '-' && (value.ptr[0] < '0' || value.ptr[0] > '9'))) {
        buf_add(w->out, value.ptr, value.len);
        return;
    }
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    number = strtoll(text, NULL, 10) + w->shift;
    buf_printf(w->out, "%lld", (long long)number);
}

/* Any JSON: strings and names that are ids. As deep as the gate lets it be. */
static void put_values(const struct rewriter *w, struct span value) // NOLINT(misc-no-recursion)
{
    const bool object = value.ptr[0] == '{';
    struct span name = {0};
    struct span inner = {0};
    size_t pos = 0;
    bool first = true;

    if (value.ptr[0] == '"') {
        put_text(w, (struct span){value.ptr + 1, value.len - 2});
        return;
    }
    if (!object && value.ptr[0] != '[') {
        buf_add(w->out, value.ptr, value.len);
        return;
    }
    buf_char(w->out, value.ptr[0]);
    while (json_next(value, &pos, object ? &name : NULL, &inner)) {
        if (!first)
            buf_text(w->out, ", ");
        first = false;
        if (object) {
            put_text(w, name);
            buf_text(w->out, ": ");
        }
        put_values(w, inner);
    }
    buf_char(w->out, object ? '}' : ']');
}

/* An answer: its change number, at the top. */
static void put_answer(const struct rewriter *w, struct span value)
{
    struct span name = {0};
    struct span inner = {0};
    size_t pos = 0;
    bool first = true;

    if (value.ptr[0] != '{') {
        buf_add(w->out, value.ptr, value.len);
        return;
    }
    buf_char(w->out, '{');
    while (json_next(value, &pos, &name, &inner)) {
        buf_printf(w->out, "%s\"%.*s\": ", first ? "" : ", ", (int)name.len, name.ptr);
        first = false;
        if (span_is(name, "change"))
            put_number(w, inner);
        else
            buf_add(w->out, inner.ptr, inner.len);
    }
    buf_char(w->out, '}');
}

static void put_member(const struct rewriter *w, enum record_kind kind, struct span name,
                       struct span value)
{
    const struct record_member *member = record_member_find(kind, name);

    if (member->use == MEMBER_CHANGE)
        put_number(w, value);
    else if (member->use == MEMBER_ANSWER)
        put_answer(w, value);
    else if (member->use == MEMBER_PLAIN || w->as == NULL)
        buf_add(w->out, value.ptr, value.len);
    else
        put_values(w, value);
}

void intake_rewrite_row(const struct record *record, const struct planned *project, const char *as,
                        int64_t shift, struct buf *out)
{
    const struct rewriter w = {as, shift, out};
    struct span name = {0};
    struct span value = {0};
    size_t pos = 0;

    while (json_next(record->row, &pos, &name, &value)) {
        buf_printf(out, "%s\"%.*s\":", out->len == 0 ? "{" : ",", (int)name.len, name.ptr);
        if (as != NULL && record->kind == RECORD_PROJECT && span_is(name, "slug"))
            buf_printf(out, "\"%s\"", project->slug_here);
        else if (as != NULL && record->kind == RECORD_PROJECT && span_is(name, "workspace"))
            buf_text(out, "null");
        else
            put_member(&w, record->kind, name, value);
    }
    buf_char(out, '}');
}
