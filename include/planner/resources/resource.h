/*
 * What a client can read by URI: projects, outlines, items, histories, disputes (SPEC 6), health.
 *
 * Like a tool, a resource knows no message, no id and no era: a URI in, texts out; mcp/ writes the
 * form that a revision knows. A family owns a URI scheme and brings its templates, its list and
 * its reader; the registry asks the families in their order. A test build may add one.
 *
 * Everything that is returned lives as long as the request, templates for ever. Errors of all:
 * ST_NOT_FOUND (no such resource), ST_INVALID (no URI, an unknown or wrong query member, a cursor
 * that was not given out), and what reading the database may answer.
 */
#ifndef PLANNER_RESOURCES_RESOURCE_H
#define PLANNER_RESOURCES_RESOURCE_H

#include "planner/service/completion.h"
#include "planner/service/ref.h"

/* Bytes of a URI as it is sent; the longest cursor, of an outline 64 levels deep, fits in. */
#define RESOURCE_URI_MAX 8000
#define RESOURCE_TEXT_MAX \
    ((size_t)512 * 1024)          /* bytes of one resource; what is more comes in pages */
#define RESOURCE_LIST_PROJECTS 50 /* projects of one page of resource_list */

enum resource_audience { RESOURCE_FOR_USER = 1, RESOURCE_FOR_ASSISTANT = 2 }; /* bits */

extern const char *const resource_format_names[]; /* markdown, json; the first is the default */

struct resource_variable {
    const char *name;
    enum complete_kind completes; /* COMPLETE_NONE: from choices, or nothing */
    const char *const *choices;   /* ended by NULL, or NULL */
};

#define RESOURCE_VARIABLES_MAX 3

struct resource_template {
    const char *uri_template; /* RFC 6570, levels 1 and 3 */
    const char *name, *title, *description;
    const char *mime_type; /* NULL: not all that match have the same one */
    unsigned audience;     /* enum resource_audience */
    double priority;       /* 0..1 */
    struct resource_variable variables[RESOURCE_VARIABLES_MAX + 1]; /* ended by a NULL name */
};

/* One line of resources/list. */
struct resource_entry {
    const char *uri, *name, *title, *description, *mime_type;
    struct opt_int size;       /* bytes of the default format, where known without reading it */
    const char *last_modified; /* ISO 8601, UTC; NULL when nothing was changed yet */
    unsigned audience;
    double priority;
};
struct resource_page {
    struct resource_entry *entries;
    size_t n;
    const char *next_cursor; /* NULL: the last page */
};

/* One of text and blob is set; blob is base64. */
struct resource_content {
    const char *uri, *mime_type, *text, *blob;
};
struct resource_contents {
    struct resource_content *parts;
    size_t n;
};

/* What a URI of the planner names; resource_watch tells it to who looks for changes. */
enum resource_kind {
    RESOURCE_PROJECTS = 1,
    RESOURCE_PROJECT,
    RESOURCE_OUTLINE,
    RESOURCE_ITEM,
    RESOURCE_HISTORY,
    RESOURCE_DISPUTE,
    RESOURCE_HEALTH
};
struct resource_watched {
    enum resource_kind kind;
    struct ref ref; /* of the project, item or dispute; empty with RESOURCE_PROJECTS */
};

struct resource_family {
    const char *scheme; /* of its URIs, lower case, without the colon */
    const struct resource_template *templates;
    size_t n_templates;
    /* `cursor` is what the page before gave, NULL for the first page. */
    enum status (*list)(struct req *rq, const char *cursor, struct resource_page *ret_page);
    enum status (*read)(struct req *rq, const char *uri, struct resource_contents *ret_contents);
    /* False when nothing of it can change, or when it is none of its own. May be NULL. */
    bool (*watch)(struct req *rq, const char *uri, struct resource_watched *ret_watched);
};

/* Ended by NULL. */
extern const struct resource_family *const all_resource_families[];

/* The template at an index, in the order of the families; NULL behind the last one. */
const struct resource_template *resource_template_at(size_t index);
/* The template with exactly this text, or NULL. */
const struct resource_template *resource_template_find(const char *uri_template);

/*
 * A page of what there is: the list of projects, the health, then each active project and its
 * outline. Complete and without doubles while projects are added: pages go on after a slug.
 */
enum status resource_list(struct req *rq, const char *cursor,
                          struct resource_page *ret_page) MUST_CHECK;
enum status resource_read(struct req *rq, const char *uri,
                          struct resource_contents *ret_contents) MUST_CHECK;
/*
 * What to watch for a subscription to a URI, without asking the database: it may name what does not
 * exist (yet). False when no change could ever be told: no URI, or none of ours.
 */
bool resource_watch(struct req *rq, const char *uri, struct resource_watched *ret_watched);

#endif
