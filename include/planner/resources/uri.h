/*
 * The URIs of the planner: planner://projects, planner://projects/{project}[/outline],
 * planner://items/{item}[/history], planner://disputes/{dispute}, each with ?format= and, where
 * there are pages, &cursor= (SPEC 6).
 *
 * RFC 3986: percent-escapes are decoded after the parts are taken apart, scheme and authority
 * compare without case, everything else exactly. A fragment, a character that no URI has, a wrong
 * escape, an escaped U+0000 or bytes that are no UTF-8 make it ST_INVALID; a well-formed URI that
 * is not of one of the forms is ST_NOT_FOUND.
 */
#ifndef PLANNER_RESOURCES_URI_H
#define PLANNER_RESOURCES_URI_H

#include "planner/resources/resource.h"

enum resource_format { RESOURCE_MARKDOWN = 1, RESOURCE_JSON }; /* resource_format_names */

struct resource_uri {
    const char *text; /* as given */
    enum resource_kind kind;
    const char *name;   /* of project, item or dispute, decoded; NULL for RESOURCE_PROJECTS */
    const char *cursor; /* decoded, or NULL */
    enum resource_format format;
};

enum status resource_uri_parse(struct req *rq, const char *text,
                               struct resource_uri *ret_uri) MUST_CHECK;
/* The URI that goes on: the same resource and format, with this cursor. */
const char *resource_uri_next(struct req *rq, const struct resource_uri *uri, const char *cursor);

#endif
