/* The templates of the planner's URIs: each as it is read by default, then with its query. */
#include "planner/resources/planner_parts.h"

#define BOTH RESOURCE_FOR_BOTH

#define THE_PROJECT                                      \
    {                                                    \
        .name = "project", .completes = COMPLETE_PROJECT \
    }
#define THE_ITEM                                   \
    {                                              \
        .name = "item", .completes = COMPLETE_ITEM \
    }
#define THE_DISPUTE                                      \
    {                                                    \
        .name = "dispute", .completes = COMPLETE_DISPUTE \
    }
#define THE_FORMAT                                         \
    {                                                      \
        .name = "format", .choices = resource_format_names \
    }
#define THE_CURSOR       \
    {                    \
        .name = "cursor" \
    }
#define IN_PAGES " As markdown or JSON (format), in pages (cursor)."
#define ONE_PAGE " As markdown or JSON (format)."

/* A template with a query matches both formats, so it has no MIME type. */
const struct resource_template planner_templates[PLANNER_TEMPLATES] = {
    {
        .uri_template = "planner://projects/{project}",
        .name = "project",
        .title = "Project",
        .description = "A project: its vision, progress, settings and counts.",
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .audience = BOTH,
        .priority = 0.8,
        .variables = {THE_PROJECT},
    },
    {
        .uri_template = "planner://projects/{project}/outline",
        .name = "outline",
        .title = "Outline of a project",
        .description = "The whole plan as a nested list: what is done, what is ready, what waits "
                       "for what.",
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .audience = BOTH,
        .priority = 1,
        .variables = {THE_PROJECT},
    },
    {
        .uri_template = "planner://items/{item}",
        .name = "item",
        .title = "Task or step",
        .description = "A task or step with its content, state, versions, reasonings, neighbours, "
                       "dependencies and evidence.",
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .audience = BOTH,
        .priority = 0.8,
        .variables = {THE_ITEM},
    },
    {
        .uri_template = "planner://items/{item}/history",
        .name = "item-history",
        .title = "History of a task or step",
        .description = "What happened to a task or step, newest first: who changed what, when.",
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .audience = BOTH,
        .priority = 0.3,
        .variables = {THE_ITEM},
    },
    {
        .uri_template = "planner://disputes/{dispute}",
        .name = "dispute",
        .title = "Dispute",
        .description = "A disagreement for a human: both versions, the reasonings, and how to "
                       "settle it.",
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .audience = BOTH,
        .priority = 0.9,
        .variables = {THE_DISPUTE},
    },
    {
        .uri_template = "planner://projects{?format,cursor}",
        .name = "projects-page",
        .title = "Projects, by format and page",
        .description = "All projects with their progress." IN_PAGES,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.4,
        .variables = {THE_FORMAT, THE_CURSOR},
    },
    {
        .uri_template = "planner://projects/{project}{?format}",
        .name = "project-format",
        .title = "Project, by format",
        .description = "A project: its vision, progress, settings and counts." ONE_PAGE,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.4,
        .variables = {THE_PROJECT, THE_FORMAT},
    },
    {
        .uri_template = "planner://projects/{project}/outline{?format,cursor}",
        .name = "outline-page",
        .title = "Outline of a project, by format and page",
        .description = "The whole plan of a project." IN_PAGES,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.5,
        .variables = {THE_PROJECT, THE_FORMAT, THE_CURSOR},
    },
    {
        .uri_template = "planner://items/{item}{?format,cursor}",
        .name = "item-page",
        .title = "Task or step, by format and page",
        .description = "A task or step with all that belongs to it." IN_PAGES,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.4,
        .variables = {THE_ITEM, THE_FORMAT, THE_CURSOR},
    },
    {
        .uri_template = "planner://items/{item}/history{?format,cursor}",
        .name = "item-history-page",
        .title = "History of a task or step, by format and page",
        .description = "What happened to a task or step, newest first." IN_PAGES,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.2,
        .variables = {THE_ITEM, THE_FORMAT, THE_CURSOR},
    },
    {
        .uri_template = "planner://disputes/{dispute}{?format,cursor}",
        .name = "dispute-page",
        .title = "Dispute, by format and page",
        .description = "A disagreement for a human, whole." IN_PAGES,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.4,
        .variables = {THE_DISPUTE, THE_FORMAT, THE_CURSOR},
    },
    {
        .uri_template = "planner://health{?format}",
        .name = "health-format",
        .title = "Health, by format",
        .description =
            "Whether the database answers, what waits for somebody, what is wrong." ONE_PAGE,
        .audience = RESOURCE_FOR_ASSISTANT,
        .priority = 0.2,
        .variables = {THE_FORMAT},
    },
};
