/*
 * Pages: a cursor is what cursor_make wrote and nothing else, and brings back the parts it was made
 * of; a cut text ends with a character, fits its budget, and no longer cut would.
 */
#include "fuzz.h"
#include "planner/service/page.h"

#define PARTS_MAX 8

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void check_read(struct req *rq, size_t n, const char *text)
{
    const char *parts[PARTS_MAX];
    const char *number = NULL;
    const char *id = NULL;
    const enum status status = cursor_read(rq, text, n, parts);

    if (status == ST_OK) {
        for (size_t i = 0; i < n; i++)
            require(parts[i] == NULL || fuzz_is_text(rq->arena, parts[i], strlen(parts[i])));
        require(strcmp(cursor_make(rq, parts, n), text) == 0);
    } else {
        require(status == ST_INVALID);
        fuzz_require_sentence(rq);
    }
    if (cursor_read_number(rq, text, &number) == ST_OK && number != NULL)
        require(number[0] != '\0' && strspn(number, "0123456789") == strlen(number));
    if (cursor_read_moment(rq, text, &number, &id) == ST_OK)
        require(strspn(number, "0123456789") == strlen(number) && uuid_is_text(id));
}

static void check_made(struct req *rq, size_t n, char *text)
{
    const char *parts[PARTS_MAX];
    const char *again[PARTS_MAX];
    const char *cursor = NULL;

    if (!fuzz_is_text(rq->arena, text, strlen(text)))
        return;
    for (size_t i = 0; i < n; i++)
        parts[i] = strsep(&text, "|"); /* NULL when there are no more */
    cursor = cursor_make(rq, parts, n);
    require(cursor_read(rq, cursor, n, again) == ST_OK);
    for (size_t i = 0; i < n; i++)
        require(same_text(parts[i], again[i]));
    require(n == PARTS_MAX || cursor_read(rq, cursor, n + 1, again) == ST_INVALID);
}

/* The size of the first `len` bytes as JSON, without the quotes. */
static size_t json_size(struct arena *arena, const char *text, size_t len)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_strn(&out, text, len);
    return out.buf.len - 2;
}

static bool is_boundary(const char *at)
{
    return ((unsigned char)*at & 0xC0) != 0x80;
}

static void check_cut(struct req *rq, size_t budget, const char *text)
{
    const size_t len = strlen(text);
    size_t from = len / 3;
    size_t n = 0;
    size_t more = 0;

    if (!fuzz_is_text(rq->arena, text, len))
        return;
    while (!is_boundary(text + from))
        from++;
    n = page_cut(text, from, budget);
    require(from + n <= len && is_boundary(text + from + n));
    require(json_size(rq->arena, text + from, n) <= budget);
    for (more = n + 1; from + more < len && !is_boundary(text + from + more);)
        more++;
    require(from + n == len || json_size(rq->arena, text + from, more) > budget);
}

#define TEXTS 3

/* Page after page, until nothing is left: every text was told once, whole characters at a time. */
static void check_pages(struct req *rq, size_t budget, char *all)
{
    struct buf told[TEXTS] = {BUF_IN(rq->arena), BUF_IN(rq->arena), BUF_IN(rq->arena)};
    const char *whole[TEXTS];
    const char *cursor = NULL;
    size_t left = strlen(all) + 2;

    if (!fuzz_is_text(rq->arena, all, strlen(all)))
        return;
    for (size_t i = 0; i < TEXTS; i++)
        whole[i] = strsep(&all, "|");
    do {
        const char *part[TEXTS] = {whole[0], whole[1], whole[2]};
        const char **texts[TEXTS] = {&part[0], &part[1], &part[2]};
        require(left-- > 0);
        require(page_cut_texts(rq, cursor, budget < 6 ? 6 : budget, texts, TEXTS, &cursor) ==
                ST_OK);
        for (size_t i = 0; i < TEXTS; i++) {
            require(part[i] == NULL || fuzz_is_text(rq->arena, part[i], strlen(part[i])));
            buf_text(&told[i], part[i]);
        }
    } while (cursor != NULL);
    for (size_t i = 0; i < TEXTS; i++)
        require(whole[i] == NULL || strcmp(buf_str(&told[i]), whole[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct req *rq = fuzz_req();
    const uint8_t how = feed_byte(&feed);
    char *text = feed_text(&feed);

    switch (how % 4) {
    case 0:
        check_read(rq, (size_t)1 + how / 4 % PARTS_MAX, text);
        break;
    case 1:
        check_made(rq, (size_t)1 + how / 4 % PARTS_MAX, text);
        break;
    case 2:
        check_pages(rq, how / 4, text);
        break;
    default:
        check_cut(rq, how / 4, text);
        break;
    }
    free(text);
    return 0;
}
