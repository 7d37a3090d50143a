/*
 * The state of a question, as it comes back from outside: what is taken has the parts that the
 * store will be asked about, and nothing more; what is refused is told.
 */
#include "fuzz.h"
#include "planner/service/dispute.h"

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
    free(text);
    return 0;
}
