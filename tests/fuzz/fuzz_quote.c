/*
 * Texts of others between words of ours: no line of a quotation is without its mark, a fence cannot
 * be closed from inside, one line stays one line; and what was quoted can be read out again.
 */
#include "fuzz.h"
#include "planner/prompts/prompt_parts.h"
#include "planner/resources/markdown.h"

/* What ends a line, anywhere that a model or a person may read it. */
static size_t break_at(const char *text)
{
    static const char *const breaks[] = {"\r\n", "\n",       "\r",           "\v",
                                         "\f",   "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};

    for (size_t i = 0; i < LENGTH_OF(breaks); i++) {
        if (strncmp(text, breaks[i], strlen(breaks[i])) == 0)
            return strlen(breaks[i]);
    }
    return 0;
}

/* The first bytes of a text, each line break as one line feed. */
static const char *with_line_feeds(struct arena *arena, const char *text, size_t len)
{
    struct buf out = BUF_IN(arena);

    for (size_t i = 0; i < len;) {
        const size_t broken = break_at(text + i);
        buf_char(&out, broken > 0 ? '\n' : text[i]);
        i += broken > 0 ? broken : 1;
    }
    return buf_str(&out);
}

/* A quotation without its marks; every line has to have one. */
static const char *without_marks(struct arena *arena, const char *quoted)
{
    struct buf out = BUF_IN(arena);

    while (*quoted != '\0') {
        const size_t len = strcspn(quoted, "\n");
        require(strncmp(quoted, QUOTE_MARK, strlen(QUOTE_MARK)) == 0);
        require(quoted[len] == '\n');
        buf_add(&out, quoted + strlen(QUOTE_MARK), len - strlen(QUOTE_MARK));
        quoted += len + 1;
        if (*quoted != '\0')
            buf_char(&out, '\n');
    }
    return buf_str(&out);
}

static void check_quote(struct req *rq, const char *text, size_t budget)
{
    struct buf out = BUF_IN(rq->arena);
    const size_t shown = quote_text(&out, text, budget);
    const char *quoted = buf_str(&out);

    require(shown <= strlen(text));
    require(fuzz_is_text(rq->arena, quoted, strlen(quoted)));
    require(quote_cost(quoted) <= (budget < 4 ? 4 : budget));
    require(strcmp(without_marks(rq->arena, quoted), with_line_feeds(rq->arena, text, shown)) == 0);
}

static void check_quoted_line(struct req *rq, const char *text, size_t budget)
{
    struct buf out = BUF_IN(rq->arena);
    const char *line = NULL;

    budget = budget < 10 ? 10 : budget;
    quote_line(&out, budget, "%s", text);
    line = buf_str(&out);
    require(fuzz_is_text(rq->arena, line, strlen(line)));
    require(quote_cost(line) <= budget);
    for (size_t i = 0; i + 1 < strlen(line); i++)
        require(break_at(line + i) == 0);
}

static void check_fence(struct req *rq, const char *text)
{
    struct buf out = BUF_IN(rq->arena);
    const char *at = NULL;
    size_t fence = 0;

    markdown_fenced(&out, text);
    at = buf_str(&out);
    fence = strspn(at, "`");
    require(fence >= 3 && at[fence] == '\n');
    at += fence + 1;
    require(strncmp(at, text, strlen(text)) == 0);
    for (const char *tick = text; *tick != '\0'; tick++)
        require(strspn(tick, "`") < fence);
    at += strlen(text);
    at += *at == '\n';
    require(strspn(at, "`") == fence && strcmp(at + fence, "\n") == 0);
}

static void check_inline(struct req *rq, const char *text)
{
    struct buf out = BUF_IN(rq->arena);
    const char *at = NULL;

    markdown_inline(&out, text);
    at = buf_str(&out);
    for (; *text != '\0'; text++) {
        const bool is_control = (unsigned char)*text < 0x20 || *text == 0x7F;
        if (*at == '\\')
            at++;
        require(*at++ == (is_control ? ' ' : *text));
    }
    require(*at == '\0');
}

static void check_code(struct req *rq, const char *text)
{
    struct buf out = BUF_IN(rq->arena);
    const char *code = NULL;
    size_t ticks = 0;
    size_t len = 0;

    markdown_code(&out, text);
    code = buf_str(&out);
    if (text[0] == '\0')
        return;
    ticks = strspn(code, "`");
    len = strlen(code);
    require(strpbrk(code, "\r\n") == NULL && len >= 2 * ticks + strlen(text));
    for (const char *tick = text; *tick != '\0'; tick++)
        require(strspn(tick, "`") < ticks);
    require(strspn(code + len - ticks, "`") == ticks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct req *rq = fuzz_req();
    const size_t budget = feed_byte(&feed);
    char *text = feed_text(&feed);

    if (fuzz_is_text(rq->arena, text, strlen(text))) {
        check_quote(rq, text, budget);
        check_quoted_line(rq, text, budget);
        check_fence(rq, text);
        check_inline(rq, text);
        check_code(rq, text);
    }
    free(text);
    return 0;
}
