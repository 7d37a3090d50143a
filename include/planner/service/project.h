/* Creating and changing projects. */
#ifndef PLANNER_SERVICE_PROJECT_H
#define PLANNER_SERVICE_PROJECT_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

/* The settings of create_project and update_project; absent ones keep what is there. */
struct project_args {
    struct write_args write;
    const char *project; /* update only */
    const char *name;
    const char *description;
    const char *slug; /* create only */
    int status;       /* update only, enum project_status */
    struct opt_num complexity_threshold;
    struct opt_int max_iterations;
    struct opt_bool sequential, require_review, separate_authors, human_only, require_evidence;
    const char *workspace;
};

/*
 * The slug is the given one, or the first free one derived from the name. ST_CONFLICT when the
 * given slug is taken.
 */
enum status project_create(struct req *rq, const struct project_args *args,
                           struct project_answer *ret_answer) MUST_CHECK;
/* Archive and un-archive too; an archived project takes no other change (SPEC 1). */
enum status project_update(struct req *rq, const struct project_args *args,
                           struct project_answer *ret_answer) MUST_CHECK;

struct project_row {
    const char *slug, *name, *description;
    int status;
    struct opt_num progress;
    struct opt_int items, open, disputes, version;
};
struct project_list_args {
    int status; /* 0: both */
    const char *query;
    struct opt_int limit;
    const char *cursor;
    size_t budget; /* bytes of JSON; 0: those of a tool's answer */
};
struct project_list {
    struct list projects; /* struct project_row */
    const char *next_cursor;
    bool narrowed; /* there may be others; not told */
};
extern const struct field project_list_fields[];

#define LIST_LIMIT_DEFAULT 50
#define LIST_LIMIT_MAX     200

/* By slug, keyset-paginated; a page that would not fit an answer ends early with its cursor. */
enum status project_find_all(struct req *rq, const struct project_list_args *args,
                             struct project_list *ret_list) MUST_CHECK;

#endif
