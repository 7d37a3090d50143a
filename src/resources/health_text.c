/* How the database is, in a line or ten. */
#include "planner/doctor/doctor.h"
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"

static void put_waiting(const struct doctor_health *h, struct buf *out)
{
    buf_printf(out, "- disputes that wait for a person: %lld", (long long)h->disputes.v);
    if (h->disputes_since != NULL) {
        buf_text(out, ", the oldest since ");
        markdown_time(out, h->disputes_since);
        buf_text(out, "; list_disputes tells them");
    }
    buf_printf(out, "\n- claims: %lld", (long long)h->claims.v);
    if (h->claims_expired.v > 0)
        buf_printf(out, ", %lld of them expired: others may take that work over",
                   (long long)h->claims_expired.v);
    buf_char(out, '\n');
}

static void put_trouble(const struct doctor_health *h, struct buf *out)
{
    for (size_t i = 0; i < h->trouble.n; i++) {
        const struct doctor_trouble *t = LIST_AT(h->trouble, i, const struct doctor_trouble);
        buf_printf(out, "- %s, %s: %s\n", t->severity, t->check, t->means);
    }
    if (h->trouble.n > 0)
        buf_text(out, "\nTell your human: `mcp-planner doctor` says what to do about it.\n");
}

void markdown_tell_health(struct req *rq, const struct resource_uri *uri, const void *result,
                          struct buf *out)
{
    const struct doctor_health *h = result;

    (void)rq;
    (void)uri;
    buf_text(out, "# Health\n\n");
    if (strcmp(h->database, "unmade") == 0) {
        buf_text(out, "- the database has not been made yet: it is made at the first use\n");
        return;
    }
    if (strcmp(h->database, "away") == 0) {
        buf_text(out, "- error, ");
        markdown_inline(out, h->reason);
        buf_printf(out, "\n- the breaker is %s%s\n", h->breaker,
                   strcmp(h->breaker, "open") == 0
                       ? ": calls are answered at once, and it closes by itself"
                       : "");
        return;
    }
    buf_printf(out, "- the database answers in %.1f ms, its schema (version %lld) fits\n",
               h->answer_ms.v, (long long)h->schema.v);
    put_waiting(h, out);
    put_trouble(h, out);
}
