/* The cuts that were made. */
#include "retention_private.h"

#define CUTS_TOLD "50"

static const struct field past_fields[] = {
    ROW_STR(struct retention_past, project_id, REQUIRED),
    ROW_STR(struct retention_past, slug, REQUIRED),
    ROW_STR(struct retention_past, kind, REQUIRED),
    ROW_STR(struct retention_past, state, REQUIRED),
    ROW_STR(struct retention_past, archive, REQUIRED),
    ROW_STR(struct retention_past, sha256, REQUIRED),
    ROW_STR(struct retention_past, made_by, REQUIRED),
    ROW_INT(struct retention_past, id, REQUIRED),
    ROW_INT(struct retention_past, archived, REQUIRED),
    ROW_INT(struct retention_past, purged, REQUIRED),
    ROW_INT(struct retention_past, change, OPTIONAL),
    ROW_INT(struct retention_past, until, REQUIRED),
    ROW_INT(struct retention_past, at, REQUIRED),
    FIELD_END,
};

struct past_list {
    struct list cuts;
};
static const struct field past_list_fields[] = {
    ROW_LIST(struct past_list, cuts, past_fields, struct retention_past, REQUIRED), FIELD_END};

enum status retention_list(struct req *rq, struct list *ret_cuts)
{
    struct past_list found = {0};

    TRY(db_read(rq, &q_retention_cuts, PARAMS(CUTS_TOLD), INTO(past_list_fields, &found)));
    *ret_cuts = found.cuts;
    return ST_OK;
}
