#include "fuzz.h"

#include <stdio.h>

void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

uint8_t feed_byte(struct feed *feed)
{
    if (feed->left == 0)
        return 0;
    feed->left--;
    return *feed->at++;
}

char *feed_rest(const struct feed *feed, size_t *ret_len)
{
    char *copy = malloc(feed->left > 0 ? feed->left : 1);

    require(copy != NULL);
    if (feed->left > 0)
        memcpy(copy, feed->at, feed->left);
    *ret_len = feed->left;
    return copy;
}

char *feed_text(const struct feed *feed)
{
    char *copy = strndup((const char *)feed->at, feed->left);

    require(copy != NULL);
    return copy;
}

struct req *fuzz_req(void)
{
    static const struct log log = {.level = LOG_ERROR};
    static struct arena arena;
    static struct req rq;

    if (arena.cap == 0)
        arena_init(&arena, ARENA_CAP_DEFAULT);
    arena_reset(&arena);
    rq = (struct req){.arena = &arena,
                      .log = &log,
                      .waiter = &waiter_plain,
                      .actor = {.agent = "fuzz"},
                      .directory = "/"};
    return &rq;
}

void fuzz_require_sentence(const struct req *rq)
{
    require(rq->message != NULL && rq->message[0] != '\0');
    require(fuzz_is_text(rq->arena, rq->message, strlen(rq->message)));
}

bool fuzz_is_text(struct arena *arena, const char *bytes, size_t len)
{
    struct json_out out = JSON_OUT_IN(arena);
    struct json_fault fault;

    json_strn(&out, bytes, len);
    return json_check(json_text(&out), out.buf.len, &fault) && fault.unfit == NULL;
}
