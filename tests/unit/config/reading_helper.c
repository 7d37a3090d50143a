#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reading_helper.h"

struct arena arena;
const char *problem;
static char home[64];

int reading_set_up(void **state)
{
    (void)state;
    (void)clearenv();
    arena_init(&arena, ARENA_CAP_DEFAULT);
    problem = NULL;
    memcpy(home, "/tmp/planner-options.XXXXXX", sizeof("/tmp/planner-options.XXXXXX"));
    assert_non_null(mkdtemp(home));
    (void)setenv("HOME", home, 1);
    (void)setenv("XDG_CONFIG_HOME", home, 1);
    (void)setenv("PATH", "/usr/bin:/bin", 1);
    assert_int_equal(system(arena_printf(&arena, "mkdir -p %s/mcp-planner", home)), 0);
    return 0;
}

int reading_tear_down(void **state)
{
    (void)state;
    assert_int_equal(system(arena_printf(&arena, "rm -rf %s", home)), 0);
    arena_destroy(&arena);
    return 0;
}

const char *write_file(const char *name, const char *text)
{
    const char *path = arena_printf(&arena, "%s/%s", home, name);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

void write_config(const char *text)
{
    (void)write_file("mcp-planner/config", text);
}

static const char *problems(const struct invocation *invocation)
{
    const char *text = "";

    for (size_t i = 0; i < invocation->problems.n; i++)
        text = arena_printf(&arena, "%s%s\n", text, invocation->problems.texts[i]);
    return text;
}

bool read_words(const char *words, struct invocation *ret_invocation)
{
    char *text = arena_strdup(&arena, words);
    char *argv[20] = {arena_strdup(&arena, "mcp-planner")};
    int argc = 1;

    while (*text != '\0') {
        char *end = text + strcspn(text, " ");
        argv[argc++] = text;
        text = *end == '\0' ? end : end + 1;
        *end = '\0';
    }
    if (!options_read(&arena, argc, argv, ret_invocation, &problem))
        return false;
    problem = problems(ret_invocation);
    return *problem == '\0';
}

struct invocation read_ok(const char *words)
{
    struct invocation invocation = {0};

    if (!read_words(words, &invocation))
        fail_msg("refused: %s", problem);
    return invocation;
}

void assert_refused(const char *words, const char *part)
{
    struct invocation invocation = {0};

    assert_false(read_words(words, &invocation));
    if (strstr(problem, part) == NULL)
        fail_msg("%s is not in %s", part, problem);
}
