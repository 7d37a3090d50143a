/* Every argument of every tool, at its bounds and beyond them, through the decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/tools/tool.h"

static struct log quiet;

/* One argument under test: the tool, and the members that lead to the field. */
struct probe {
    const struct tool *tool;
    const struct field *path[8]; /* from the arguments down to the field */
    int depth;
    int n; /* values tried */
};

static cJSON *sample(const struct field *f);

static cJSON *sample_object(const struct field *fields)
{
    cJSON *object = cJSON_CreateObject();

    for (const struct field *f = fields; f->type != FT_END; f++) {
        if (f->required)
            cJSON_AddItemToObject(object, f->name, sample(f));
    }
    return object;
}

static cJSON *text_of(size_t n, const char *character)
{
    const size_t size = strlen(character);
    char *text = malloc(n * size + 1);
    cJSON *value = NULL;

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * size, character, size);
    text[n * size] = '\0';
    value = cJSON_CreateString(text);
    free(text);
    return value;
}

static cJSON *sample_list(const struct field *f)
{
    cJSON *list = cJSON_CreateArray();

    for (int i = 0; i < f->min; i++)
        cJSON_AddItemToArray(list, f->type == FT_LIST ? sample_object(f->fields)
                                                      : cJSON_CreateString("x"));
    return list;
}

/* The least that the declaration allows. */
static cJSON *sample(const struct field *f)
{
    switch (f->type) {
    case FT_STR:
    case FT_TEXT:
        return text_of((size_t)f->min, "x");
    case FT_ENUM:
        return cJSON_CreateString(f->choices[0]);
    case FT_BOOL:
        return cJSON_CreateTrue();
    case FT_INT:
    case FT_NUM:
        return cJSON_CreateNumber(f->min);
    case FT_OBJ:
        return sample_object(f->fields);
    case FT_LIST:
    case FT_STRS:
        return sample_list(f);
    case FT_JSON:
    case FT_END:
        break;
    }
    return cJSON_CreateObject();
}

/* The arguments with `value` at the end of the path; takes the value. */
static cJSON *arguments_with(const struct probe *p, cJSON *value)
{
    cJSON *root = sample_object(p->tool->args);
    cJSON *at = root;

    for (int i = 0; i < p->depth; i++) {
        cJSON *inner = sample_object(p->path[i]->fields);
        cJSON *member = inner;
        if (p->path[i]->type == FT_LIST) {
            member = cJSON_CreateArray();
            cJSON_AddItemToArray(member, inner);
        }
        cJSON_DeleteItemFromObjectCaseSensitive(at, p->path[i]->name);
        cJSON_AddItemToObject(at, p->path[i]->name, member);
        at = inner;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(at, p->path[p->depth]->name);
    cJSON_AddItemToObject(at, p->path[p->depth]->name, value);
    return root;
}

static void try_value(struct probe *p, cJSON *value, bool fits, const char *what)
{
    const struct field *f = p->path[p->depth];
    struct arena arena;
    struct req rq = {.arena = &arena, .log = &quiet};
    cJSON *tree = arguments_with(p, value);
    void *args = NULL;
    enum status status = ST_OK;

    arena_init(&arena, ARENA_CAP_DEFAULT);
    args = arena_alloc(&arena, p->tool->args_size);
    status = field_decode(&rq, p->tool->args, tree, NULL, p->tool->args_size, args);
    p->n++;
    if (status != (fits ? ST_OK : ST_INVALID))
        fail_msg("%s: '%s' %s: status %d%s%s", p->tool->name, f->name, what, (int)status,
                 status == ST_OK ? "" : ": ", status == ST_OK ? "" : rq.message);
    if (!fits && strstr(rq.message, f->name) == NULL)
        fail_msg("%s: %s is not named in: %s", p->tool->name, f->name, rq.message);
    cJSON_Delete(tree);
    arena_destroy(&arena);
}

static void try_strings(struct probe *p)
{
    const struct field *f = p->path[p->depth];
    const bool counts_characters = f->type == FT_STR;

    assert_true(f->max > 0); /* nothing from outside is unbounded */
    if (f->min > 0)
        try_value(p, text_of((size_t)f->min - 1, "x"), false, "one too short");
    try_value(p, text_of((size_t)f->min, "x"), true, "at its least");
    try_value(p, text_of((size_t)f->max, "x"), true, "at its most");
    try_value(p, text_of((size_t)f->max + 1, "x"), false, "one too long");
    try_value(p, text_of((size_t)f->max, "\xC3\xA4"), counts_characters, "of two-byte characters");
    try_value(p, text_of((size_t)f->max + 1, "\xF0\x9F\x8C\xB3"), false, "too many characters");
    try_value(p, cJSON_CreateNumber(1), false, "as a number");
}

static void try_numbers(struct probe *p)
{
    const struct field *f = p->path[p->depth];
    const double step = f->type == FT_INT ? 1 : 0.001;

    assert_true(f->max > f->min);
    try_value(p, cJSON_CreateNumber(f->min - step), false, "below its least");
    try_value(p, cJSON_CreateNumber(f->min), true, "at its least");
    try_value(p, cJSON_CreateNumber(f->max), true, "at its most");
    try_value(p, cJSON_CreateNumber(f->max + step), false, "above its most");
    if (f->type == FT_INT)
        try_value(p, cJSON_CreateNumber(f->min + 0.5), false, "not whole");
    try_value(p, cJSON_CreateString("1"), false, "as a string");
    try_value(p, cJSON_CreateTrue(), false, "as true");
}

static void try_choices(struct probe *p)
{
    const struct field *f = p->path[p->depth];

    for (int i = 0; f->choices[i] != NULL; i++) {
        try_value(p, cJSON_CreateString(f->choices[i]), true, f->choices[i]);
        assert_string_equal(field_choice(f->choices, i + 1), f->choices[i]);
    }
    try_value(p, cJSON_CreateString("nonsense"), false, "with a choice that is none");
    try_value(p, cJSON_CreateString(""), false, "empty");
    try_value(p, cJSON_CreateNumber(1), false, "as a number");
}

static void try_lists(struct probe *p)
{
    const struct field *f = p->path[p->depth];
    struct field more = *f;

    assert_true(f->max > 0);
    more.min = f->max;
    try_value(p, sample_list(&more), true, "with its most entries");
    more.min = f->max + 1;
    try_value(p, sample_list(&more), false, "with one entry too many");
    if (f->min > 0) {
        more.min = f->min - 1;
        try_value(p, sample_list(&more), false, "with one entry too few");
    }
    try_value(p, cJSON_CreateString("x"), false, "as a string");
    try_value(p, cJSON_CreateObject(), false, "as an object");
}

static void try_field(struct probe *p)
{
    switch (p->path[p->depth]->type) {
    case FT_STR:
    case FT_TEXT:
        try_strings(p);
        break;
    case FT_INT:
    case FT_NUM:
        try_numbers(p);
        break;
    case FT_ENUM:
        try_choices(p);
        break;
    case FT_LIST:
    case FT_STRS:
        try_lists(p);
        break;
    case FT_BOOL:
        try_value(p, cJSON_CreateTrue(), true, "true");
        try_value(p, cJSON_CreateFalse(), true, "false");
        try_value(p, cJSON_CreateNumber(1), false, "as a number");
        try_value(p, cJSON_CreateString("true"), false, "as a string");
        break;
    default:
        try_value(p, sample(p->path[p->depth]), true, "at its least");
        try_value(p, cJSON_CreateString("x"), false, "as a string");
        break;
    }
}

static void try_fields(struct probe *p, const struct field *fields)
{
    for (const struct field *f = fields; f->type != FT_END; f++) {
        bool known = false;
        p->path[p->depth] = f;
        try_field(p);
        for (int i = 0; i < p->depth; i++)
            known = known || p->path[i]->fields == f->fields;
        if (f->fields == NULL || known)
            continue;
        p->depth++;
        try_fields(p, f->fields);
        p->depth--;
        p->path[p->depth] = f;
    }
}

static void every_argument__keeps_its_bounds(void **state)
{
    int n = 0;

    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++) {
        struct probe p = {.tool = all_tools[i]};
        try_fields(&p, all_tools[i]->args);
        n += p.n;
    }
    print_message("             %d values tried\n", n);
    assert_true(n > 500);
}

static void required_arguments__are_missed_by_name(void **state)
{
    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++) {
        for (const struct field *f = all_tools[i]->args; f->type != FT_END; f++) {
            struct probe p = {.tool = all_tools[i], .path = {f}};
            try_value(&p, cJSON_CreateNull(), !f->required, "given as null");
        }
    }
}

static void unknown_arguments__are_refused_by_name(void **state)
{
    static const struct field stranger = {.name = "no_such_argument"};

    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++) {
        struct probe p = {.tool = all_tools[i], .path = {&stranger}};
        try_value(&p, cJSON_CreateTrue(), false, "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_argument__keeps_its_bounds),
        cmocka_unit_test(required_arguments__are_missed_by_name),
        cmocka_unit_test(unknown_arguments__are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
