/* What can be said of a connection string without connecting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "reading_helper.h"

static struct sentences problems;
static struct sentences warnings;

/* Looks at dsn (or read-dsn) as the words of a command line say it. */
static void look(const char *words)
{
    const struct invocation invocation = read_ok(words);
    const char *read_dsn = NULL;
    const char *dsn = NULL;

    problems.n = 0;
    warnings.n = 0;
    assert_true(options_dsn(&arena, &invocation, &dsn, &problem));
    assert_true(options_read_dsn(&arena, &invocation, &read_dsn, &problem));
    options_check(&arena, &invocation, "dsn", dsn, &problems, &warnings);
    if (read_dsn != NULL)
        options_check(&arena, &invocation, "read-dsn", read_dsn, &problems, &warnings);
}

static void assert_said(const struct sentences *list, const char *words, const char *part)
{
    look(words);
    if (problems.n + warnings.n != 1 || list->n != 1 || strstr(list->texts[0], part) == NULL)
        fail_msg("%s: %zu problems, %zu warnings, %s", words, problems.n, warnings.n,
                 list->n > 0 ? list->texts[0] : "nothing of this kind");
}

static void assert_fine(const char *words)
{
    look(words);
    if (problems.n + warnings.n > 0)
        fail_msg("%s: %s", words, problems.n > 0 ? problems.texts[0] : warnings.texts[0]);
}

static void words_of_libpq__that_it_does_not_know_are_named(void **state)
{
    (void)state;
    assert_fine("--dsn postgresql://db/x?sslmode=require");
    assert_fine("--dsn postgresql://db/x?sslmode=disable");
    assert_fine("--dsn postgresql://localhost/x?sslmode=prefer");
    assert_fine("--dsn postgresql://db/x?sslmode=sometimes --tls require"); /* which counts */
    assert_fine("--dsn postgresql://a,b/x?target_session_attrs=read-write");
    assert_said(&problems, "--dsn postgresql://db/x?sslmode=sometimes",
                "'dsn' (flag --dsn) says sslmode=sometimes, which is none of disable, allow, "
                "prefer, require, verify-ca and verify-full; correct it, or leave it out and set "
                "'tls'");
    assert_said(&warnings, "--dsn postgresql://db/x?sslmode=prefer",
                "may be talked to without encryption; leave it out, or set 'tls'");
    assert_said(&problems, "--dsn postgresql://a,b/x?target_session_attrs=master",
                "target_session_attrs=master, which is none of any, ");
    assert_said(&problems, "--dsn postgresql://a,b/x?target_session_attrs=standby",
                "which leads to a server that takes no writes");
    assert_said(&warnings,
                "--dsn postgresql://a/x --read-dsn postgresql://b/x?target_session_attrs=primary",
                "'read-dsn' (flag --read-dsn) says target_session_attrs=primary, which leads to");
}

static void other_words_of_libpq__that_it_would_refuse_are_named(void **state)
{
    (void)state;
    assert_fine("--dsn postgresql://db/x?gssencmode=disable&channel_binding=require");
    assert_fine("--dsn postgresql://db/x?ssl_min_protocol_version=tlsv1.2");
    assert_said(&problems, "--dsn postgresql://db/x?gssencmode=maybe",
                "'dsn' (flag --dsn) says gssencmode=maybe, which is none of disable, prefer, "
                "require; correct it, or leave it out");
    assert_said(&problems, "--dsn postgresql://db/x?channel_binding=maybe",
                "says channel_binding=maybe, which is none of disable, prefer, require;");
    assert_said(&problems, "--dsn postgresql://db/x?ssl_min_protocol_version=TLSv9",
                "says ssl_min_protocol_version=TLSv9, which is none of TLSv1, TLSv1.1, TLSv1.2, "
                "TLSv1.3;");
    assert_said(&problems, "--dsn postgresql://db/x?ssl_max_protocol_version=3",
                "says ssl_max_protocol_version=3, which is none of TLSv1,");
}

static void numbers_of_libpq__that_are_none_are_named(void **state)
{
    (void)state;
    assert_fine(
        "--dsn postgresql://db/x?keepalives=0&keepalives_idle=30&tcp_user_timeout=2147483647");
    assert_said(&problems, "--dsn postgresql://db/x?keepalives_idle=abc",
                "'dsn' (flag --dsn) says keepalives_idle=abc, which is no whole number; correct "
                "it, or leave it out");
    assert_said(&problems, "--dsn postgresql://db/x?keepalives_interval=10s",
                "says keepalives_interval=10s, which is no whole number;");
    assert_said(&problems, "--dsn postgresql://db/x?tcp_user_timeout=2147483648",
                "says tcp_user_timeout=2147483648, which is no whole number;");
}

static void ports__are_from_1_to_65535_and_one_for_each_host(void **state)
{
    (void)state;
    assert_fine("--dsn postgresql://a:1/x");
    assert_fine("--dsn postgresql://a:65535/x");
    assert_fine("--dsn postgresql://a:5432,b/x");
    assert_fine("--dsn postgresql://a,b,c/x?port=5433");
    assert_said(&problems, "--dsn postgresql://a:0/x", "says port 0; a port is a number from 1 to");
    assert_said(&problems, "--dsn postgresql://a:65536/x", "says port 65536;");
    assert_said(&problems, "--dsn postgresql://a,b/x?port=1,99999999999999999999",
                "says port 9999");
    assert_said(&problems, "--dsn postgresql://a,b,c/x?port=1,2", "names 2 ports for 3 hosts");
}

static void files__that_are_not_there_are_named_with_our_setting(void **state)
{
    const char *file = write_file("file", "x");

    (void)state;
    assert_int_equal(chmod(file, 0600), 0);
    assert_fine(arena_printf(&arena, "--dsn postgresql://db/x --tls-ca %s", file));
    assert_fine(
        arena_printf(&arena, "--dsn postgresql://db/x --tls-cert %s --tls-key %s", file, file));
    assert_fine("--dsn postgresql://db/x?sslrootcert=system&sslmode=verify-full");
    assert_fine("--dsn postgresql://db/x?sslrootcert=/not/there&sslmode=disable");
    assert_said(&problems, "--dsn postgresql://db/x --tls-ca /not/there",
                "'tls-ca' (flag --tls-ca) names the file '/not/there', which cannot be read (No "
                "such file or directory); name another with 'tls-ca'");
    assert_said(&problems, "--dsn postgresql://db/x?sslrootcert=/not/there",
                "'dsn' (flag --dsn) names, as sslrootcert, the file '/not/there', which cannot be "
                "read (No such file or directory); name another with 'tls-ca'");
    assert_said(&problems, "--dsn postgresql://db/x?sslkey=/not/there",
                "name another with 'tls-key'");
    assert_said(&problems, "--dsn postgresql://db/x --tls verify-full",
                "there is no certificate of an authority to check it with; name it with 'tls-ca'");
    assert_said(&problems, arena_printf(&arena, "--dsn postgresql://db/x --tls-cert %s", file),
                "has a certificate of ours without its key; name it with 'tls-key'");
    assert_said(&warnings, "--dsn postgresql://db/x?passfile=/not/there",
                "names the passfile '/not/there', which cannot be read");
}

static void secret_files__that_others_may_read_are_named(void **state)
{
    const char *file = write_file("secret", "x");

    (void)state;
    assert_int_equal(chmod(file, 0644), 0);
    assert_said(&warnings, arena_printf(&arena, "--dsn postgresql://db/x?passfile=%s", file),
                "counts for nothing therefore: chmod 600");
    assert_said(&problems, arena_printf(&arena, "--dsn postgresql://db/x?sslkey=%s", file),
                "others may read (mode 0644), which is refused: chmod 600");
}

static void supabase__is_told_in_the_names_of_its_settings(void **state)
{
    (void)state;
    (void)setenv("SUPABASE_DB_PASSWORD", "x", 1);
    assert_said(&problems,
                "--database-type supabase --supabase-url https://ref.supabase.co --supabase-region "
                "eu --supabase-ca /not/there",
                "'supabase-ca' (flag --supabase-ca) names the file '/not/there'");
}

static void origin__names_the_variables_that_count(void **state)
{
    struct invocation invocation;

    (void)state;
    (void)setenv("PGHOST", "db", 1);
    (void)setenv("PGUSER", "ann", 1);
    invocation = read_ok("--database-type postgresql");
    assert_string_equal(options_dsn_origin(&arena, &invocation),
                        "from PGUSER, PGHOST, because 'database-type' (flag --database-type) is "
                        "postgresql");
    invocation = read_ok("--database-type postgresql --dsn host=x");
    assert_null(options_dsn_origin(&arena, &invocation));
    invocation = read_ok("");
    assert_null(options_dsn_origin(&arena, &invocation));
}

static void what_a_variable_says__is_told_in_its_name(void **state)
{
    static const char app[] = "--database-type postgresql";

    (void)state;
    (void)setenv("PGHOST", "db", 1);
    (void)setenv("PGPORT", "54x", 1);
    assert_said(&problems, app,
                "'PGPORT' (environment variable) says port 54x; a port is a number");
    (void)setenv("PGPORT", "1,2", 1);
    (void)setenv("PGHOST", "db", 1);
    assert_said(&problems, app, "'PGPORT' (environment variable) names 2 ports for 1 hosts");
    (void)setenv("PGHOST", "db", 1);
    (void)setenv("PGSSLMODE", "often", 1);
    assert_said(&problems, app, "'PGSSLMODE' (environment variable) says sslmode=often");
    (void)setenv("PGHOST", "db", 1);
    (void)setenv("PGPASSFILE", "/not/there", 1);
    assert_said(&warnings, app, "'PGPASSFILE' (environment variable) names the passfile");
    (void)setenv("PGPORT", "54x", 1);
    (void)setenv("DATABASE_URL", "postgresql://db/x?keepalives=yes", 1);
    look(app);
    assert_int_equal(problems.n, 2);
    assert_string_equal(
        problems.texts[0],
        "'dsn' (environment variable DATABASE_URL) says keepalives=yes, which is no whole number; correct it, or leave it out");
    assert_non_null(strstr(problems.texts[1], "'PGPORT' (environment variable) says port"));
    (void)unsetenv("DATABASE_URL");
}

static void what_a_service_says__is_told_in_its_name(void **state)
{
    const char *path = write_file("services", "[app]\nhost=app.example\nport=54x\n");

    (void)state;
    (void)setenv("PGSERVICEFILE", path, 1);
    (void)setenv("PGSERVICE", "app", 1);
    (void)setenv("PGPORT", "99999", 1); /* the service comes first */
    assert_said(&problems, "--database-type postgresql", "the service 'app' says port 54x;");
}

static void a_host_of_supabase__is_told_in_the_name_of_its_setting(void **state)
{
    (void)state;
    (void)setenv("SUPABASE_DB_PASSWORD", "x", 1);
    assert_said(&problems,
                "--database-type supabase --supabase-url https://ref.supabase.co --supabase-host "
                "db.ref.supabase.co:99999",
                "'supabase-host' (flag --supabase-host) says port 99999");
}

#define WITH_HOME(test) cmocka_unit_test_setup_teardown(test, reading_set_up, reading_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(words_of_libpq__that_it_does_not_know_are_named),
        WITH_HOME(other_words_of_libpq__that_it_would_refuse_are_named),
        WITH_HOME(numbers_of_libpq__that_are_none_are_named),
        WITH_HOME(ports__are_from_1_to_65535_and_one_for_each_host),
        WITH_HOME(files__that_are_not_there_are_named_with_our_setting),
        WITH_HOME(secret_files__that_others_may_read_are_named),
        WITH_HOME(supabase__is_told_in_the_names_of_its_settings),
        WITH_HOME(what_a_variable_says__is_told_in_its_name),
        WITH_HOME(what_a_service_says__is_told_in_its_name),
        WITH_HOME(a_host_of_supabase__is_told_in_the_name_of_its_setting),
        WITH_HOME(origin__names_the_variables_that_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
