/* Settings: where they come from, which counts first, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

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
        TEST(flag__comes_before_environment_before_file),
        TEST(config__is_refused_with_the_line),
        TEST(config__has_to_exist_when_it_is_named),
        TEST(config__that_is_a_directory_is_refused),
        TEST(config__with_a_bare_connection_string_does_not_show_it),
        TEST(words__are_refused_by_name),
        TEST(max_claims__is_a_number_from_1_to_1000),
        TEST(names__are_text_of_a_sensible_length),
        TEST(help__is_given_whatever_else_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
