/*
 * walk [--steps N] [--seed S] [--replay FILE]
 *
 * Random calls against the program and against the model (model.h), in projects of some 250 calls
 * each. What differs is shrunk and printed as a list that --replay takes again. The seed is told.
 */
#include "walk.h"

#include <stdio.h>
#include <time.h>

#include "exchange_helper.h"
#include "planner/base/buf.h"

#define CASE_CALLS  260
#define AUDIT_EVERY 40 /* calls between two replays of the audit */
#define STORE_CASES 20 /* projects in one database */
#define STEPS_USUAL 1200

struct options {
    long steps;
    unsigned long seed;
    const char *replay;
    long done; /* steps, over all databases */
};
static struct options options = {.steps = STEPS_USUAL, .seed = 1};

/* As it can be pasted: the slug is MODEL. */
static const char *as_pasted(struct arena *arena, const char *args)
{
    struct buf out = BUF_IN(arena);

    for (; *args != '\0'; args++) {
        if (args[0] == '$' && args[1] == 'P') {
            buf_text(&out, "MODEL");
            args++;
        } else {
            buf_char(&out, *args);
        }
    }
    return buf_str(&out);
}

static void print_calls(struct walk *w, const struct calls *calls)
{
    for (int i = 0; i < calls->n; i++)
        print_error("%s %s %s\n", gen_actor_names()[calls->at[i].actor], calls->at[i].tool,
                    as_pasted(&w->h->arena, calls->at[i].args));
}

static void report(struct walk *w, struct calls *calls, unsigned long seed)
{
    print_error("seed %lu, call %d of its project (%s): %s\n", seed, calls->n, w->kind, w->what);
    shrink(w, calls);
    print_error("shrunk to %d calls, the last of which is wrong:\n", calls->n);
    print_calls(w, calls);
    fail_msg("%s: %s", w->kind, w->what);
}

static bool check(struct walk *w, const struct calls *calls)
{
    return walk_call(w, &calls->at[calls->n - 1]) &&
           (calls->n % AUDIT_EVERY != 0 || walk_check_audit(w));
}

static void run_case(struct walk *w, struct arena *arena, unsigned long seed)
{
    struct calls *calls = ARENA_NEW(arena, struct calls);
    struct gen gen = {.seed = seed * 0x9E3779B97F4A7C15ULL, .arena = arena, .m = w->m};
    long left = options.steps - options.done;

    gen.made = calls;
    gen.changes = w->changes;
    (void)gen_pick(&gen, 2);
    walk_begin(w, NULL);
    for (; calls->n < CASE_CALLS && left > 0; left--) {
        calls->at[calls->n] = gen_call(&gen);
        calls->at[calls->n].id = calls->n;
        calls->n++;
        options.done++;
        if (!check(w, calls))
            report(w, calls, seed);
    }
    if (!walk_check_audit(w))
        report(w, calls, seed);
}

static void make_other(struct harness *h)
{
    (void)harness_sql(h, "INSERT INTO planner.projects (id, slug, description) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a', 'OTHER', 'another')");
    (void)harness_sql(h, "INSERT INTO planner.counters (project_id, last_number) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a', 1)");
    (void)harness_sql(h, "INSERT INTO planner.items (project_id, id, parent_id, kind, depth,"
                         " sort_key, number, title) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a',"
                         " '01890000-0000-7000-8000-00000000000a', NULL, 'project', 0, 'V', 0,"
                         " 'another')");
    (void)harness_sql(h, "INSERT INTO planner.roll (project_id, id) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a',"
                         " '01890000-0000-7000-8000-00000000000a')");
    (void)harness_sql(h, "INSERT INTO planner.items (project_id, id, parent_id, kind, depth,"
                         " sort_key, number, title) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a',"
                         " '01890000-0000-7000-8000-00000000000b',"
                         " '01890000-0000-7000-8000-00000000000a', 'task', 1, 'V', 1, 'its task')");
    (void)harness_sql(h, "INSERT INTO planner.roll (project_id, id) VALUES"
                         " ('01890000-0000-7000-8000-00000000000a',"
                         " '01890000-0000-7000-8000-00000000000b')");
    (void)harness_sql(h, "UPDATE planner.roll SET n_children = 1, n_open = 1, n_avail = 1"
                         " WHERE id = '01890000-0000-7000-8000-00000000000a'");
    (void)harness_sql(h, "UPDATE planner.items SET has_children = true, has_avail = true"
                         " WHERE id = '01890000-0000-7000-8000-00000000000a'");
}

/* Whatever the walk has made comes back from an export, to the last byte. */
static void check_exchange(struct harness *h)
{
    const char *text = exchange_text(h, NULL);
    struct intake_report report = {.shift = 0};

    exchange_empty(h);
    if (exchange_import(h, text, NULL, &report) != ST_OK)
        fail_msg("the export is not imported: %s", h->rq.message);
    assert_string_equal(exchange_text(h, NULL), text);
    exchange_check(h);
}

static int actor_of(const char *name)
{
    for (int i = 0; i < ACTORS; i++) {
        if (strncmp(name, gen_actor_names()[i], 3) == 0)
            return i;
    }
    fail_msg("%s is none of the callers", name);
    return 0;
}

/* "ada create_task {...}" a line. */
static void run_replay(struct walk *w, struct arena *arena)
{
    char line[20000];
    FILE *file = fopen(options.replay, "r");

    if (file == NULL)
        fail_msg("%s is not there", options.replay);
    walk_begin(w, "MODEL");
    for (int id = 0; fgets(line, sizeof(line), file) != NULL; id++) {
        char *tool = strchr(line, ' ') + 1;
        char *args = strchr(tool, ' ') + 1;
        struct call call = {.actor = actor_of(line), .id = id};
        args[-1] = '\0';
        call.tool = arena_strdup(arena, tool);
        call.args = arena_strdup(arena, args);
        if (!walk_call(w, &call) || !walk_check_audit(w))
            fail_msg("line %d, %s: %s", id + 1, w->kind, w->what);
    }
    (void)fclose(file);
}

static void model__walks_as_the_program_does(void **state)
{
    struct harness *h = *state;
    struct walk w;
    struct arena arena;

    walk_open(&w, h);
    make_other(h);
    arena_init(&arena, ARENA_CAP_DEFAULT);
    if (options.replay != NULL)
        run_replay(&w, &arena);
    for (int i = 0; options.replay == NULL && i < STORE_CASES && options.done < options.steps;
         i++) {
        run_case(&w, &arena, options.seed++);
        arena_reset(&arena);
    }
    if (options.replay == NULL)
        walk_tell(&w);
    arena_destroy(&arena);
    walk_close(&w);
    check_exchange(h);
}

static int usage(void)
{
    print_error("usage: walk [--steps N] [--seed S] [--replay FILE]\n");
    return 2;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {HARNESS_TEST(model__walks_as_the_program_does)};
    const unsigned long seconds = (unsigned long)time(NULL);
    int failed = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--steps") == 0)
            options.steps = strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--replay") == 0)
            options.replay = argv[i + 1];
        else
            return usage();
    }
    print_message("seed %lu, %ld steps\n", options.seed, options.steps);
    do
        failed = harness_run(tests, LENGTH_OF(tests));
    while (failed == 0 && options.replay == NULL && options.done < options.steps);
    print_message("%ld steps in %lu s\n", options.done, (unsigned long)time(NULL) - seconds);
    return failed;
}
