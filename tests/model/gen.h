/* What the families of the generator share: choices, and arguments as they are written. */
#ifndef PLANNER_TESTS_MODEL_GEN_H
#define PLANNER_TESTS_MODEL_GEN_H

#include "walk.h"

/* One call being made. */
struct making {
    struct gen *g;
    struct json_out args;
};

typedef const char *gen_tool(struct making *k); /* writes the members; the tool's name */
gen_tool gen_create_task, gen_create_step, gen_define, gen_update_project, gen_create_project,
    gen_complete, gen_submit, gen_review, gen_resolve, gen_next, gen_outline, gen_get, gen_disputes,
    gen_history, gen_claim, gen_expire, gen_update_item, gen_delete, gen_link, gen_assess,
    gen_promote, gen_optimize, gen_queue, gen_undo, gen_navigate, gen_stats;

bool gen_chance(struct gen *g, unsigned percent);
/* A key of an item of which `wanted` holds, mostly; sometimes of any, or of none. */
typedef bool gen_wanted(const struct model *m, int item);
int gen_item(struct gen *g, gen_wanted *wanted);
const char *gen_key(struct gen *g, int item);
/* A key, or one of the other ways to name the item. */
void gen_put_item(struct making *k, const char *name, int item);
void gen_put_text(struct making *k, const char *name, const char *prefix);
/* Is there such a tool? Those of others may not be there yet. */
bool gen_has(const char *tool);
/* The token of a live claim, mostly; now and then an old one, or none. */
void gen_put_token(struct making *k, int item);
void gen_put_place(struct making *k, int parent);
void gen_put_who(struct making *k);
/* A draft: one line, or some, with lists and words that docs/COMPLEXITY.md counts. */
void gen_put_content(struct making *k, const char *name, const char *prefix);
void gen_put_assessment(struct making *k);
void gen_put_breakdown(struct making *k);
void gen_put_evidence(struct making *k);
/* version, request id, agent, now and then something wrong */
void gen_put_version(struct making *k, int item);

bool gen_is_task(const struct model *m, int item);
bool gen_is_step(const struct model *m, int item);
bool gen_is_parent(const struct model *m, int item); /* may get children */

#endif
