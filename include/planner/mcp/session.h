/*
 * What the files of mcp/ share; nothing outside mcp/ includes it.
 *
 * Methods stand in one table (methods.c). Some are answered at once, from memory. The others may
 * take time: such a request becomes a struct mcp_call, which owns copies of all it needs (the frame
 * is gone by the time it runs) and moves between four places: the queue, `running`, the calls
 * parked until somebody has answered a question (ask.c), and those parked until something changes
 * or their time is up (call.c, feed.c).
 */
#ifndef PLANNER_MCP_SESSION_H
#define PLANNER_MCP_SESSION_H

#include "planner/base/input.h"
#include "planner/base/trace.h"
#include "planner/mcp/mcp.h"

#define MCP_MODERN      "2026-07-28"
#define MCP_META        "io.modelcontextprotocol/"
#define MCP_SERVER_INFO "{\"name\":\"mcp-planner\",\"version\":\"" PLANNER_VERSION "\"}"

#define MCP_PARKED_MAX   256 /* calls that wait for somebody or something at once */
#define MCP_PARKED_BYTES ((size_t)16 * 1024 * 1024) /* of all of them */

#define MCP_CLOSED     "the client closed before a person answered; nothing was changed"
#define MCP_CANNOT_ASK "a person has to be asked, and the client cannot; nothing was changed"
#define MCP_TOO_MANY   "too many calls wait for an answer or a change already; nothing was changed"

/* In the order of their dates, so that they compare. */
enum mcp_revision {
    MCP_NONE = 0, /* no initialize yet */
    MCP_2024_11_05,
    MCP_2025_03_26,
    MCP_2025_06_18,
    MCP_2025_11_25,
    MCP_2026_07_28
};

/* A batch collects its answers and is sent when none is outstanding. */
struct mcp_batch {
    char *text; /* the array so far, without its end */
    size_t len;
    size_t pending; /* answers still to come, plus one while it is being read */
};

/* Severities of RFC 5424, as MCP names them; the lower, the worse. */
enum mcp_severity {
    MCP_EMERGENCY,
    MCP_ALERT,
    MCP_CRITICAL,
    MCP_ERROR,
    MCP_WARNING,
    MCP_NOTICE,
    MCP_INFO,
    MCP_DEBUG
};
#define MCP_SILENT (-1) /* no log messages */
#define MCP_LEVELS "debug, info, notice, warning, error, critical, alert and emergency"

struct mcp_abilities {
    bool elicit, sample, roots;
};

/* Who a message comes from and under which rules; strings are borrowed. */
struct mcp_peer {
    enum mcp_revision revision;
    const char *client_name;    /* or NULL */
    const char *client_version; /* or NULL */
    struct mcp_abilities can;
    int log; /* enum mcp_severity up to which it hears log messages, or MCP_SILENT */
};

struct mcp_method;

/* Handshake era: one request of ours to the client, and its answer. */
struct mcp_question {
    char *id; /* "planner-N" */
    char *key;
    enum input_kind kind;
    bool answered;
};

struct mcp_call {
    struct mcp_call *next;
    struct span id; /* raw, in `id_text` */
    char *id_text;
    size_t size; /* bytes that it takes in the queue */
    const struct mcp_method *method;
    char *params_text; /* raw, owned, until it runs: a tree takes many times the memory */
    size_t params_len;
    cJSON *params; /* owned, from then on */
    enum mcp_revision revision;
    struct mcp_batch *batch; /* or NULL */
    bool cancelled;          /* by the client, while running */
    int64_t began_ms;        /* monotonic; 0: not run yet */
    int64_t arrived_us;      /* monotonic */
    int64_t queued_us;       /* from then to its first turn */
    int64_t ran_us;          /* of its turns so far: what it waited for is not in it */
    int turns;

    char *progress_token; /* raw JSON, or NULL */
    double progress;      /* last told */
    int64_t progress_ms;  /* when, monotonic */

    /* Handshake era, while somebody is asked. */
    struct mcp_question *questions;
    size_t n_questions;
    char *state;
    cJSON *answers; /* results by key, owned, or NULL */

    /* While waiting for a change. */
    char *wait_project, *wait_cursor;
    int64_t wait_until_ms;

    /* Out, for the method's own kinds of failure: becomes the error's `data`. */
    const char *error_data; /* JSON in the call's arena, or NULL */
    struct input_need need; /* with ST_NEED_INPUT */
};

struct mcp_list {
    struct mcp_call *first, *last;
};

struct mcp_subscription;

struct mcp {
    const struct mcp_config *config;
    const struct mcp_sink *sink;
    struct arena arena;              /* of the message being received */
    struct arena call_arena;         /* of the call being run */
    struct arena tick_arena;         /* of a notification, also while a call waits */
    char *tools[MCP_2026_07_28 + 1]; /* the array of tools/list by revision, made on first use */

    enum mcp_revision revision; /* as negotiated */
    char *client_name;          /* from initialize, or NULL */
    char *client_version;
    struct mcp_abilities client_can;
    int log;         /* as logging/setLevel said */
    bool has_listed; /* the handshake client has asked for the list of resources */

    struct mcp_list queue;
    struct mcp_list asking;
    struct mcp_list waiting;
    struct mcp_call *running;
    struct req *running_req;
    int running_log;   /* severity up to which the client hears messages of what runs */
    bool queue_is_big; /* so much was queued that its memory is worth giving back */
    size_t queued;     /* bytes */
    unsigned asked;    /* number of the last request of ours */
    bool closing;
    bool opening; /* the feed is being connected: it cannot be asked */
    struct mcp_subscription *subscriptions;
};

/* One message on its way to its answer. */
struct mcp_ask {
    const struct rpc_message *message;
    const cJSON *params; /* parsed, or NULL */
    struct mcp_peer peer;
    struct mcp_batch *batch; /* or NULL */
};

/*
 * One row per method. Exactly one of answer and run is set.
 *
 * answer: from memory, at once; sends its answer itself (reply.c).
 * run: in its turn. On ST_OK it has written the members of the result (mcp_result_end adds what
 * every result has); on ST_NEED_INPUT call->need says what to ask; otherwise the sentence is in
 * the request. Its params were looked at by `check` (NULL: fine, else the sentence) when they came.
 */
struct mcp_method {
    const char *name;
    enum mcp_revision since, until; /* the revisions that know it */
    void (*answer)(struct mcp *mcp, struct mcp_ask *ask);
    const char *(*check)(struct arena *arena, const cJSON *params);
    enum status (*run)(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                       struct json_out *out);
    int64_t ttl_ms;               /* of a cacheable result; -1: it is none */
    bool is_public;               /* cacheScope */
    bool fails_as_result;         /* what a model can act on is a result with isError */
    enum rpc_code missing_legacy; /* for what is not there, until 2025-11-25; 0: as later */
};

/* methods.c: NULL when no revision has such a method. */
const struct mcp_method *mcp_method_find(const char *name);

/* era.c */
const char *mcp_revision_name(enum mcp_revision revision);
/* MCP_NONE when the name is not one of ours. */
enum mcp_revision mcp_revision_find(const char *name);
void mcp_put_revisions(struct json_out *out);
struct mcp_abilities mcp_abilities_read(const cJSON *capabilities, enum mcp_revision revision);
/*
 * Decide the era of a request and fill in ask->peer. When the request has to be refused, it is
 * answered here and false is returned.
 */
bool mcp_era_admit(struct mcp *mcp, struct mcp_ask *ask);
/* Who sent a call: a modern message says so itself, the handshake said it for the others. */
struct mcp_peer mcp_peer_of(const struct mcp *mcp, enum mcp_revision revision, const cJSON *params);

/* reply.c: one frame, or one element of the batch. */
void mcp_send(struct mcp *mcp, struct mcp_batch *batch, struct json_out *out);
void mcp_send_error(struct mcp *mcp, const struct mcp_ask *ask, enum rpc_code code,
                    const char *message, const char *data);
struct mcp_batch *mcp_batch_new(void);
/* One answer fewer to come; sends and frees the batch after the last. NULL is no batch. */
void mcp_batch_done(struct mcp *mcp, struct mcp_batch *batch);
/* An answer at once: leaves `out` inside the result. */
void mcp_answer_begin(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *ret_out);
/* Adds what every result of this method and revision has, and sends it. */
void mcp_answer_end(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *out);
/*
 * What ends a result: a modern one carries resultType, caching hints and who answers; a version
 * conflict of either era carries the current version (0: none).
 */
void mcp_put_ending(struct json_out *out, const struct mcp_method *method,
                    enum mcp_revision revision, const char *result_type, int64_t current_version);
/* Whether notifications may be sent: the reader keeps up. */
bool mcp_has_room(const struct mcp *mcp);

/* handshake.c, notify.c, tools.c, prompts.c, resources.c, completion.c: the methods. */
void mcp_answer_initialize(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_ping(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_discover(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_set_level(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_tools_list(struct mcp *mcp, struct mcp_ask *ask);
const char *mcp_check_tools_call(struct arena *arena, const cJSON *params);
enum status mcp_run_tools_call(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                               struct json_out *out);

/* True when a list of one page was asked for a further one: refused. */
bool mcp_refuse_cursor(struct mcp *mcp, const struct mcp_ask *ask);
void mcp_answer_prompts_list(struct mcp *mcp, struct mcp_ask *ask);
const char *mcp_check_prompts_get(struct arena *arena, const cJSON *params);
enum status mcp_run_prompts_get(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                struct json_out *out);
const char *mcp_check_resources_list(struct arena *arena, const cJSON *params);
enum status mcp_run_resources_list(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                   struct json_out *out);
void mcp_answer_templates_list(struct mcp *mcp, struct mcp_ask *ask);
/* The `data` of an error about a resource. */
const char *mcp_uri_data(struct arena *arena, const char *uri);
const char *mcp_check_resources_read(struct arena *arena, const cJSON *params);
enum status mcp_run_resources_read(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                   struct json_out *out);
const char *mcp_check_completion(struct arena *arena, const cJSON *params);
enum status mcp_run_completion(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                               struct json_out *out);

/* notify.c: what is told beside answers. */
/* MCP_SILENT when the word is no severity. */
int mcp_severity_find(const char *word);
/* Passes on what the running call reports, as far as its client wants to hear it. */
struct listener mcp_listener_for(struct mcp *mcp, const struct mcp_peer *peer);

/* call.c */
void mcp_call_free(struct mcp_call *call);
/* Check a request and queue it, or answer what is wrong with it. */
void mcp_call_accept(struct mcp *mcp, struct mcp_ask *ask, const struct mcp_method *method);
struct req mcp_req_for(struct mcp *mcp, const struct mcp_peer *peer, struct arena *arena);
void mcp_call_run(struct mcp *mcp, struct mcp_call *call);
/* Answer a call with an error, and be done with it. */
void mcp_call_refuse(struct mcp *mcp, struct mcp_call *call, const char *message);

/* account.c: what is told of a call beside its answer. */
/* One turn of a call. It must not move while rq is used, which refers to it. */
struct mcp_account {
    struct log log;
    struct log_context context;
    struct trace trace;
    const struct tool *tool; /* NULL: another method */
    int64_t began_us;
};
/* Has rq's log lines name the call, and rq the trace that it is part of. */
void mcp_account_begin(const struct mcp *mcp, struct mcp_call *call, struct req *rq,
                       struct mcp_account *ret_account);
/* The turn is over, the call is not. */
void mcp_account_park(struct mcp_call *call, const struct mcp_account *account);
/* The call is over: its line of the log, and the counters. */
void mcp_account_end(const struct mcp *mcp, const struct req *rq, struct mcp_call *call,
                     enum status status, struct mcp_account *account);
/* An error of JSON-RPC was answered. */
void mcp_account_error(const struct mcp *mcp, enum rpc_code code);
/* A request was answered from memory. */
void mcp_account_at_once(struct mcp *mcp, const struct mcp_ask *ask);

/* queue.c */
void mcp_list_append(struct mcp_list *list, struct mcp_call *call);
void mcp_list_remove(struct mcp_list *list, struct mcp_call *call);
void mcp_call_queue(struct mcp *mcp, struct mcp_call *call);
struct mcp_call *mcp_call_take(struct mcp *mcp); /* NULL: none */
/* Whether one more call may wait for somebody or something. */
bool mcp_may_park(const struct mcp *mcp);
/* notifications/cancelled: running, queued, parked or listening. */
void mcp_cancel(struct mcp *mcp, const struct rpc_message *message);

/* result.c: the forms of an answer to a call. */
void mcp_result_begin(struct json_out *out, struct arena *arena, const struct mcp_call *call);
void mcp_result_end(struct mcp *mcp, const struct mcp_call *call, struct json_out *out,
                    const char *result_type, int64_t current_version);
/* A failure, in the form that its method has for it. */
void mcp_result_fail(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                     enum status status, const char *message, int64_t current_version);
/* A text content block. */
void mcp_put_text(struct json_out *out, const char *text);

/* form.c: the params of elicitation/create. */
void mcp_put_form(struct json_out *out, enum mcp_revision revision,
                  const struct input_question *question);

/* ask.c: questions in the middle of a call. */
/* The answers that this run of the call has to go by. */
struct input_given mcp_given(const struct mcp_call *call);
/* Pass call->need on, in the way of the call's era. True when the call was parked and lives on. */
bool mcp_ask_client(struct mcp *mcp, struct req *rq, struct mcp_call *call);
/* A response to one of our requests; an unknown one is ignored. */
void mcp_ask_answered(struct mcp *mcp, const struct rpc_message *message);
/* The questions go with the call that asked them. */
void mcp_ask_withdraw(struct mcp *mcp, const struct mcp_call *call);
void mcp_ask_forget(struct mcp_call *call);

/* listen.c: subscriptions. */
void mcp_answer_listen(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_subscribe(struct mcp *mcp, struct mcp_ask *ask);
void mcp_answer_unsubscribe(struct mcp *mcp, struct mcp_ask *ask);
/* A subscription waits for its acknowledgement, which waits for the feed. */
bool mcp_listen_is_owed(const struct mcp *mcp);
/* The client takes subscriptions/listen back. */
void mcp_listen_cancel(struct mcp *mcp, struct span id);
/*
 * A call has changed the list of resources. A handshake client that has one hears of its own
 * changes also while it subscribes to nothing and the feed is closed: those of others need the
 * feed.
 */
void mcp_listen_own_list(struct mcp *mcp);

/* feed.c: changes, for those who listen and for calls that wait. */
/* What is listened to, or who waits, has changed. */
void mcp_feed_update(struct mcp *mcp);
/* Connect the feed when it is time to; waits. False when there was nothing to do. */
bool mcp_feed_open(struct mcp *mcp);
/* No change will be heard any more: calls that wait are run for the last time. */
void mcp_feed_close(struct mcp *mcp);

#endif
