/* Answers, and the few requests of ours, without blanks: one line each. */
#include "planner/rpc/rpc.h"

static void write_head(struct json_out *out, struct span id)
{
    json_begin(out, '{');
    json_put_str(out, "jsonrpc", "2.0");
    if (id.ptr == NULL)
        return;
    json_key(out, "id");
    json_raw(out, id.ptr, id.len);
}

void rpc_result_begin(struct json_out *out, struct span id)
{
    write_head(out, id);
    json_key(out, "result");
}

void rpc_end(struct json_out *out)
{
    json_end(out, '}');
}

void rpc_error(struct json_out *out, struct span id, enum rpc_code code, const char *message,
               const char *data)
{
    write_head(out, id);
    json_key(out, "error");
    json_begin(out, '{');
    json_put_int(out, "code", code);
    json_put_str(out, "message", message);
    json_put_raw(out, "data", data);
    json_end(out, '}');
    rpc_end(out);
}

void rpc_request_begin(struct json_out *out, const char *id, const char *method)
{
    write_head(out, (struct span){0});
    json_put_str(out, "id", id);
    json_put_str(out, "method", method);
    json_key(out, "params");
}
