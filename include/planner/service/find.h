/* Finding things: full text, and who has to move next. One statement each. */
#ifndef PLANNER_SERVICE_FIND_H
#define PLANNER_SERVICE_FIND_H

#include "planner/service/shapes.h"

#define SEARCH_QUERY_MAX     500 /* characters */
#define SEARCH_WORDS_MAX     32
#define SEARCH_LIMIT_DEFAULT 20
#define SEARCH_LIMIT_MAX     100
#define SEARCH_RANKED        1000 /* hits that are ranked: the newest; more are disclosed */

struct search_args {
    const char *query;
    const char *project; /* not given: the default project */
    struct list kinds;   /* const char * of kind_names; not given: all */
    struct opt_int limit;
    const char *cursor;
};
struct search_row {
    const char *key, *title, *status, *state, *parent, *snippet; /* matched words in **stars** */
    int kind;
    struct list matched;          /* const char *: key, title, objective, description, content */
    struct opt_int score, number; /* for the cursor; not told */
};
/* A word that is nowhere, and those that were looked for instead, as the stemmer leaves them. */
struct search_meant {
    const char *word;
    struct list taken; /* const char * */
};
struct search_view {
    const char *project, *query;
    struct opt_int words;
    struct opt_bool loose;  /* nothing has every word: these have some */
    struct opt_bool capped; /* more than SEARCH_RANKED fit */
    struct list meant;      /* struct search_meant */
    struct list items;      /* struct search_row, the best first */
    const char *next_cursor;
};
extern const struct field search_fields[]; /* as told */
/* ST_INVALID when the query has no word or number at all, or too many. */
enum status find_search(struct req *rq, const struct search_args *args,
                        struct search_view *ret_view) MUST_CHECK;

enum queue_role { QUEUE_SERVER = 1, QUEUE_CLIENT, QUEUE_HUMAN, QUEUE_WORKER };
extern const char *const queue_role_names[];

#define QUEUE_LIMIT_DEFAULT 20
#define QUEUE_LIMIT_MAX     100
/* Items that a page looks at: what is not ready and what is deleted with an ancestor counts, too,
 * so that a page can be short and have a cursor all the same. */
#define QUEUE_LOOKED 500

struct queue_args {
    int role;            /* enum queue_role; 0: the configured role */
    const char *project; /* not given: the default project */
    struct opt_int limit;
    const char *cursor;
};
struct queue_place {
    struct opt_int priority, moment; /* microseconds since the epoch */
    const char *id;
};
struct queue_row {
    const char *key, *title, *status, *since, *parent, *parent_title, *assignee, *claimed_by,
        *action;
    int kind;
    struct opt_int priority;
    struct opt_int draft;                    /* client: the draft to review */
    struct opt_int round, rounds;            /* server, client */
    const char *sent_back_by, *sent_back_as; /* server: after a review; revise or counter */
    const char *dispute;                     /* human: its id */
    struct opt_int moment;                   /* with the id, for the cursor; not told */
    const char *id;
};
struct queue_view {
    const char *project;
    int status, role;
    struct list items;           /* struct queue_row: more urgent first, then waiting longer */
    struct queue_place *stopped; /* where the page ended because QUEUE_LOOKED were looked at */
    const char *next_cursor;
};
extern const struct field queue_fields[]; /* as told */
/* ST_INVALID when there is no role, given or configured. */
enum status find_queue(struct req *rq, const struct queue_args *args,
                       struct queue_view *ret_view) MUST_CHECK;

#endif
