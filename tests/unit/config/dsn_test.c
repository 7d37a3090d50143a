/* Which database: ours by our own names, an application's only with DATABASE_TYPE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <stdlib.h>

#include "reading_helper.h"

extern char **environ;

/* The connection string that a command line comes to; NULL: the private database. */
static const char *dsn_of(const char *words)
{
    const struct invocation invocation = read_ok(words);
    const char *dsn = NULL;

    if (!options_dsn(&arena, &invocation, &dsn, &problem))
        fail_msg("refused: %s", problem);
    return dsn;
}

static void assert_no_dsn(const char *words, const char *part)
{
    const struct invocation invocation = read_ok(words);
    const char *dsn = NULL;

    assert_false(options_dsn(&arena, &invocation, &dsn, &problem));
    if (strstr(problem, part) == NULL)
        fail_msg("%s is not in %s", part, problem);
}

static void assert_no_pg_variable(void)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "PG", 2) == 0 && strncmp(*entry, "PGSERVICEFILE=", 14) != 0 &&
            strncmp(*entry, "PGTZ=", 5) != 0 && strncmp(*entry, "PGDATESTYLE=", 12) != 0 &&
            strncmp(*entry, "PGGEQO=", 7) != 0)
            fail_msg("%s is left", *entry);
    }
}

/* What people's applications have around them. */
static void set_everything(void)
{
    static const char *const names[] = {"DATABASE_URL",      "POSTGRES_URL",
                                        "POSTGRES_HOST",     "POSTGRES_USER",
                                        "POSTGRES_PASSWORD", "POSTGRES_DB",
                                        "POSTGRES_PORT",     "POSTGRES_PRISMA_URL",
                                        "POSTGRESQL_URL",    "DB_URL",
                                        "DB_HOST",           "DB_PORT",
                                        "DB_USER",           "DB_PASSWORD",
                                        "DB_NAME",           "DB_POOL_SIZE",
                                        "DB_POOL_TIMEOUT",   "DATABASE_READ_URL",
                                        "DATABASE_HOST",     "DATABASE_USER",
                                        "DATABASE_PASSWORD", "DATABASE_NAME",
                                        "SUPABASE_URL",      "SUPABASE_DB_PASSWORD",
                                        "SUPABASE_REGION",   "SUPABASE_HOST",
                                        "SUPABASE_CA",       "SUPABASE_KEY",
                                        "TEST_DATABASE_URL", "DIRECT_URL",
                                        "PGSERVICEFILE",     "PGSYSCONFDIR",
                                        "PGREQUIRESSL",      "PGTZ",
                                        "PGDATESTYLE",       "PGGEQO",
                                        "PGLOCALEDIR"};
    PQconninfoOption *options = PQconninfoParse("", NULL);

    for (size_t i = 0; i < LENGTH_OF(names); i++)
        (void)setenv(names[i], "app.example", 1);
    for (size_t i = 0; options[i].keyword != NULL; i++) {
        if (options[i].envvar != NULL)
            (void)setenv(options[i].envvar, "app.example", 1);
    }
    PQconninfoFree(options);
}

static void application__environment_is_never_our_store(void **state)
{
    (void)state;
    set_everything();

    assert_null(dsn_of("serve"));

    (void)unsetenv("PGLOCALEDIR");
    assert_no_pg_variable();
}

static void application__each_variable_alone_is_never_our_store(void **state)
{
    PQconninfoOption *options = PQconninfoParse("", NULL);

    (void)state;
    for (size_t i = 0; options[i].keyword != NULL; i++) {
        if (options[i].envvar == NULL)
            continue;
        (void)setenv(options[i].envvar, "app.example", 1);
        assert_null(dsn_of("serve"));
        assert_null(getenv(options[i].envvar));
    }
    PQconninfoFree(options);
}

static void application__files_in_the_home_are_never_our_store(void **state)
{
    (void)state;
    (void)write_file(".pg_service.conf", "[app]\nhost=app.example\n");
    (void)write_file(".pgpass", "*:*:*:*:secret\n");
    (void)setenv("PGSERVICE", "app", 1);

    assert_null(dsn_of("serve"));
}

static void application__variables_do_not_complete_a_server_that_was_named(void **state)
{
    (void)state;
    set_everything();

    assert_string_equal(dsn_of("--dsn postgresql://mine/x"), "postgresql://mine/x");

    (void)unsetenv("PGLOCALEDIR");
    assert_no_pg_variable();
}

static void application__database_type_does_not_matter_when_a_server_is_named(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "mysql", 1);
    assert_refused("serve", "'database-type' (environment variable DATABASE_TYPE) must be private, "
                            "postgresql or supabase, not 'mysql'");
    assert_string_equal(dsn_of("--dsn postgresql://mine/x"), "postgresql://mine/x");
    assert_null(dsn_of("--database-type private"));
    (void)setenv("PLANNER_DATABASE_URL", "postgresql://mine/y", 1);
    assert_string_equal(dsn_of("serve"), "postgresql://mine/y");
}

static void database_url__counts_with_its_type(void **state)
{
    (void)state;
    (void)setenv("DATABASE_URL", "postgresql://app.example/db", 1);
    assert_null(dsn_of("serve"));
    (void)setenv("DATABASE_TYPE", "supabase", 1);
    assert_no_dsn("serve", "SUPABASE_URL");
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    assert_non_null(strstr(dsn_of("serve"), "dbname='db' host='app.example'"));
    assert_string_equal(dsn_of("--dsn postgresql://mine"), "postgresql://mine");
}

static void pg_variables__count_with_the_type(void **state)
{
    const char *dsn = NULL;

    (void)state;
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    (void)setenv("PGHOST", "db.example", 1);
    (void)setenv("PGUSER", "o'neil", 1);
    (void)setenv("PGPASSWORD", "p w", 1);
    (void)setenv("PGPASSFILE", "/pass/file", 1);
    (void)setenv("PGSSLMODE", "prefer", 1);
    (void)setenv("PGAPPNAME", "theirs", 1);

    dsn = dsn_of("serve");

    assert_string_equal(dsn, "user='o\\'neil' password='p w' passfile='/pass/file' "
                             "host='db.example' sslmode='prefer'");
    assert_no_pg_variable();
}

static void pg_variables__complete_the_applications_url(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    (void)setenv("DATABASE_URL", "postgresql://app.example/db?pgbouncer=true", 1);
    (void)setenv("PGHOST", "other.example", 1);
    (void)setenv("PGUSER", "app", 1);

    assert_string_equal(dsn_of("serve"),
                        "dbname='db' host='app.example' user='app' pgbouncer=true");
}

static void pg_variables__leave_the_words_of_other_drivers_in_the_url(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    (void)setenv("DATABASE_URL", "postgresql://app.example/db?statement_cache_size=0&pgbouncer=1",
                 1);
    (void)setenv("PGUSER", "app", 1);

    assert_string_equal(dsn_of("serve"), "dbname='db' host='app.example' user='app' pgbouncer=true "
                                         "statement_cache_size=0");
}

static void service__is_looked_up_when_it_counts(void **state)
{
    const char *path = write_file("services", "[app]\nhost=app.example\nport=5433\nuser=u\n");

    (void)state;
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    (void)setenv("PGSERVICEFILE", path, 1);
    (void)setenv("PGSERVICE", "app", 1);
    (void)setenv("PGPORT", "5444", 1);
    assert_string_equal(dsn_of("serve"), "user='u' host='app.example' port='5433'");

    (void)setenv("PGSERVICEFILE", path, 1);
    (void)setenv("PGSERVICE", "none", 1);
    assert_no_dsn("serve", "the service 'none' cannot be used: definition of service \"none\"");
}

static void service__that_our_own_string_names_is_looked_up_in_the_home(void **state)
{
    (void)state;
    (void)write_file(".pg_service.conf", "[mine]\nhost=mine.example\nuser=u\n");
    (void)setenv("PGUSER", "theirs", 1);

    assert_string_equal(dsn_of("--dsn service=mine"), "user='u' host='mine.example'");
    assert_no_dsn("--dsn service=nix", "the service 'nix' cannot be used");
}

static void read_dsn__is_completed_by_its_service_and_by_nothing_else(void **state)
{
    const char *dsn = NULL;
    struct invocation invocation;

    (void)state;
    (void)write_file(".pg_service.conf", "[standby]\nhost=standby.example\nuser=u\n");
    (void)setenv("PGUSER", "theirs", 1);

    invocation = read_ok("--dsn host=a --read-dsn service=standby");
    assert_true(options_read_dsn(&arena, &invocation, &dsn, &problem));
    assert_string_equal(dsn, "user='u' host='standby.example'");
    assert_null(getenv("PGSERVICE"));

    invocation = read_ok("--dsn host=a --read-dsn nonsense");
    assert_false(options_read_dsn(&arena, &invocation, &dsn, &problem));
    assert_non_null(strstr(problem, "cannot be read"));
    invocation = read_ok("--dsn host=a");
    assert_true(options_read_dsn(&arena, &invocation, &dsn, &problem));
    assert_null(dsn);
}

static void database_type__gives_way_to_a_dsn_of_its_place_or_above(void **state)
{
    (void)state;
    (void)setenv("DATABASE_URL", "postgresql://app.example", 1);
    write_config("dsn = postgresql://file\n");
    assert_string_equal(dsn_of("serve"), "postgresql://file");
    assert_non_null(strstr(dsn_of("--database-type postgresql"), "app.example"));
    (void)setenv("PLANNER_DATABASE_TYPE", "postgresql", 1);
    assert_non_null(strstr(dsn_of("serve"), "app.example"));
    (void)setenv("PLANNER_DATABASE_URL", "postgresql://variable", 1);
    assert_string_equal(dsn_of("serve"), "postgresql://variable");
    assert_null(dsn_of("--database-type private"));
    write_config("database-type = postgresql\ndsn = postgresql://file\n");
    (void)unsetenv("PLANNER_DATABASE_URL");
    (void)unsetenv("PLANNER_DATABASE_TYPE");
    assert_string_equal(dsn_of("serve"), "postgresql://file");
}

/* A project that uses Supabase or PostgreSQL itself has all of this around it. */
static void application__counts_less_than_our_config_file(void **state)
{
    (void)state;
    set_everything();
    (void)setenv("DATABASE_TYPE", "postgresql", 1);
    write_config("dsn = postgresql://file\n");
    assert_string_equal(dsn_of("serve"), "postgresql://file");

    (void)setenv("DATABASE_TYPE", "mysql", 1);
    assert_string_equal(dsn_of("serve"), "postgresql://file");

    write_config("database-type = supabase\nsupabase-url = https://ref.supabase.co\n"
                 "supabase-region = eu-west-1\npool-size = 1\ndatabase-wait = 10s\n");
    assert_string_equal(dsn_of("serve"),
                        "host='aws-0-eu-west-1.pooler.supabase.com' port='5432' dbname='postgres' "
                        "user='postgres.ref' password='app.example' sslmode='require'");

    write_config("database-type = supabase\nsupabase-url = https://ref.supabase.co\n"
                 "supabase-db-password = secret\nsupabase-host = db.ref.supabase.co\n"
                 "supabase-region = x\nsupabase-ca = /ca.pem\n"
                 "pool-size = 1\ndatabase-wait = 10s\n");
    assert_string_equal(dsn_of("serve"),
                        "host='db.ref.supabase.co' port='5432' dbname='postgres' user='postgres' "
                        "password='secret' sslmode='verify-full' sslrootcert='/ca.pem'");
}

static void dsn__that_cannot_be_read_is_refused_without_showing_it(void **state)
{
    (void)state;
    assert_no_dsn("--dsn postgresql://me:hunter2@[x",
                  "'dsn' (flag --dsn) cannot be read as a connection string; write it as");
    assert_null(strstr(problem, "hunter2"));
    assert_refused("--dsn=", "'dsn' (flag --dsn)");
    assert_no_dsn("--dsn postgresql://localhost:hunter2/word@db/x",
                  "has a port that is no number or an '@' in its host");
    assert_null(strstr(problem, "hunter2"));
    assert_no_dsn("--dsn postgresql://me:sec@hunter2@db/x", "write / and @ of a password as");
    assert_null(strstr(problem, "hunter2"));
}

static void supabase__is_composed(void **state)
{
    (void)state;
    (void)setenv("DATABASE_TYPE", "supabase", 1);
    assert_no_dsn("serve", "SUPABASE_URL");
    (void)setenv("SUPABASE_URL", "https://abcd1234.supabase.co", 1);
    assert_no_dsn("serve", "SUPABASE_DB_PASSWORD");
    (void)setenv("SUPABASE_DB_PASSWORD", "p'w\\ %40:@/", 1);
    assert_no_dsn("serve", "SUPABASE_REGION");
    (void)setenv("SUPABASE_REGION", "eu-central-1", 1);
    assert_string_equal(dsn_of("serve"),
                        "host='aws-0-eu-central-1.pooler.supabase.com' port='5432' "
                        "dbname='postgres' user='postgres.abcd1234' "
                        "password='p\\'w\\\\ %40:@/' sslmode='require'");
    (void)setenv("SUPABASE_HOST", "db.abcd1234.supabase.co", 1);
    (void)setenv("SUPABASE_CA", "/ca.pem", 1);
    assert_string_equal(dsn_of("serve"),
                        "host='db.abcd1234.supabase.co' port='5432' dbname='postgres' "
                        "user='postgres' password='p\\'w\\\\ %40:@/' sslmode='verify-full' "
                        "sslrootcert='/ca.pem'");
    (void)setenv("SUPABASE_HOST", "pooler.example:6543", 1);
    assert_non_null(strstr(dsn_of("serve"), "host='pooler.example' port='6543' dbname='postgres' "
                                            "user='postgres.abcd1234'"));
    (void)setenv("SUPABASE_URL", "http://abcd1234.supabase.co", 1);
    assert_no_dsn("serve", "SUPABASE_URL");
}

static void supabase__can_be_told_by_the_config_file(void **state)
{
    (void)state;
    write_config("database-type = supabase\nsupabase-url = https://ref.supabase.co\n"
                 "supabase-db-password = secret\nsupabase-region = us-east-1\n");
    (void)setenv("SUPABASE_REGION", "eu-central-1", 1);

    assert_non_null(strstr(dsn_of("serve"), "host='aws-0-us-east-1.pooler.supabase.com'"));
    assert_non_null(strstr(dsn_of("serve"), "password='secret'"));
}

static void mask__hides_passwords_in_every_form(void **state)
{
    static const char *const forms[] = {
        "postgresql://me:hunter2@db/x",
        "postgresql://me:hunter%32@db/x",
        "postgresql://me@db/x?password=hunter2",
        "postgresql://me@db/x?pass%77ord=hunter2",
        "postgres://me:hunter2@a:1,b:2/x?pgbouncer=true",
        "host=db password=hunter2",
        "host=db password = 'hunter2'",
        "host=db password='hunter2' sslpassword=hunter2",
        "host=db password=hunter2 password=hunter2",
        "postgresql://me:hunter2@[x",
        "host=db password='hunter2",
        "postgresql://localhost:hunter2/word@db/x",
        "postgresql://me:sec@hunter2@db/x",
        "hunter2",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(forms); i++) {
        const char *shown = dsn_masked(&arena, forms[i]);
        assert_null(strstr(shown, "hunter"));
        assert_non_null(strstr(shown, "***"));
        assert_true(dsn_has_password(&arena, forms[i]));
    }
    assert_string_equal(dsn_masked(&arena, "host=db passfile=/home/me/pass"),
                        "passfile=/home/me/pass host=db");
    assert_false(dsn_has_password(&arena, "host=db passfile=/home/me/pass"));
}

/* A misspelt keyword is no password on the command line. */
static void flag__is_said_to_hold_a_password_only_when_that_can_be_read(void **state)
{
    (void)state;
    assert_int_equal(read_ok("--dsn hots=db").warnings.n, 0);
    assert_int_equal(read_ok("--dsn postgresql://me@[x").warnings.n, 0);
    assert_int_equal(read_ok("--dsn host=db").warnings.n, 0);
    assert_int_equal(read_ok("--dsn password=x").warnings.n, 1);
    assert_int_equal(read_ok("--dsn postgresql://me:x@db/y").warnings.n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reading_set_up, reading_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flag__is_said_to_hold_a_password_only_when_that_can_be_read),
        TEST(application__environment_is_never_our_store),
        TEST(application__each_variable_alone_is_never_our_store),
        TEST(application__files_in_the_home_are_never_our_store),
        TEST(application__variables_do_not_complete_a_server_that_was_named),
        TEST(application__database_type_does_not_matter_when_a_server_is_named),
        TEST(database_url__counts_with_its_type),
        TEST(pg_variables__count_with_the_type),
        TEST(pg_variables__complete_the_applications_url),
        TEST(pg_variables__leave_the_words_of_other_drivers_in_the_url),
        TEST(service__is_looked_up_when_it_counts),
        TEST(service__that_our_own_string_names_is_looked_up_in_the_home),
        TEST(application__counts_less_than_our_config_file),
        TEST(read_dsn__is_completed_by_its_service_and_by_nothing_else),
        TEST(database_type__gives_way_to_a_dsn_of_its_place_or_above),
        TEST(dsn__that_cannot_be_read_is_refused_without_showing_it),
        TEST(supabase__is_composed),
        TEST(supabase__can_be_told_by_the_config_file),
        TEST(mask__hides_passwords_in_every_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
