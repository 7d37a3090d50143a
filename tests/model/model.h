/*
 * The domain of SPEC 1 to 3 again, in memory, small and slow: what every call has to answer and
 * leave behind. It shares nothing with the implementation but base/ (arena, JSON), reads the very
 * arguments that the tools get, and derives everything derivable afresh after each call.
 *
 * What SPEC leaves open and this model holds to, as ARCHITECTURE.md and docs/TOOLS.md say:
 *  - A call that would be refused for several reasons may be refused for any of them: SPEC gives no
 *    order. A known request_id wins over everything but malformed arguments.
 *  - Refusals remember nothing; changed: false is remembered under the request_id like any answer.
 *  - Work that is done already is changed: false, whatever expected_version says.
 *  - A task that lost its last counted child (cancelled, deleted, moved) is open, whatever it was.
 *  - Cancelled items are not cancelled with their parent: a parent with counted children cannot be.
 *  - A circle is looked for among starts and ends: an item starts after its parent started, what it
 *    waits for ended and, in sequence, its earlier siblings ended; it ends when it started and its
 *    children ended. Closed items count, deleted ones do not.
 *  - A number is never given out twice, also after a deletion.
 *
 * Everything that a model points to lives in its arena. No function fails: a project that outgrows
 * the tables below ends the process, because the driver has to stop before.
 */
#ifndef PLANNER_TESTS_MODEL_MODEL_H
#define PLANNER_TESTS_MODEL_MODEL_H

#include <cjson/cJSON.h>
#include <stdint.h>
#include <string.h>

#include "planner/base/json.h"

#define M_ITEMS      400 /* numbers of one project, deleted ones too */
#define M_ITERATIONS 48  /* per step */
#define M_DEPS       24  /* per item */
#define M_DISPUTES   12  /* per step */
#define M_LOG        900 /* evidence, requests, changes of one case */

enum m_kind { M_PROJECT, M_TASK, M_STEP };
enum m_status { M_OPEN, M_COMPLETE, M_CANCELLED };
enum m_content { M_PENDING, M_DRAFT, M_REVIEW, M_AGREED, M_DISPUTED, M_RESOLVED };

/* Why a call is refused; a set of them, because any of several reasons may be told. */
enum m_refusal { M_INVALID = 1, M_NOT_FOUND = 2, M_CONFLICT = 4, M_NOT_READY = 8, M_LIMIT = 16 };

struct m_assessment {
    bool set, promote;
    const char *text;       /* as it was given */
    const cJSON *breakdown; /* titles, of the model's own tree; NULL: none */
    double score, confidence;
};

/* One submission, review or resolution; numbers begin at 1. */
struct m_iteration {
    const char *action, *role, *agent, *content, *feedback, *reasoning;
    struct m_assessment assessment;
    int tick; /* when */
};

struct m_dispute {
    bool resolved;
    int rounds, server, client, review, resolved_number; /* iterations; 0: none */
    const char *resolution, *by;
};

/* The collaboration on a step; also of a task that was a step once. */
struct m_step {
    enum m_content status;
    int last, count;
    bool reached, server_ready, client_approved;
    enum m_content since_status; /* since when it is so: for queues */
    int since;
    int turn;                           /* the last submission, review or resolution */
    int server, client, final;          /* contents: iterations; 0: none */
    int server_opinion, client_opinion; /* assessments that count: iterations; 0: none */
    const char *basis;                  /* of the score; NULL: none */
    bool has_agreed, promote;
    double score, agreed;
};

/* What an undo can bring back: everything about an item but what is kept for ever. */
struct m_item {
    enum m_kind kind;
    int parent; /* number; 0 is the project; -1 of the project itself */
    const char *title, *objective, *assignee;
    bool sequential, had_children, deleted, has_step;
    int priority, version;
    enum m_status status; /* of a parent: as derived after the last call */
    struct m_step step;
    int deps[M_DEPS], n_deps;
};

struct m_claim {
    const char *agent; /* NULL: nobody has it */
    int64_t token;     /* as it was answered */
    bool live;         /* the lease has not expired */
};

struct m_kept { /* of an item, for ever, or beside what an undo brings back */
    struct m_claim claim;
    const char *id;
    struct m_iteration iterations[M_ITERATIONS + 1];
    struct m_dispute disputes[M_DISPUTES];
    int n_disputes;
    bool forgot; /* the opening of a dispute was undone: its rows leave the step's history */
};

struct m_evidence {
    int item, tick;
    bool withdrawn; /* its change was undone */
    const char *kind, *reference, *summary, *agent;
};

struct m_request {
    const char *id, *call; /* tool and arguments without the id */
    const char *answer;    /* as it was told; NULL until then */
};

struct m_settings {
    const char *name, *description;
    bool archived, require_review, separate_authors, human_only, require_evidence;
    double threshold;
    int max_iterations;
};

/* An item before and after a change that has an audit row about it. */
struct m_touch {
    int item;
    const char *type; /* as the audit says */
    bool created, moved;
    bool claims; /* only the claim on it came or went */
    bool by_hand;
    struct m_item was, is;
    int was_disputes, is_disputes;
    struct m_dispute was_dispute, is_dispute; /* the last one */
};

/* What an undo takes back: a call that changed something. */
struct m_change {
    int64_t number; /* as it was answered; 0 until then */
    int root;       /* its index, or that of the change which it undoes or does again */
    bool redo;      /* of an undoing: the root is in effect after it */
    bool claims, human;
    struct m_settings was_set, is_set;
    struct m_touch *touches;
    int n_touches;
    int evidence_from, evidence_to; /* what came with it */
    int *order, n_order;            /* all items in their order before it, when it moved one */
};

/* One audit row, as far as a model can tell it. */
struct m_audit {
    const char *action, *type;
    int item;
    bool by_hand; /* it was complete by hand, and a child speaks for it now */
};

struct model {
    struct arena arena;
    const char *slug;
    bool made;
    struct m_settings set;
    struct m_item items[M_ITEMS]; /* by number; [0] is the project */
    struct m_kept kept[M_ITEMS];
    int last;           /* number given out last */
    int order[M_ITEMS]; /* all items; siblings stand in it in their order */
    int n_order;
    struct m_evidence evidence[M_LOG];
    int n_evidence;
    struct m_request requests[M_LOG];
    int n_requests;
    struct m_audit audit[M_ITEMS]; /* of the last call */
    int n_audit;
    int rows_of[M_ITEMS]; /* audit rows so far, by item, disputes with their step; [0]: all */
    struct m_change changes[M_LOG];
    int n_changes;
    struct m_item before[M_ITEMS]; /* as things were before the call */
    struct m_settings set_before;
    int disputes_before[M_ITEMS], evidence_before;
    struct m_dispute dispute_before[M_ITEMS];
    int last_before, order_before[M_ITEMS], n_order_before;
    struct model *back; /* where an undo would go back to, when it is refused after all */
    int tick;           /* calls that changed something */
    int64_t token;      /* the greatest that was given out */
};

/* Who calls: the process, before an `agent` argument. */
struct m_actor {
    const char *agent, *user; /* user: NULL when none is configured */
    bool is_user;             /* the role is user */
};

/* What a call has to come to. */
struct m_want {
    unsigned refused; /* set of enum m_refusal; 0: it has to succeed */
    const char *why;  /* the first reason */
    bool unsure;      /* may be refused as a conflict: model_take_back() then */
    int placed;       /* the item whose place is the program's choice; 0: none */
    bool unchanged;
    bool replayed;
    bool reads;
    cJSON *answer;              /* members that the answer has to have, owned; lists whole */
    int n_items;                /* how long `items` is, unless a cursor goes on; -1: unsaid */
    struct m_request *remember; /* where the answer belongs */
};

/* One call on its way through the model. */
struct m_call {
    struct model *m;
    const char *tool;
    const cJSON *args;
    struct m_actor actor;
    const char *agent; /* after the `agent` argument */
    struct m_want *want;
};

void model_init(struct model *m, const char *slug);
void model_free(struct model *m);
/* Predict, and, when it is to succeed, do it. want->answer is then the caller's. */
void model_apply(struct model *m, struct m_actor actor, const char *tool, const cJSON *args,
                 struct m_want *ret_want);
/* What only the program can choose: the number of a claim, an id. */
/* The call was refused although it did not have to be (want->unsure). */
void model_take_back(struct model *m);
void model_learn(struct model *m, const char *tool, const cJSON *args, const cJSON *answer);
/* The whole state as text, in the form of state.sql. */
const char *model_dump(struct model *m, struct arena *arena);

/* --- shared by the families --- */

typedef void model_tool(struct m_call *call);
model_tool m_create_project, m_update_project, m_create_task, m_create_step, m_define_tasks,
    m_complete_step, m_submit_step, m_review_step, m_resolve_dispute, m_next_item, m_outline,
    m_get_item, m_list_disputes, m_history, m_claim_item, m_update_item, m_delete_item,
    m_link_items, m_assess_complexity, m_promote_step, m_optimize_project, m_work_queue, m_undo,
    m_navigate, m_project_stats;

/* Note a reason to refuse. */
void m_refuse(struct m_call *call, unsigned class, const char *why);
static inline bool m_refused(const struct m_call *call)
{
    return call->want->refused != 0;
}
/* Arguments; the text is copied into the model. */
const char *m_arg(struct m_call *call, const char *name);
bool m_flag(const struct m_call *call, const char *name, bool otherwise);
int m_number(const struct m_call *call, const char *name, int otherwise);
/* The item that an argument names, or -1 (and a refusal). */
int m_find(struct m_call *call, const char *name);
/* The same for any text: -1 not found, -2 names nothing, -3 in another project. */
int m_lookup(const struct model *m, const char *text);
/* What every write to one item looks at first: exists, not archived, version. */
int m_write_item(struct m_call *call, const char *name);
void m_check_version(struct m_call *call, int item);
void m_audit(struct m_call *call, const char *action, const char *type, int item);
/* `agent` and time of an iteration are filled in; its number. */
int m_add_iteration(struct m_call *call, int item, struct m_iteration iteration);
int m_new_item(struct m_call *call, enum m_kind kind, int parent, const char *title);
/* The assessment among the arguments; what it points to is the model's. */
struct m_assessment m_assessment_of(struct m_call *call);
/* Refuses what is no open step, and one that is disputed. */
void m_check_open(struct m_call *call, int item);
/* The score of a step from what is said of it now, else from its text. */
void m_score(struct model *m, int item);
/* The size of a text by docs/COMPLEXITY.md, of what the generator writes: no code, no links. */
double m_text_score(const char *text);
/* A draft that comes with a new step. */
void m_first_draft(struct m_call *call, int item, const char *content);
/* Put an item at the end (sibling -1), or before or after a sibling. */
void m_place(struct model *m, int item, int sibling, bool before);
/* Derive what is derived: completion of parents, bottom up. */
void m_derive(struct model *m);

bool m_visible(const struct model *m, int item); /* neither it nor an ancestor is deleted */
bool m_is_child(const struct model *m, int parent, int item); /* and visible as such */
int m_children(const struct model *m, int parent, enum m_status status);
int m_counted(const struct model *m, int parent); /* children that are not cancelled */
bool m_is_leaf(const struct model *m, int item);
double m_progress(const struct model *m, int item);
double m_shown(const struct model *m, int item);
int m_pending_dispute(const struct model *m, int item); /* index, or -1 */
bool m_below(const struct model *m, int item, int top); /* it, or in it */
/* The neighbour that is to be seen, 0 for none. */
int m_sibling(const struct model *m, int item, bool before);
/* All but who may take it: nobody holds it, it is nobody else's. */
bool m_startable(const struct model *m, int item);
/* Ready for an agent (NULL: for nobody in particular). Its own claim does not stand against it. */
bool m_ready(const struct model *m, int item, const char *agent);
/* Something that it waits for, itself or above it. */
bool m_waits(const struct model *m, int item);
const char *m_state(const struct model *m, int item);
const char *m_content_name(const struct model *m, int item); /* `status` of answers */
/* Depth first; calls back for every visible item below `parent`. */
typedef void m_visit(void *ctx, int item, int level);
void m_walk(const struct model *m, int parent, int level, m_visit *visit, void *ctx);
/* Does anything need its own end, or start, before it can come to it? */
bool m_circle(const struct model *m);

/* Claims: the token that a write to an item needs, and what the write does to the lease. */
void m_check_token(struct m_call *call, int item);
/* next_item when it takes what it tells. */
void m_next_claim(struct m_call *call);
void m_renew(struct m_call *call, int item);
void m_end_claim(struct model *m, int item);
/* Parents as a place for an item of this kind; a sibling that a place names (0: none). */
void m_check_parent(struct m_call *call, enum m_kind kind, int parent);
int m_find_sibling(struct m_call *call, int parent);
/* The first counted child of a leaf that was complete by hand speaks for it from now on. */
void m_audit_parent(struct m_call *call, int parent, enum m_status child);
/* What waits for something that closed, and for nothing else any more, as `released`. */
void m_tell_released(struct m_call *call, cJSON *answer, int item);
int m_open_deps(const struct model *m, int item);
bool m_waits_for(const struct model *m, int item, int dep);

/* For undo: how things are before a call, and what it changed. */
void m_note_before(struct model *m);
void m_note_change(struct m_call *call);

/* Answers. */
const char *m_key(const struct m_call *call, int item);
cJSON *m_answer_item(struct m_call *call, int item);
void m_answer_project(struct m_call *call);
extern const char *const m_kind_names[], *const m_status_names[], *const m_content_names[];

#endif
