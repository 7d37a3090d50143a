/*
 * What comes back from outside and goes to the store as it is. The state of a question: what is
 * taken has the parts that the store will be asked about, and nothing more; what is refused is
 * told. The cursor of the feed: what is taken is a snapshot to another reader as well.
 */
#include "fuzz.h"
#include "planner/service/dispute.h"
#include "planner/store/feed.h"
#include <ctype.h>

/* A number from 1 to INT64_MAX, without leading zeros, and the character behind it; 0 when it is
 * none. */
static unsigned long long number_before(char **at, const char *ends)
{
    const char *from = *at;
    unsigned long long value = 0;

    if (!isdigit((unsigned char)*from) || *from == '0')
        return 0;
    value = strtoull(from, at, 10);
    if (value == 0 || value > INT64_MAX || strchr(ends, **at) == NULL)
        return 0;
    return value;
}

/* "xmin:xmax:xip,xip,...", by the manual of PostgreSQL (pg_snapshot), and perhaps "@0123abcd". */
static bool is_snapshot(char *text)
{
    char *history = strchr(text, '@');
    unsigned long long xmin = 0;
    unsigned long long xmax = 0;
    unsigned long long last = 0;

    if (history != NULL) {
        if (strspn(history + 1, "abcdef0123456789") != 8 || history[9] != '\0')
            return false;
        *history = '\0';
    }
    xmin = number_before(&text, ":");
    if (xmin == 0 || *text++ != ':')
        return false;
    xmax = number_before(&text, ":");
    if (xmax < xmin || *text++ != ':')
        return false;
    while (*text != '\0') {
        const unsigned long long xip = number_before(&text, ",");
        if (xip < xmin || xip >= xmax || xip <= last || (*text == ',' && *++text == '\0'))
            return false;
        last = xip;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct req *rq = fuzz_req();
    char *text = feed_text(&(struct feed){data, size});
    struct dispute_claim claim = {0};
    const enum status status = dispute_state_read(rq, text, &claim);

    if (status == ST_OK) {
        const char *again =
            arena_printf(rq->arena, "%s:%s:%s", claim.dispute_id, claim.expiry, claim.seal);
        require(strcmp(again, text) == 0);
        require(strncmp(claim.payload, text, strlen(claim.payload)) == 0);
        require(strlen(claim.payload) + 1 + strlen(claim.seal) == strlen(text));
        require(uuid_is_text(claim.dispute_id) && strchr(claim.seal, ':') == NULL);
        require(claim.expiry[0] != '\0');
        require(strspn(claim.expiry, "0123456789") == strlen(claim.expiry));
    } else {
        require(status == ST_BAD_STATE && claim.seal == NULL);
        fuzz_require_sentence(rq);
    }
    require(feed_cursor_is_valid(text) == is_snapshot(text));
    free(text);
    return 0;
}
