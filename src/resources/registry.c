/* The families, and what is asked of all of them together. */
#include <strings.h>

#include "planner/resources/families.h"
#include "planner/service/page.h"

#ifdef PLANNER_CONFORMANCE /* the build that the official conformance suite judges */
#include "fixtures.h"
#else
#define FIXTURE_RESOURCES
#endif

const struct resource_family *const all_resource_families[] = {
    &resource_family_planner,
    FIXTURE_RESOURCES NULL,
};

const struct resource_template *resource_template_at(size_t index)
{
    for (int i = 0; all_resource_families[i] != NULL; i++) {
        const struct resource_family *family = all_resource_families[i];
        if (index < family->n_templates)
            return &family->templates[index];
        index -= family->n_templates;
    }
    return NULL;
}

const struct resource_template *resource_template_find(const char *uri_template)
{
    const struct resource_template *t = NULL;

    for (size_t i = 0; (t = resource_template_at(i)) != NULL; i++) {
        if (strcmp(t->uri_template, uri_template) == 0)
            return t;
    }
    return NULL;
}

/* The family whose scheme a URI has, NULL when there is none. */
static const struct resource_family *find_family(const char *uri)
{
    for (int i = 0; all_resource_families[i] != NULL; i++) {
        const char *scheme = all_resource_families[i]->scheme;
        if (strncasecmp(uri, scheme, strlen(scheme)) == 0 && uri[strlen(scheme)] == ':')
            return all_resource_families[i];
    }
    return NULL;
}

static void page_append(struct req *rq, struct resource_page *page,
                        const struct resource_page *more)
{
    struct resource_entry *all = ARENA_MANY(rq->arena, page->n + more->n, struct resource_entry);

    if (page->n > 0)
        memcpy(all, page->entries, page->n * sizeof(*all));
    if (more->n > 0)
        memcpy(all + page->n, more->entries, more->n * sizeof(*all));
    page->entries = all;
    page->n += more->n;
}

static enum status wrong_cursor(struct req *rq)
{
    return req_fail(rq, ST_INVALID,
                    "'cursor' is none that this list gave; list without one to start over");
}

/* A cursor names the family that goes on, and its own cursor. A family that ends lets the next
 * begin. */
enum status resource_list(struct req *rq, const char *cursor, struct resource_page *ret_page)
{
    struct resource_page page = {0};
    const char *from[2];
    bool begun = cursor == NULL;

    if (cursor_read(rq, cursor, LENGTH_OF(from), from) != ST_OK)
        return wrong_cursor(rq);
    for (int i = 0; all_resource_families[i] != NULL && page.next_cursor == NULL; i++) {
        const struct resource_family *family = all_resource_families[i];
        const bool goes_on = !begun && from[0] != NULL && strcmp(from[0], family->scheme) == 0;
        struct resource_page more = {0};
        enum status status = ST_OK;
        if (!begun && !goes_on)
            continue;
        status = family->list(rq, goes_on ? from[1] : NULL, &more);
        if (status == ST_INVALID)
            return wrong_cursor(rq);
        TRY(status);
        page_append(rq, &page, &more);
        if (more.next_cursor != NULL)
            page.next_cursor = cursor_make(
                rq, (const char *const[]){family->scheme, more.next_cursor}, LENGTH_OF(from));
        begun = true;
    }
    if (!begun)
        return wrong_cursor(rq);
    *ret_page = page;
    return ST_OK;
}

enum status resource_read(struct req *rq, const char *uri, struct resource_contents *ret_contents)
{
    const struct resource_family *family = find_family(uri);

    if (strlen(uri) > RESOURCE_URI_MAX)
        return req_fail(rq, ST_INVALID, "'uri' must be at most %d bytes, got %zu", RESOURCE_URI_MAX,
                        strlen(uri));
    if (family == NULL)
        return req_fail(rq, ST_NOT_FOUND,
                        "'uri': there is no resource %.200s; resources/list and "
                        "resources/templates/list tell what there is",
                        uri);
    return family->read(rq, uri, ret_contents);
}

bool resource_watch(struct req *rq, const char *uri, struct resource_watched *ret_watched)
{
    const struct resource_family *family = find_family(uri);

    return family != NULL && family->watch != NULL && family->watch(rq, uri, ret_watched);
}
