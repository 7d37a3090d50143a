/* claim_item */
#include "planner/service/claim.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field claim_args_fields[] = {
    FIELD_REF(struct claim_args, item, REQUIRED, "A step, or a task without children."),
    FIELD_ENUM(struct claim_args, action, claim_action_names, OPTIONAL,
               "Default claim; the others need the token."),
    FIELD_INT(struct claim_args, lease_seconds, LEASE_MIN, LEASE_MAX, OPTIONAL, "Default 900."),
    TOKEN_FIELD(struct claim_args),
    VERSION_FIELD(struct claim_args),
    WRITE_FIELDS(struct claim_args),
    FIELD_END,
};

static enum status claim_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return claim_item(rq, args, result);
}

static void claim_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    if (a->token.set)
        buf_printf(out, "%s %s until %s (token %lld)", a->key,
                   a->changed.v ? "claimed" : "stays claimed", tell_time(rq, a->expires_at),
                   (long long)a->token.v);
    else if (a->changed.v)
        buf_printf(out, "%s released", a->key);
    else
        buf_printf(out, "%s is not claimed; nothing was changed", a->key);
    tell_replayed(out, a->replayed);
}

const struct tool tool_claim_item = {
    .name = "claim_item",
    .title = "Claim, renew or release",
    .doc = "Hold one ready item for a while, so that no other agent works on it. Give the token "
           "with your writes to it: that renews the lease.",
    .hints = TOOL_REPEATABLE,
    .args = claim_args_fields,
    .args_size = sizeof(struct claim_args),
    .result = claim_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = claim_run,
    .tell = claim_tell,
};
