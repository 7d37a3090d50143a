/*
 * URIs of resources: what is taken is written in one plain form that is taken as the same; the URI
 * of the next page differs by its cursor only; what is watched is what would be read.
 */
#include <ctype.h>

#include "fuzz.h"
#include "planner/resources/uri.h"

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (isalnum((unsigned char)*text))
            buf_char(out, *text);
        else
            buf_printf(out, "%%%02x", (unsigned char)*text);
    }
}

/* Everything escaped that can be, members in the other order. */
static const char *plain_form(struct req *rq, const struct resource_uri *uri)
{
    static const char *const heads[] = {"",      "projects", "projects", "projects",
                                        "items", "items",    "disputes"};
    static const char *const tails[] = {"", "", "", "/outline", "", "/history", ""};
    struct buf out = BUF_IN(rq->arena);

    buf_printf(&out, "pLaNnEr://%s", heads[uri->kind]);
    if (uri->name != NULL) {
        buf_char(&out, '/');
        put_escaped(&out, uri->name);
    }
    buf_printf(&out, "%s?", tails[uri->kind]);
    if (uri->cursor != NULL) {
        buf_text(&out, "cursor=");
        put_escaped(&out, uri->cursor);
        buf_char(&out, '&');
    }
    buf_printf(&out, "format=%s", field_choice(resource_format_names, (int)uri->format));
    return buf_str(&out);
}

static void check_taken(struct req *rq, const struct resource_uri *uri, const char *text)
{
    const char *plain = plain_form(rq, uri);
    const char *next = resource_uri_next(rq, uri, "WyJd");
    struct resource_uri again;

    require(uri->text == text);
    require(uri->kind >= RESOURCE_PROJECTS && uri->kind <= RESOURCE_DISPUTE);
    require((uri->name == NULL) == (uri->kind == RESOURCE_PROJECTS));
    require(uri->name == NULL || uri->name[0] != '\0');
    require(uri->format == RESOURCE_MARKDOWN || uri->format == RESOURCE_JSON);
    require(resource_uri_parse(rq, plain, &again) == ST_OK);
    require(again.kind == uri->kind && again.format == uri->format);
    require(same_text(again.name, uri->name) && same_text(again.cursor, uri->cursor));
    if (uri->kind == RESOURCE_PROJECT)
        return; /* it has no pages */
    require(resource_uri_parse(rq, next, &again) == ST_OK);
    require(again.kind == uri->kind && again.format == uri->format);
    require(same_text(again.name, uri->name) && same_text(again.cursor, "WyJd"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct req *rq = fuzz_req();
    char *text = feed_text(&(struct feed){data, size});
    struct resource_uri uri = {.text = NULL};
    struct resource_watched watched = {.kind = 0};
    const enum status status = resource_uri_parse(rq, text, &uri);

    if (status == ST_OK) {
        check_taken(rq, &uri, text);
    } else {
        require(status == ST_INVALID || status == ST_NOT_FOUND);
        require(uri.text == NULL);
        if (fuzz_is_text(rq->arena, text, strlen(text)))
            fuzz_require_sentence(rq);
    }
    if (resource_watch(rq, text, &watched)) {
        require(status == ST_OK && watched.kind == uri.kind);
        require(same_text(watched.ref.text, uri.name));
    }
    free(text);
    return 0;
}
