#include "read_helper.h"

const char *read_text(struct req *rq, const char *uri)
{
    const bool is_json = strstr(uri, "format=json") != NULL;
    struct resource_contents contents = {0};

    assert_ok(rq, resource_read(rq, uri, &contents));
    assert_int_equal(contents.n, 1);
    assert_string_equal(contents.parts[0].uri, uri);
    assert_string_equal(contents.parts[0].mime_type,
                        is_json ? "application/json" : "text/markdown");
    assert_null(contents.parts[0].blob);
    assert_true(strlen(contents.parts[0].text) <= RESOURCE_TEXT_MAX);
    if (getenv("PLANNER_TEST_SHOW") != NULL)
        print_message("--- %s\n%s\n", uri, contents.parts[0].text);
    return contents.parts[0].text;
}

static void free_tree(void *tree)
{
    cJSON_Delete(tree);
}

const cJSON *read_json(struct req *rq, const char *uri)
{
    const char *text = read_text(rq, uri);
    struct json_fault fault;
    cJSON *tree = NULL;

    assert_true(json_check(text, strlen(text), &fault));
    tree = json_parse(text, strlen(text));
    arena_defer(rq->arena, free_tree, tree);
    return tree;
}

const char *read_next(struct req *rq, const char *markdown)
{
    const char *words = "\nThis is a part; it goes on at ";
    const char *at = strstr(markdown, words);

    if (at == NULL)
        return NULL;
    at += strlen(words);
    return arena_copy(rq->arena, at, strcspn(at, "\n"));
}

/* A line, and what it is by CommonMark's rules of fences. */
struct lines {
    const char *at, *end;
    size_t fence; /* backticks of the open fence, 0 outside */
    bool inside;  /* the line stands in a fence, and is none of its two ends */
};

static bool next_line(struct lines *lines)
{
    size_t ticks = 0;

    lines->at = lines->end == NULL ? lines->at : lines->end + 1;
    if (*lines->at == '\0')
        return false;
    lines->end = lines->at + strcspn(lines->at, "\n");
    assert_int_equal(*lines->end, '\n');
    ticks = strspn(lines->at, "`");
    lines->inside = lines->fence > 0;
    if (lines->fence == 0 && ticks >= 3) {
        lines->fence = ticks;
    } else if (lines->fence > 0 && ticks >= lines->fence && lines->at[ticks] == '\n') {
        lines->fence = 0;
        lines->inside = false;
    }
    return true;
}

static const char *collect(struct req *rq, const char *markdown, bool inside, const char *start)
{
    struct buf out = BUF_IN(rq->arena);
    struct lines lines = {.at = markdown};

    while (next_line(&lines)) {
        if (lines.inside == inside && strncmp(lines.at, start, strlen(start)) == 0)
            buf_add(&out, lines.at, (size_t)(lines.end - lines.at) + 1);
    }
    assert_int_equal(lines.fence, 0);
    return buf_str(&out);
}

const char *read_headings(struct req *rq, const char *markdown)
{
    return collect(rq, markdown, false, "#");
}

const char *read_fenced(struct req *rq, const char *markdown)
{
    return collect(rq, markdown, true, "");
}

const char *read_repeated(struct req *rq, const char *text, size_t n)
{
    struct buf out = BUF_IN(rq->arena);

    while (n-- > 0)
        buf_text(&out, text);
    return buf_str(&out);
}
