/* What the files of the planner's own family share: its templates, its list, its texts. */
#ifndef PLANNER_RESOURCES_PLANNER_PARTS_H
#define PLANNER_RESOURCES_PLANNER_PARTS_H

#include "planner/resources/uri.h"

/*
 * Bytes of JSON that a result may take at first, so that neither form exceeds RESOURCE_TEXT_MAX:
 * markdown escapes lengthen a title to at most its double, and headings add little.
 */
#define RESOURCE_BUDGET ((size_t)384 * 1024)

#define RESOURCE_FOR_BOTH      (RESOURCE_FOR_USER | RESOURCE_FOR_ASSISTANT)
#define RESOURCE_MIME_MARKDOWN "text/markdown"
#define RESOURCE_MIME_JSON     "application/json"

#define PLANNER_TEMPLATES 12
extern const struct resource_template planner_templates[PLANNER_TEMPLATES];

enum status planner_list(struct req *rq, const char *cursor,
                         struct resource_page *ret_page) MUST_CHECK;

/* The markdown of a result; `result` is the struct that the reader of the kind fills (planner.c).
 */
void markdown_tell_projects(struct req *rq, const struct resource_uri *uri, const void *result,
                            struct buf *out);
void markdown_tell_project(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out);
void markdown_tell_outline(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out);
void markdown_tell_item(struct req *rq, const struct resource_uri *uri, const void *result,
                        struct buf *out);
void markdown_tell_history(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out);
void markdown_tell_dispute(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out);
void markdown_tell_health(struct req *rq, const struct resource_uri *uri, const void *result,
                          struct buf *out);
/* "Cut at 512 KiB; goes on at URI", when there is a cursor. */
void markdown_tell_next(struct req *rq, const struct resource_uri *uri, const char *next_cursor,
                        struct buf *out);

#endif
