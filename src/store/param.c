/* Values as PostgreSQL reads them in text format. */
#include "planner/base/buf.h"
#include "planner/store/db.h"

const char *param_int(struct req *rq, int64_t value)
{
    return arena_printf(rq->arena, "%lld", (long long)value);
}

const char *param_num(struct req *rq, double value)
{
    char text[40];

    for (int digits = 6; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return arena_strdup(rq->arena, text);
}

const char *param_bool(bool value)
{
    return value ? "true" : "false";
}

const char *param_opt_int(struct req *rq, struct opt_int value)
{
    return value.set ? param_int(rq, value.v) : NULL;
}

const char *param_opt_num(struct req *rq, struct opt_num value)
{
    return value.set ? param_num(rq, value.v) : NULL;
}

const char *param_opt_bool(struct opt_bool value)
{
    return value.set ? param_bool(value.v) : NULL;
}

static void add_element(struct buf *out, const char *text)
{
    if (text == NULL) {
        buf_text(out, "NULL");
        return;
    }
    buf_char(out, '"');
    while (*text != '\0') {
        const size_t run = strcspn(text, "\"\\");
        buf_add(out, text, run);
        text += run;
        if (*text != '\0') {
            buf_char(out, '\\');
            buf_char(out, *text++);
        }
    }
    buf_char(out, '"');
}

/* As add_element() writes it, with the comma. */
static size_t element_size(const char *text)
{
    size_t size = sizeof("NULL,");

    for (; text != NULL && *text != '\0'; text++)
        size += *text == '"' || *text == '\\' ? 2 : 1;
    return size;
}

/* Sized first: a buffer that grows leaves its older copies, and ten thousand rows are many. */
const char *param_texts(struct req *rq, const char *const *texts, size_t n)
{
    struct buf out = BUF_IN(rq->arena);

    out.cap = sizeof("{}");
    for (size_t i = 0; i < n; i++)
        out.cap += element_size(texts[i]);
    out.ptr = arena_alloc(rq->arena, out.cap);
    buf_char(&out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_char(&out, ',');
        add_element(&out, texts[i]);
    }
    buf_char(&out, '}');
    return buf_str(&out);
}
