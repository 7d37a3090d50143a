/* Settings: where they come from, which counts first, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "planner/cli/options.h"

static struct arena arena;
static const char *problem;
static char config_dir[64];

static int set_up(void **state)
{
    static const char *const unset[] = {"PLANNER_AGENT",
                                        "PLANNER_ROLE",
                                        "PLANNER_USER",
                                        "PLANNER_PROJECT",
                                        "PLANNER_DATA_DIR",
                                        "PLANNER_DATABASE_URL",
                                        "PLANNER_MAX_CLAIMS",
                                        "PLANNER_LOG_LEVEL",
                                        "PLANNER_LOG_FORMAT",
                                        "DATABASE_TYPE",
                                        "DATABASE_URL",
                                        "SUPABASE_URL",
                                        "SUPABASE_DB_PASSWORD",
                                        "SUPABASE_REGION",
                                        "SUPABASE_HOST",
                                        "SUPABASE_CA",
                                        "PGHOST",
                                        "PGPORT",
                                        "PGDATABASE",
                                        "PGUSER",
                                        "PGSSLMODE"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(unset); i++)
        (void)unsetenv(unset[i]);
    arena_init(&arena, ARENA_CAP_DEFAULT);
    problem = NULL;
    memcpy(config_dir, "/tmp/planner-options.XXXXXX", sizeof("/tmp/planner-options.XXXXXX"));
    assert_non_null(mkdtemp(config_dir));
    (void)setenv("XDG_CONFIG_HOME", config_dir, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(arena_printf(&arena, "%s/mcp-planner/config", config_dir));
    (void)rmdir(arena_printf(&arena, "%s/mcp-planner", config_dir));
    (void)rmdir(config_dir);
    arena_destroy(&arena);
    return 0;
}

static void write_config(const char *text)
{
    FILE *file = NULL;

    assert_int_equal(system(arena_printf(&arena, "mkdir -p %s/mcp-planner", config_dir)), 0);
    file = fopen(arena_printf(&arena, "%s/mcp-planner/config", config_dir), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The words of a command line, separated by blanks. */
static bool read_words(const char *words, struct invocation *ret_invocation)
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
    return options_read(&arena, argc, argv, ret_invocation, &problem);
}

static struct invocation read_ok(const char *words)
{
    struct invocation invocation = {0};

    if (!read_words(words, &invocation))
        fail_msg("refused: %s", problem);
    return invocation;
}

static void assert_refused(const char *words, const char *part)
{
    struct invocation invocation = {0};

    assert_false(read_words(words, &invocation));
    if (strstr(problem, part) == NULL)
        fail_msg("%s is not in %s", part, problem);
}

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
    assert_refused("", "line 1");
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

static void arguments__that_a_command_does_not_take_are_refused(void **state)
{
    (void)state;
    assert_refused("stop now", "'stop' takes no arguments");
    assert_refused("serve -- now", "'serve' takes no arguments");
    assert_refused("tools now", "'tools' takes no arguments");
    assert_string_equal(read_ok("migrate up 3").options.argv[1], "3");
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
    assert_refused("--role king", "role");
    assert_refused("--log-level loud", "log level");
    assert_refused("--log-format xml", "log format");
}

static int64_t max_claims(const char *words)
{
    const struct invocation invocation = read_ok(words);

    return options_max_claims(&invocation.options);
}

static void max_claims__is_a_number_from_1_to_1000(void **state)
{
    (void)state;
    assert_int_equal(max_claims("serve"), 0);
    assert_int_equal(max_claims("--max-claims 1"), 1);
    assert_int_equal(max_claims("--max-claims 1000"), 1000);
    assert_refused("--max-claims 0", "max-claims must be a whole number from 1 to 1000");
    assert_refused("--max-claims 1001", "max-claims");
    assert_refused("--max-claims -1", "max-claims");
    assert_refused("--max-claims 5x", "max-claims");
    assert_refused("--max-claims=", "max-claims");
}

static void names__are_text_of_a_sensible_length(void **state)
{
    char name[102] = "";

    (void)state;
    assert_refused("--agent a\xff", "the agent must be UTF-8");
    assert_refused("--user a\x01", "the user must be UTF-8 without control characters");
    (void)setenv("PLANNER_PROJECT", "\xc3", 1);
    assert_refused("", "the project must be UTF-8");
    (void)unsetenv("PLANNER_PROJECT");
    memset(name, 'n', 101);
    assert_refused(arena_printf(&arena, "--agent %s", name), "at most 100 bytes");
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

static void database_url__counts_only_with_its_type(void **state)
{
    (void)state;
    (void)setenv("DATABASE_URL", "postgresql://app/db", 1);
    (void)setenv("PGHOST", "app.example", 1);
    assert_null(read_ok("").options.dsn);
    (void)setenv("DATABASE_TYPE", "mysql", 1);
    assert_null(read_ok("").options.dsn);
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    assert_string_equal(read_ok("").options.dsn, "postgresql://app/db");
    assert_string_equal(read_ok("--dsn postgresql://mine").options.dsn, "postgresql://mine");
}

static void pg_variables__count_only_with_the_type(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    assert_string_equal(read_ok("").options.dsn, "");
    (void)setenv("PGHOST", "db.example", 1);
    (void)setenv("PGUSER", "o'neil", 1);
    assert_string_equal(read_ok("").options.dsn, "host='db.example' user='o\\'neil'");

    (void)unsetenv("DATABASE_TYPE");
    assert_string_equal(read_ok("--dsn postgresql:///x").options.dsn, "postgresql:///x");
    assert_null(getenv("PGHOST"));
    assert_null(getenv("PGUSER"));
}

static void supabase__is_composed(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "supabase", 1);
    assert_refused("", "SUPABASE_URL");
    (void)setenv("SUPABASE_URL", "https://abcd1234.supabase.co", 1);
    assert_refused("", "SUPABASE_DB_PASSWORD");
    (void)setenv("SUPABASE_DB_PASSWORD", "p'w", 1);
    assert_refused("", "SUPABASE_REGION");
    (void)setenv("SUPABASE_REGION", "eu-central-1", 1);
    assert_string_equal(read_ok("").options.dsn,
                        "host='aws-0-eu-central-1.pooler.supabase.com' port='5432' "
                        "dbname='postgres' user='postgres.abcd1234' password='p\\'w' "
                        "sslmode='require'");
    (void)setenv("SUPABASE_HOST", "db.abcd1234.supabase.co", 1);
    (void)setenv("SUPABASE_CA", "/ca.pem", 1);
    assert_string_equal(read_ok("").options.dsn,
                        "host='db.abcd1234.supabase.co' port='5432' dbname='postgres' "
                        "user='postgres' password='p\\'w' sslmode='verify-full' "
                        "sslrootcert='/ca.pem'");
    (void)setenv("SUPABASE_URL", "http://abcd1234.supabase.co", 1);
    assert_refused("", "SUPABASE_URL");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flags__may_stand_on_either_side_of_the_command),
        TEST(flags__end_at_two_dashes),
        TEST(flag__comes_before_environment_before_file),
        TEST(config__is_refused_with_the_line),
        TEST(config__has_to_exist_when_it_is_named),
        TEST(config__that_is_a_directory_is_refused),
        TEST(config__with_a_bare_connection_string_does_not_show_it),
        TEST(arguments__that_a_command_does_not_take_are_refused),
        TEST(words__are_refused_by_name),
        TEST(max_claims__is_a_number_from_1_to_1000),
        TEST(names__are_text_of_a_sensible_length),
        TEST(help__is_given_whatever_else_is_wrong),
        TEST(database_url__counts_only_with_its_type),
        TEST(pg_variables__count_only_with_the_type),
        TEST(supabase__is_composed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
