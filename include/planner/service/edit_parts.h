/* What the two files of update_item share, and update_project with them. */
#ifndef PLANNER_SERVICE_EDIT_PARTS_H
#define PLANNER_SERVICE_EDIT_PARTS_H

#include "planner/service/edit.h"

/* A dependency as the sentences name it: keys. */
struct edge_row {
    const char *item, *needs;
};
extern const struct field edge_fields[];
/* Children cannot be put in sequence while a dependency (or NULL) runs against their order. */
enum status edge_rule_order(struct req *rq, const struct edge_row *against) MUST_CHECK;

/* sql/queries/move_state.sql */
struct move_row {
    const char *sort_key, *was_after;     /* where the item stands now */
    const char *sibling, *sibling_parent; /* ids */
    const char *sibling_key;              /* as in the item's own project */
    const char *low, *high, *after;       /* around the new place: sort keys, an id */
    struct opt_bool there, same_project, inside;
    struct opt_int height;     /* levels below the item; only when it goes deeper */
    struct edge_row *circle;   /* a dependency that would close a circle */
    struct item_state *parent; /* some of it */
};

/* The place that update_item asks for. */
struct move {
    struct ref parent, sibling; /* either may be without anything */
    bool wanted, before;
    struct move_row row;
};
enum status move_parse(struct req *rq, const struct edit_args *args,
                       struct move *ret_move) MUST_CHECK;
/* Queue the look at the place, after the item's lock. */
void move_queue_read(struct write *w, const struct ref *item, struct move *move);
/* May it stand there? */
enum status move_rule(struct write *w, const struct item_state *item,
                      const struct move *move) MUST_CHECK;
/* Queue the move with its audit rows. ST_RETRY when the siblings had to be renumbered first. */
enum status move_store(struct write *w, const struct item_state *item,
                       const struct move *move) MUST_CHECK;

#endif
