/*
 * What somebody needs to know before working on a step, a dispute or a project: one statement each.
 * Long texts are cut at a number of characters, `length` tells their bytes; strings live as long as
 * the request.
 */
#ifndef PLANNER_SERVICE_BRIEF_H
#define PLANNER_SERVICE_BRIEF_H

#include "planner/service/ready.h"
#include "planner/service/shapes.h"

#define BRIEF_CONTENT_CHARS 40000 /* of a content, a description, the nearest objective */
#define BRIEF_TEXT_CHARS    8000  /* of every other text */
#define BRIEF_ROWS          8     /* of each list */
#define BRIEF_LINES         200   /* of a project's outline */

struct brief_project {
    const char *slug, *name, *description;
    int status; /* enum project_status */
    struct opt_int description_length, max_iterations;
    struct opt_num complexity_threshold;
    struct opt_bool require_review, separate_authors, human_only, require_evidence;
    /* Only of brief_read_project: */
    struct opt_bool sequential;
    struct opt_num progress;
    struct opt_int items;    /* created so far */
    struct list lines;       /* struct brief_item, depth-first, at most BRIEF_LINES */
    struct opt_int disputed; /* pending disputes */
    struct list disputes;    /* struct brief_item, the oldest first, at most BRIEF_ROWS */
};

/* Another item of the plan; text is its final content or its objective. */
struct brief_item {
    const char *key, *title, *state, *text;
    int kind;           /* enum item_kind; 0 in a path, which has tasks only */
    int content_status; /* enum step_status, of a line that is a step */
    struct opt_int length, level, rounds;
};

/* A content of the step: of one role, or the final one. */
struct brief_version {
    struct opt_int number; /* of its iteration */
    const char *agent, *text;
    struct opt_int length;
};

/* One submission, review or resolution. */
struct brief_round {
    struct opt_int number;
    int action; /* enum step_action */
    const char *role, *agent, *feedback, *reasoning, *assessment;
    struct opt_num score;
};

struct brief_dispute {
    const char *id, *resolved_by, *resolved_at;
    int status, resolution; /* enum dispute_status, enum resolution */
    struct opt_int rounds;
    const char *text; /* what was resolved */
    struct opt_int length;
};

struct brief_evidence {
    const char *kind, *reference, *summary, *agent;
};

struct brief_step {
    const char *key, *title, *state, *assignee;
    const char *not_ready;   /* what it waits for, in words; NULL: nothing */
    struct wait_facts *wait; /* as the store tells it */
    int kind, status;        /* enum item_kind, enum item_status */
    int content_status;      /* enum step_status; 0 unless it is a step */
    struct opt_int depth;
    struct brief_project *project;
    struct list path;           /* struct brief_item: tasks from the top down, the nearest ones */
    struct list before, after;  /* struct brief_item: siblings, the nearest first */
    struct list needs;          /* struct brief_item: what it depends on, complete or not */
    struct opt_int round, last; /* rounds used; the last iteration's number */
    struct opt_int limit;       /* rounds that there are */
    struct opt_num server_complexity, client_complexity, complexity_score;
    int basis;                                     /* enum agreement */
    struct brief_version *server, *client, *final; /* NULL: none */
    struct list rounds;                            /* struct brief_round, the newest first */
    struct list evidence;                          /* struct brief_evidence, the newest first */
    struct brief_dispute *dispute; /* the one that was named, else pending, else the last one */
};

/*
 * The step (or the step of the dispute) that `text` names; `arg` is the argument's name for
 * messages. ST_INVALID when it names a task or a project.
 */
enum status brief_read_step(struct req *rq, const char *arg, const char *text,
                            struct brief_step *ret_brief) MUST_CHECK;
/* `text` NULL: the default project. */
enum status brief_read_project(struct req *rq, const char *arg, const char *text,
                               struct brief_project *ret_brief) MUST_CHECK;

#endif
