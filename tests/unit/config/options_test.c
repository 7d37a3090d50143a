/* Settings: where they come from, which counts first, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "reading_helper.h"

static void flags__may_stand_on_either_side_of_the_command(void **state)
{
    const struct invocation invocation =
        read_ok("--agent alice migrate --json up --project=AUTH 3");

    (void)state;
    assert_string_equal(invocation.command, "migrate");
    assert_string_equal(invocation.options.agent, "alice");
    assert_string_equal(invocation.options.project, "AUTH");
    assert_true(invocation.options.json);
    assert_int_equal(invocation.options.argc, 2);
    assert_string_equal(invocation.options.argv[0], "up");
    assert_string_equal(invocation.options.argv[1], "3");
}

static void flags__end_at_two_dashes(void **state)
{
    const struct invocation invocation = read_ok("backup -- --agent");

    (void)state;
    assert_null(invocation.options.agent);
    assert_string_equal(invocation.options.argv[0], "--agent");
}

static void setting_stray__is_a_flag_of_another_command(void **state)
{
    const struct invocation invocation = read_ok("backup --json --force --agent alice");

    (void)state;
    assert_null(setting_stray(&invocation, "backup"));
    assert_null(setting_stray(&invocation, "import"));
    assert_string_equal(setting_stray(&invocation, "stop")->name, "force");
    assert_non_null(setting_stray(&invocation, "back")); /* whole words */
    assert_non_null(setting_stray(&invocation, "backups"));
    (void)setenv("PLANNER_BATCH", "7", 1);
    assert_null(setting_stray(&invocation, "backup"));
    (void)unsetenv("PLANNER_BATCH");
}

static void setting_stray__looks_at_the_verb(void **state)
{
    const struct invocation forced = read_ok("migrate up --force");
    const struct invocation batch = read_ok("retention --batch 5");

    (void)state;
    assert_null(setting_stray(&forced, "migrate up"));
    assert_null(setting_stray(&forced, "migrate down"));
    assert_string_equal(setting_stray(&forced, "migrate status")->name, "force");
    assert_non_null(setting_stray(&forced, "migrate"));
    assert_non_null(setting_stray(&forced, "up"));
    assert_null(setting_stray(&batch, "retention"));
    assert_null(setting_stray(&batch, "retention restore"));
    assert_non_null(setting_stray(&batch, "retention cuts"));
}

static void flag__comes_before_environment_before_file(void **state)
{
    (void)state;
    write_config("# a comment\n\nagent = file\r\nrole=client\nuser = u v \n");
    (void)setenv("PLANNER_AGENT", "environment", 1);
    (void)setenv("PLANNER_USER", "", 1);
    assert_string_equal(read_ok("--agent flag").options.agent, "flag");
    assert_string_equal(read_ok("").options.agent, "environment");
    assert_string_equal(read_ok("").options.role, "client");
    assert_string_equal(read_ok("").options.user, "u v"); /* an empty variable is none */
    (void)unsetenv("PLANNER_AGENT");
    assert_string_equal(read_ok("").options.agent, "file");
}

static void config__is_refused_with_the_line(void **state)
{
    (void)state;
    write_config("agent = a\nagnet = b\n");
    assert_refused("", "line 2: unknown setting 'agnet'");
    write_config("agent\n");
    assert_refused("", "line 1: 'name = value' is expected");
}

static void config__with_a_bare_connection_string_does_not_show_it(void **state)
{
    (void)state;
    write_config("postgresql://me:hunter2@db/x?sslmode=require\n");
    assert_refused("", "line 1: unknown setting");
    assert_null(strstr(problem, "hunter2"));
}

static void config__that_is_a_directory_is_refused(void **state)
{
    (void)state;
    assert_refused("--config /tmp", "cannot be read");
}

static void config__has_to_exist_when_it_is_named(void **state)
{
    (void)state;
    assert_refused("--config /nonexistent/file", "cannot be read");
}

static void words__are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("--agnet x", "unknown option '--agnet'");
    assert_refused("-x", "unknown option '-x'");
    assert_refused("--agent", "'--agent' needs a value");
    assert_refused("--role king",
                   "'role' (flag --role) must be server, client, worker or user, not 'king'");
    assert_refused("--log-level loud", "'log-level'");
    assert_refused("--log-format xml", "'log-format'");
}

static int64_t max_claims(const char *words)
{
    return read_ok(words).options.max_claims;
}

static void max_claims__is_a_number_from_1_to_1000(void **state)
{
    (void)state;
    assert_int_equal(max_claims("serve"), 5);
    assert_int_equal(max_claims("--max-claims 1"), 1);
    assert_int_equal(max_claims("--max-claims 1000"), 1000);
    assert_refused("--max-claims 0",
                   "'max-claims' (flag --max-claims) must be a whole number from 1 to 1000");
    assert_refused("--max-claims 1001", "max-claims");
    assert_refused("--max-claims -1", "max-claims");
    assert_refused("--max-claims 5x", "max-claims");
    assert_refused("--max-claims=", "max-claims");
}

/* The value of a number or a duration, as it would be written. */
static const char *written(const struct setting *s, int64_t value)
{
    return arena_printf(&arena, "--%s %lld%s", s->name, (long long)value,
                        s->type == SETTING_DURATION ? "ms" : "");
}

static int64_t stored(const struct setting *s, const char *words)
{
    const struct invocation invocation = read_ok(words);
    int64_t value = 0;

    memcpy(&value, (const char *)&invocation.options + s->offset, sizeof(value));
    return value;
}

static void ranges__hold_at_their_ends_and_not_beyond(void **state)
{
    int n = 0;

    (void)state;
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        if (s->type != SETTING_NUMBER && s->type != SETTING_DURATION)
            continue;
        assert_int_equal(stored(s, written(s, s->min)), s->min);
        assert_int_equal(stored(s, written(s, s->max)), s->max);
        assert_refused(written(s, s->min - 1), s->name);
        assert_refused(written(s, s->max + 1), s->name);
        assert_refused(arena_printf(&arena, "--%s 1x", s->name), s->name);
        assert_refused(arena_printf(&arena, "--%s 99999999999999999999", s->name), s->name);
        n++;
    }
    assert_true(n >= 10);
}

static void words__are_each_taken_and_no_other(void **state)
{
    (void)state;
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        for (size_t i = 0; s->type == SETTING_WORD && s->words[i] != NULL; i++)
            (void)read_ok(arena_printf(&arena, "--%s=%s", s->name, s->words[i]));
        if (s->type == SETTING_WORD)
            assert_refused(arena_printf(&arena, "--%s=none-of-them", s->name), s->name);
        if (s->type == SETTING_PATH && s->of == NULL)
            assert_refused(arena_printf(&arena, "--%s=relative", s->name), "absolute path");
    }
}

/* Typed at a shell: what the file and the environment say has to be whole. */
static void path__of_a_commands_own_flag_may_begin_here(void **state)
{
    char here[4096] = "";

    (void)state;
    assert_non_null(getcwd(here, sizeof(here)));
    assert_string_equal(read_ok("metrics --textfile a.prom").options.textfile,
                        arena_printf(&arena, "%s/a.prom", here));
    assert_string_equal(read_ok("retention --archive=../x").options.archive,
                        arena_printf(&arena, "%s/../x", here));
    assert_string_equal(read_ok("retention --archive /x").options.archive, "/x");
    assert_refused("retention --archive=", "absolute path");
    (void)setenv("PLANNER_ARCHIVE", "x", 1);
    assert_refused("retention", "absolute path");
    (void)unsetenv("PLANNER_ARCHIVE");
}

/* A row that is given twice, has no member of its own or a default of another type is a defect. */
static void table__has_rows_that_fit_together(void **state)
{
    const struct invocation invocation = read_ok("");

    (void)state;
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        assert_true(s - setting_table < SETTINGS_MAX);
        assert_non_null(s->help);
        assert_ptr_equal(setting_find(s->name, strlen(s->name)), s);
        assert_true(s->type == SETTING_SWITCH || s->value != NULL);
        if (s->initial != NULL && s->type != SETTING_SWITCH)
            (void)read_ok(arena_printf(&arena, "--%s=%s", s->name, s->initial));
        assert_int_equal(setting_given(&invocation, s)->place, PLACE_DEFAULT);
        for (const struct setting *t = setting_table; t < s; t++) {
            assert_int_not_equal(s->offset, t->offset);
            assert_true(s->env == NULL || t->env == NULL || strcmp(s->env, t->env) != 0);
        }
    }
}

static void durations__have_units(void **state)
{
    (void)state;
    assert_int_equal(read_ok("--lock-timeout 1500ms").options.lock_timeout, 1500);
    assert_int_equal(read_ok("--lock-timeout 2s").options.lock_timeout, 2000);
    assert_int_equal(read_ok("--lock-timeout 2").options.lock_timeout, 2000);
    assert_int_equal(read_ok("--lock-timeout 2min").options.lock_timeout, 120000);
    assert_int_equal(read_ok("--lock-timeout 1h").options.lock_timeout, 3600000);
    assert_int_equal(read_ok("").options.lock_timeout, 10000);
    assert_int_equal(read_ok("--keepalive-idle 0").options.keepalive_idle, 0);
    assert_refused("--lock-timeout 2d", "must be a time from 100ms to 1h, like 500ms, 30s or 5min");
    assert_refused("--lock-timeout -2s", "lock-timeout");
    assert_refused("--lock-timeout s", "lock-timeout");
}

static void ages__are_days_or_keep(void **state)
{
    const int64_t day_ms = INT64_C(86400000);

    (void)state;
    assert_int_equal(read_ok("").options.keep_audit, 0);
    assert_int_equal(read_ok("--retention-audit keep").options.keep_audit, 0);
    assert_int_equal(read_ok("--retention-audit 7d").options.keep_audit, 7 * day_ms);
    assert_int_equal(read_ok("--retention-audit 36500d").options.keep_audit, 36500 * day_ms);
    assert_refused("--retention-audit 6d", "must be keep, or a time from 7d to 36500d, like 90d");
    assert_refused("--retention-audit 36501d", "must be keep");
    assert_refused("--retention-audit 999999999999999d", "must be keep");
    assert_refused("--lock-timeout keep", "lock-timeout");
}

static void switches__are_yes_or_no(void **state)
{
    (void)state;
    assert_true(read_ok("--pooled").options.pooled);
    assert_false(read_ok("--pooled=no").options.pooled);
    (void)setenv("PLANNER_POOLED", "true", 1);
    assert_true(read_ok("").options.pooled);
    assert_false(read_ok("--pooled=off").options.pooled);
    (void)setenv("PLANNER_POOLED", "maybe", 1);
    assert_refused("",
                   "'pooled' (environment variable PLANNER_POOLED) must be yes or no, not 'maybe'");
}

static void pool__of_an_application_counts_with_its_database_type_only(void **state)
{
    (void)state;
    (void)setenv("DB_POOL_SIZE", "20", 1);
    (void)setenv("DB_POOL_TIMEOUT", "30", 1);
    assert_int_equal(read_ok("").options.database_wait, 10000);
    assert_int_equal(read_ok("").options.pool_size, 1);
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    assert_int_equal(read_ok("").options.database_wait, 30000);
    assert_int_equal(read_ok("").options.pool_size, 20);
    assert_int_equal(read_ok("--database-wait 2s").options.database_wait, 2000);
    (void)setenv("DATABASE_TYPE", "supabase", 1);
    assert_int_equal(read_ok("").options.database_wait, 30000);
    (void)setenv("DB_POOL_TIMEOUT", "30000", 1); /* in ms, as others have it: 8 hours */
    assert_refused("",
                   "'database-wait' (environment variable DB_POOL_TIMEOUT) must be a time from");
    (void)unsetenv("DATABASE_TYPE");
    (void)read_ok("");
}

static void problems__are_all_told_each_with_its_place(void **state)
{
    struct invocation invocation;

    (void)state;
    write_config("role = king\nnonsense = 1\nlock-timeout = 5 years\njson = yes\n");
    (void)setenv("PLANNER_LOG_LEVEL", "loud", 1);
    assert_false(read_words("--tls maybe", &invocation));
    assert_int_equal(invocation.problems.n, 6);
    assert_non_null(strstr(problem, "'tls' (flag --tls)"));
    assert_non_null(strstr(problem, "'log-level' (environment variable PLANNER_LOG_LEVEL)"));
    assert_non_null(strstr(problem, "mcp-planner/config, line 1) must be server, client"));
    assert_non_null(strstr(problem, "line 2: unknown setting 'nonsense'"));
    assert_non_null(strstr(problem, "line 3) must be a time"));
    assert_non_null(strstr(problem, "line 4: only a flag can say 'json'"));
}

static void passwords__on_the_command_line_are_warned_of(void **state)
{
    (void)state;
    assert_int_equal(read_ok("--dsn postgresql://me:secret@db/x").warnings.n, 1);
    assert_int_equal(read_ok("--supabase-db-password secret").warnings.n, 1);
    assert_int_equal(read_ok("--dsn postgresql://me@db/x").warnings.n, 0);
    (void)setenv("PLANNER_DATABASE_URL", "postgresql://me:secret@db/x", 1);
    assert_int_equal(read_ok("").warnings.n, 0);
}

static void secrets__are_never_quoted(void **state)
{
    char *words = arena_printf(&arena, "--dsn %*s", 4001, "hunter2");

    (void)state;
    for (char *c = strchr(words, ' ') + 1; *c == ' '; c++)
        *c = 'x';
    assert_refused(words, "'dsn' (flag --dsn) must be a text");
    assert_null(strstr(problem, "hunter2"));
    write_config("supabase-db-password = hunter2\x01\n");
    assert_refused("", "line 1) must be a text");
    assert_null(strstr(problem, "hunter2"));
}

static size_t n_warnings(const char *mode, const char *config)
{
    write_config(config);
    assert_int_equal(system(arena_printf(&arena, "chmod %s $HOME/mcp-planner/config", mode)), 0);
    return read_ok("").warnings.n;
}

static void config__that_others_may_read_is_warned_of_when_it_holds_a_password(void **state)
{
    (void)state;
    assert_int_equal(n_warnings("600", "dsn = postgresql://me:secret@db/x\n"), 0);
    assert_int_equal(n_warnings("644", "dsn = postgresql://me:secret@db/x\n"), 1);
    assert_int_equal(n_warnings("640", "dsn = host=db password=secret\n"), 1);
    assert_int_equal(n_warnings("601", "supabase-db-password = secret\n"), 1);
    assert_int_equal(n_warnings("644", "dsn = host=db passfile=/x\nagent = a\n"), 0);
}

static void names__are_text_of_a_sensible_length(void **state)
{
    char name[102] = "";

    (void)state;
    assert_refused("--agent a\xff",
                   "'agent' (flag --agent) must be 1 to 100 bytes of UTF-8 without control");
    assert_refused("--user a\x01", "'user'");
    (void)setenv("PLANNER_PROJECT", "\xc3", 1);
    assert_refused("", "'project' (environment variable PLANNER_PROJECT)");
    (void)unsetenv("PLANNER_PROJECT");
    memset(name, 'n', 101);
    assert_refused(arena_printf(&arena, "--agent %s", name), "1 to 100 bytes");
    name[100] = '\0';
    assert_string_equal(read_ok(arena_printf(&arena, "--agent %s", name)).options.agent, name);
    assert_string_equal(read_ok("--user \"J\\\xc3\xb6rg\"").options.user, "\"J\\\xc3\xb6rg\"");
}

static void help__is_given_whatever_else_is_wrong(void **state)
{
    (void)state;
    write_config("nonsense\n");
    assert_true(read_ok("serve --help").help);
    assert_true(read_ok("--version").version);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reading_set_up, reading_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flags__may_stand_on_either_side_of_the_command),
        TEST(flags__end_at_two_dashes),
        TEST(setting_stray__is_a_flag_of_another_command),
        TEST(setting_stray__looks_at_the_verb),
        TEST(flag__comes_before_environment_before_file),
        TEST(config__is_refused_with_the_line),
        TEST(config__has_to_exist_when_it_is_named),
        TEST(config__that_is_a_directory_is_refused),
        TEST(config__with_a_bare_connection_string_does_not_show_it),
        TEST(words__are_refused_by_name),
        TEST(max_claims__is_a_number_from_1_to_1000),
        TEST(ranges__hold_at_their_ends_and_not_beyond),
        TEST(words__are_each_taken_and_no_other),
        TEST(path__of_a_commands_own_flag_may_begin_here),
        TEST(table__has_rows_that_fit_together),
        TEST(durations__have_units),
        TEST(ages__are_days_or_keep),
        TEST(switches__are_yes_or_no),
        TEST(pool__of_an_application_counts_with_its_database_type_only),
        TEST(problems__are_all_told_each_with_its_place),
        TEST(secrets__are_never_quoted),
        TEST(config__that_others_may_read_is_warned_of_when_it_holds_a_password),
        TEST(passwords__on_the_command_line_are_warned_of),
        TEST(names__are_text_of_a_sensible_length),
        TEST(help__is_given_whatever_else_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
