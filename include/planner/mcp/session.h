/*
 * What the files of mcp/ share; nothing outside mcp/ includes it.
 *
 * A message that was accepted as a tools/call becomes a struct mcp_call, which owns copies of all
 * it needs (the frame is gone by the time it runs) and moves between three places: the queue,
 * `running`, and the list of calls parked until a person has answered.
 */
#ifndef PLANNER_MCP_SESSION_H
#define PLANNER_MCP_SESSION_H

#include "planner/mcp/mcp.h"

#define MCP_MODERN      "2026-07-28"
#define MCP_SERVER_INFO "{\"name\":\"mcp-planner\",\"version\":\"" PLANNER_VERSION "\"}"

#define MCP_CLOSED     "the client closed before a person answered; nothing was changed"
#define MCP_CANNOT_ASK "a person has to be asked, and the client cannot; nothing was changed"

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

/* Who a message comes from and under which rules; strings are borrowed. */
struct mcp_peer {
    enum mcp_revision revision;
    const char *client_name;    /* or NULL */
    const char *client_version; /* or NULL */
    bool can_elicit;
};

struct mcp_call {
    struct mcp_call *next;
    struct span id; /* raw, in `id_text` */
    char *id_text;
    size_t size; /* bytes of the frame's params */
    const struct tool *tool;
    cJSON *params; /* owned */
    enum mcp_revision revision;
    struct mcp_batch *batch; /* or NULL */
    bool cancelled;          /* by the client, while running */

    /* Handshake era, while a person is asked: our request's id and what came back. */
    char *asked; /* "planner-N", or NULL */
    char *state;
    enum input_action action;
    cJSON *answer; /* the client's result, owned, or NULL */
};

struct mcp_list {
    struct mcp_call *first;
};

struct mcp {
    const struct mcp_config *config;
    const struct mcp_sink *sink;
    struct arena arena;      /* of the message being received */
    struct arena call_arena; /* of the call being run */
    char *tools;             /* the array of tools/list, made on first use */

    enum mcp_revision revision; /* as negotiated */
    char *client_name;          /* from initialize, or NULL */
    char *client_version;
    bool client_elicits;

    struct mcp_list queue;
    struct mcp_list parked;
    struct mcp_call *running;
    struct req *running_req;
    size_t queued;  /* bytes */
    unsigned asked; /* number of the last elicitation of ours */
    bool closing;
};

/* One message on its way to its answer. */
struct mcp_ask {
    const struct rpc_message *message;
    const cJSON *params; /* parsed, or NULL */
    struct mcp_peer peer;
    struct mcp_batch *batch; /* or NULL */
};

/* era.c */
const char *mcp_revision_name(enum mcp_revision revision);
/* MCP_NONE when the name is not one of ours. */
enum mcp_revision mcp_revision_find(const char *name);
bool mcp_can_elicit(const cJSON *capabilities);
/*
 * Decide the era of a request and fill in ask->peer. When the request has to be refused, it is
 * answered here and false is returned.
 */
bool mcp_era_admit(struct mcp *mcp, struct mcp_ask *ask);

/* reply.c: one frame, or one element of the batch. */
void mcp_send(struct mcp *mcp, struct mcp_batch *batch, struct json_out *out);
void mcp_send_error(struct mcp *mcp, const struct mcp_ask *ask, enum rpc_code code,
                    const char *message, const char *data);
struct mcp_batch *mcp_batch_new(void);
/* One answer fewer to come; sends and frees the batch after the last. NULL is no batch. */
void mcp_batch_done(struct mcp *mcp, struct mcp_batch *batch);
/*
 * What ends a result: a modern one carries resultType and who answers; a version conflict of
 * either era carries the current version (0: none).
 */
void mcp_put_meta(struct json_out *out, enum mcp_revision revision, const char *result_type,
                  int64_t current_version);

/* methods.c: false when there is no such method. */
bool mcp_method_run(struct mcp *mcp, struct mcp_ask *ask, cJSON **params);

/* call.c */
bool mcp_action_parse(const char *word, enum input_action *ret_action);
void mcp_call_free(struct mcp_call *call);
/* Check a tools/call and queue it, taking *params over, or answer what is wrong with it. */
void mcp_call_accept(struct mcp *mcp, struct mcp_ask *ask, cJSON **params);
void mcp_call_run(struct mcp *mcp, struct mcp_call *call);

/* result.c: the forms of an answer to tools/call. */
void mcp_result_error(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                      const char *message, int64_t current_version);
void mcp_result_done(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                     const struct tool_call *done);
void mcp_result_input(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                      const struct tool_input *input, bool can_elicit);
/* The params of elicitation/create. */
void mcp_put_question(struct json_out *out, enum mcp_revision revision,
                      const struct tool_input *input);

/* park.c */
void mcp_list_append(struct mcp_list *list, struct mcp_call *call);
/* Send elicitation/create and keep the call until it is answered. Takes the call over. */
void mcp_park(struct mcp *mcp, struct mcp_call *call, const struct tool_input *input);
/* A response to one of our requests; an unknown one is ignored. */
void mcp_park_answer(struct mcp *mcp, const struct rpc_message *message);
/* notifications/cancelled: running, queued or parked. */
void mcp_cancel(struct mcp *mcp, const struct rpc_message *message);
/* Answer every parked call: nobody will. */
void mcp_park_close(struct mcp *mcp);

#endif
