/*
 * The JSON-RPC 2.0 envelope: what kind of message the bytes are, and how answers are written.
 *
 * Everything read is borrowed: spans point into the frame, texts are in the arena. Ids are kept
 * as their raw bytes and written back byte for byte: 0, strings, integers beyond 2^53. Whatever can
 * be known of an id is in the answer; only one that cannot be read is left out.
 *
 * A notification is never answered: what is wrong with its params is for who looks at them.
 */
#ifndef PLANNER_RPC_RPC_H
#define PLANNER_RPC_RPC_H

#include "planner/base/json.h"

#define RPC_BATCH_MAX  1000   /* messages */
#define RPC_VALUES_MAX 300000 /* in one message's params, at any depth */
#define RPC_ID_MAX     4096   /* bytes of an id as it is written, with its quotes */

/* JSON-RPC's own codes, and those that the MCP revisions define. */
enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_RESOURCE_MISSING = -32002, /* until 2025-11-25 */
    RPC_MISSING_CAPABILITY = -32021,
    RPC_UNSUPPORTED_VERSION = -32022
};

enum rpc_kind {
    RPC_REQUEST,
    RPC_NOTIFICATION,
    RPC_RESPONSE, /* to a request of ours; possibly malformed, never to be answered */
    RPC_INVALID   /* to be answered with code and problem, with the id if it could be read */
};

struct rpc_message {
    enum rpc_kind kind;
    struct span id;      /* raw; ptr NULL when absent or unreadable */
    const char *method;  /* of a request or notification, else "" */
    struct span params;  /* raw; ptr NULL when absent */
    struct span result;  /* of a response */
    bool is_error;       /* a response that carries an error instead */
    const char *unfit;   /* why params or result cannot be used (json.h), one sentence, or NULL */
    enum rpc_code code;  /* RPC_INVALID */
    const char *problem; /* RPC_INVALID: one sentence */
};

struct rpc_frame {
    bool batch;                   /* the frame was an array; n may be 0 */
    size_t n;                     /* 1 unless a batch */
    struct rpc_message *messages; /* in the arena */
};

/* Read one frame; never fails: what is wrong becomes an RPC_INVALID message. */
void rpc_read(struct arena *arena, const char *text, size_t len, struct rpc_frame *ret_frame);

/*
 * The id of a message that is too long or too deep to be read, so that its sender hears of it:
 * found while the bytes pass by, in constant memory, without a look at anything else.
 */
struct rpc_glance {
    size_t depth; /* brackets that are open */
    bool quoted, escaped;
    bool is_value;   /* of a member of the message, after its colon */
    bool is_id;      /* and that member is the id */
    bool closed;     /* the message has ended */
    bool spoilt;     /* there is no id to be found, or two */
    size_t name_len; /* of the member being read */
    char name[2];    /* its first bytes */
    size_t id_len;   /* 0: none yet */
    char id[RPC_ID_MAX];
};

void rpc_glance_begin(struct rpc_glance *glance);
void rpc_glance_feed(struct rpc_glance *glance, const char *bytes, size_t len);
/* After the last byte. ptr NULL when there is none; borrowed from *glance. */
struct span rpc_glance_id(const struct rpc_glance *glance);

/* Whether it is a string or an integer, and not too long. */
bool rpc_id_is_readable(struct span id);
/* Whether two raw ids are the same id, however their strings are escaped. */
bool rpc_id_same(struct span a, struct span b);

/*
 * Answers. rpc_result_begin leaves `out` where the result's value goes, rpc_end closes it. An id
 * whose ptr is NULL is left out. `data` is JSON or NULL.
 */
void rpc_result_begin(struct json_out *out, struct span id);
void rpc_end(struct json_out *out);
void rpc_error(struct json_out *out, struct span id, enum rpc_code code, const char *message,
               const char *data);
/* A request of ours, or with id NULL a notification: up to where the value of params goes. */
void rpc_request_begin(struct json_out *out, const char *id, const char *method);

#endif
