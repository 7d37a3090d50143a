/* What the files share that store another program's projects: the plan of one project. */
#ifndef PLANNER_EXCHANGE_IMPORT_PARTS_H
#define PLANNER_EXCHANGE_IMPORT_PARTS_H

#include "planner/base/sha256.h"
#include "planner/exchange/foreign_import.h"
#include "planner/service/plan_parts.h"
#include "planner/service/project_parts.h"

/* sql/queries/foreign_known.sql */
struct known_record {
    const char *id, *source_id, *sha256, *place;
};
struct known_item {
    const char *id, *source_id, *low;
    int kind, status;
    struct opt_int depth, n_children, completed_at;
    struct opt_bool gone;
    struct list needs; /* ids */
};
struct known {
    const char *id, *slug, *low;
    struct opt_bool archived, require_review;
    struct list records, items;
};
extern const struct field known_fields[];

/* One item of the source on its way. */
struct node {
    const struct foreign_item *item;
    const struct known_item *known; /* it is there already; NULL: it is new */
    struct node *parent;            /* NULL: the project */
    struct node *next;              /* in the same slot of the index */
    const char *id, *sort_key, *last_key;
    const char *why_not; /* it is not taken */
    const char *completed_at;
    struct heap made; /* ids of what it waits for from now on */
    int kind, status, depth;
    int n_counted, n_complete; /* children that count in the mean */
    int height;                /* steps up while parents are looked for */
    bool same;                 /* known, and its record has not changed */
    bool audited;              /* known: what its new children did to it was noted */
    bool updated;              /* known: it takes over what has changed in the source */
};

/* sql/queries/foreign_differing.sql */
struct differing_row {
    const char *record, *key, *title, *text, *assignee, *parent, *claimed;
    struct opt_int place, priority, completed_at, last_number, server_number, turn_number;
    int parent_status, content_status, complexity_basis;
    struct opt_num complexity_score;
    struct opt_bool server_ready, changed;
    struct list needs, need_names; /* ids, and what they are called */
};
struct differing_rows {
    struct list rows;
};

/* A record that is not what was imported, or means something else now. */
struct differing {
    const char *source_id, *kind, *id, *record;
    struct node *node;               /* NULL: it became no item */
    bool same;                       /* the record is, the item may not be */
    const struct differing_row *row; /* what is here */
    struct foreign_difference *told; /* NULL: it is no news */
    struct heap dropped;             /* ids of what it waits for no longer */
};

struct edge {
    struct node *from, *to;
};

struct project_plan {
    struct req *rq;
    struct foreign *f;
    const struct foreign_project *project;
    struct known known;
    bool exists;
    const char *id;
    const char *last_key; /* of the project's own children */
    struct node *nodes;   /* in the order of the source */
    size_t n_nodes;
    struct heap order;     /* struct node: parents before their children, without those not taken */
    struct heap edges;     /* struct edge: those to be made */
    struct heap differing; /* struct differing */
    struct node **slots;
    size_t n_slots;
    int deepest;
};

/* UUID of something in a source: the same words, the same id. */
const char *import_id(struct arena *arena, const char *space, const char *name);
/* Hang the nodes together, and decide what each becomes. */
enum status import_plan(struct project_plan *plan) MUST_CHECK;
/* Decide which edges are to be made; after import_compare(), which knows what is taken over. */
void import_plan_edges(struct project_plan *plan);
/* Why the edge to its need `at` cannot be made; NULL: it can. */
const char *import_why_no_edge(const struct node *node, const struct node *to, size_t at);
/* No circle is possible among what is new, whatever the database holds. */
bool import_is_free_of_circles(const struct project_plan *plan);
struct node *import_find(const struct project_plan *plan, const char *id);
bool import_is_known(const struct project_plan *plan, const char *source_id, const char *record,
                     bool *ret_same);

/* sql/queries/foreign_links.sql: the places of edges in their statement, from 1. */
struct import_links {
    struct list refused;
};
/* sql/queries/foreign_answer.sql */
struct answer_row {
    const char *slug;
    struct opt_int change, last_number;
};
/* sql/queries/doctor_fix_depth.sql */
struct depth_row {
    struct opt_int depth;
};

/* One project on its way into the store. */
struct store {
    struct write *w;
    const struct import_order *order;
    struct project_plan plan;
    struct lock_row lock;
    struct project_args *args; /* of a project that is new */
    struct slug_row slug;
    struct import_links *links; /* answers, one per statement */
    struct answer_row answer;
    struct heap origins; /* struct origin */
    struct differing_rows now;
    bool slug_found;
    struct depth_row deepest; /* of the tasks that were there */
    bool changes;
};

/* Queue what is new, and take in what the statements said. */
void import_queue_items(struct store *s);
void import_queue_edges(struct store *s);
void import_count_edges(struct store *s);
/* Note what is kept, and count it; then queue it. */
void import_collect_origins(struct store *s);
void import_queue_origins(struct store *s);
void import_audit_items(struct store *s);
/* What differs from what was imported: ask, then say in which fields and what becomes of it. */
void import_add_differing(struct project_plan *plan, const struct differing *differing);
void import_queue_differing(struct store *s);
void import_compare(struct store *s);
/* What is taken over; how many items the audit has of it. */
void import_queue_updates(struct store *s);
size_t import_audit_updates(struct store *s);
void import_queue_counters(struct store *s);

#endif
