#include "planner/base/status.h"

static const char *const names[] = {
    [ST_OK] = "ok",
    [ST_INVALID] = "invalid",
    [ST_NOT_FOUND] = "not_found",
    [ST_CONFLICT] = "conflict",
    [ST_NOT_READY] = "not_ready",
    [ST_LIMIT] = "limit",
    [ST_UNAVAILABLE] = "unavailable",
    [ST_UNKNOWN] = "unknown",
    [ST_CANCELLED] = "cancelled",
    [ST_NEED_INPUT] = "input_required",
    [ST_BAD_STATE] = "bad_state",
    [ST_WAIT] = "waiting",
    [ST_RETRY] = "retry",
    [ST_BUG] = "defect",
};

const char *status_name(enum status status)
{
    return (unsigned)status < LENGTH_OF(names) ? names[status] : "unknown";
}
