/*
 * The analysis of any text: the score is a share, the proposal is titles that an item may have, the
 * same text gives the same answer, and more text never scores less.
 */
#include "fuzz.h"
#include "planner/service/analysis.h"

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void check_titles(struct req *rq, const struct analysis *a, bool is_text)
{
    require(!a->breakdown.set || (a->breakdown.n >= 2 && a->breakdown.n <= BREAKDOWN_MAX));
    for (size_t i = 0; i < a->breakdown.n; i++) {
        const char *title = *LIST_AT(a->breakdown, i, const char *const);
        require(title[0] != '\0' && title[0] != ' ' && strpbrk(title, "\r\n\t") == NULL);
        require(characters(title) <= BREAKDOWN_TITLE);
        require(!is_text || fuzz_is_text(rq->arena, title, strlen(title)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct req *rq = fuzz_req();
    char *text = feed_text(&feed);
    struct analysis a;
    struct analysis again;
    struct analysis twice;

    analysis_make(rq->arena, text, &a);
    require(a.score.v >= 0 && a.score.v <= 1);
    require(a.characters.v == (int64_t)characters(text));
    check_titles(rq, &a, fuzz_is_text(rq->arena, text, strlen(text)));
    analysis_make(rq->arena, text, &again);
    require(again.score.v == a.score.v && again.breakdown.n == a.breakdown.n);
    analysis_make(rq->arena, arena_printf(rq->arena, "%s\nx", text), &twice);
    require(twice.score.v >= a.score.v);
    free(text);
    return 0;
}
