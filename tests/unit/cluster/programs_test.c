/* Finding PostgreSQL's programs, with programs made up for the purpose. */
#include "cluster_helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/cluster/programs.h"

static void version__is_the_major_number(void **state)
{
    (void)state;

    assert_int_equal(programs_version("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"), 15);
    assert_int_equal(programs_version("postgres (PostgreSQL) 17devel"), 17);
    assert_int_equal(programs_version("postgres (PostgreSQL) 18beta1"), 18);
    assert_int_equal(programs_version("postgres (PostgreSQL) 9.6.24"), 9);
}

static void version__is_0_for_anything_else(void **state)
{
    (void)state;

    assert_int_equal(programs_version(""), 0);
    assert_int_equal(programs_version("postgres (EnterpriseDB) 15.1"), 0);
    assert_int_equal(programs_version("postgres (PostgreSQL) x"), 0);
    assert_int_equal(programs_version("postgres (PostgreSQL) -3"), 0);
    assert_int_equal(programs_version("postgres (PostgreSQL) 99999999999999999999"), 0);
}

static void newer_first__counts_instead_of_comparing_texts(void **state)
{
    const char *dirs[] = {"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin",
                          "/usr/local/pgsql/bin", "/usr/lib/postgresql/17/bin"};

    (void)state;
    qsort(dirs, LENGTH_OF(dirs), sizeof(dirs[0]), programs_newer_first);

    assert_string_equal(dirs[0], "/usr/lib/postgresql/17/bin");
    assert_string_equal(dirs[1], "/usr/lib/postgresql/15/bin");
    assert_string_equal(dirs[2], "/usr/lib/postgresql/9.6/bin");
    assert_string_equal(dirs[3], "/usr/local/pgsql/bin");
}

static void add_program(struct place *place, const char *name, const char *prints)
{
    const char *path =
        place_write(place, name, arena_printf(&place->arena, "#!/bin/sh\necho '%s'\n", prints));

    assert_int_equal(chmod(path, 0755), 0);
}

/* A directory NAME with the programs of one version, printed as a release of it does. */
static const char *install(struct place *place, const char *name, int major)
{
    const char *dir = place_path(place, name);
    const char *line = arena_printf(&place->arena, "postgres (PostgreSQL) %d.3", major);

    assert_int_equal(mkdir(dir, 0755), 0);
    add_program(place, arena_printf(&place->arena, "%s/postgres", name), line);
    add_program(place, arena_printf(&place->arena, "%s/initdb", name), "initdb");
    return dir;
}

static void find__takes_the_directory_it_is_told(void **state)
{
    struct place *place = *state;
    const char *dir = install(place, "bin", 16);
    const char *found = NULL;
    assert_int_equal(setenv("PLANNER_PG_BINDIR", dir, 1), 0);

    assert_int_equal(programs_find(&place->rq, 0, &found), ST_OK);

    assert_string_equal(found, dir);
}

static void find__refuses_a_version_that_is_too_old(void **state)
{
    struct place *place = *state;
    const char *found = NULL;
    assert_int_equal(setenv("PLANNER_PG_BINDIR", install(place, "bin", 14), 1), 0);

    assert_int_equal(programs_find(&place->rq, 0, &found), ST_UNAVAILABLE);

    assert_non_null(strstr(place->rq.message, "PostgreSQL 14 is installed, but 15 or newer"));
    assert_null(found);
}

static void find__wants_the_version_that_made_the_cluster(void **state)
{
    struct place *place = *state;
    const char *found = NULL;
    assert_int_equal(setenv("PLANNER_PG_BINDIR", install(place, "bin", 17), 1), 0);

    assert_int_equal(programs_find(&place->rq, 16, &found), ST_UNAVAILABLE);

    assert_non_null(strstr(place->rq.message, "postgresql-16"));
}

static void find__refuses_a_directory_without_the_programs(void **state)
{
    struct place *place = *state;
    const char *found = NULL;
    assert_int_equal(setenv("PLANNER_PG_BINDIR", place->dir, 1), 0);

    assert_int_equal(programs_find(&place->rq, 0, &found), ST_UNAVAILABLE);

    assert_non_null(strstr(place->rq.message, "PLANNER_PG_BINDIR"));
}

static void find__asks_every_pg_config_in_path(void **state)
{
    struct place *place = *state;
    const char *wanted = install(place, "wanted", 941);
    const char *found = NULL;
    assert_int_equal(mkdir(place_path(place, "a"), 0755), 0);
    assert_int_equal(mkdir(place_path(place, "b"), 0755), 0);
    add_program(place, "a/pg_config", place->dir);
    add_program(place, "b/pg_config", wanted);
    assert_int_equal(unsetenv("PLANNER_PG_BINDIR"), 0);
    assert_int_equal(
        setenv("PATH",
               arena_printf(&place->arena, "relative::%s/a:%s/b:/bin", place->dir, place->dir), 1),
        0);

    assert_int_equal(programs_find(&place->rq, 941, &found), ST_OK);

    assert_string_equal(found, wanted);
}

/* Where the server is another machine, there may be nothing but programs for clients. */
static void client__is_found_without_a_server_beside_it(void **state)
{
    struct place *place = *state;
    const char *found = NULL;
    int major = 0;
    assert_int_equal(mkdir(place_path(place, "old"), 0755), 0);
    assert_int_equal(mkdir(place_path(place, "new"), 0755), 0);
    add_program(place, "old/pg_dump", "pg_dump (PostgreSQL) 940.1");
    add_program(place, "new/pg_dump", "pg_dump (PostgreSQL) 942.1");
    assert_int_equal(setenv("PLANNER_PG_BINDIR", place->dir, 1), 0);
    assert_int_equal(
        setenv("PATH", arena_printf(&place->arena, "%s/old:%s/new:/bin", place->dir, place->dir),
               1),
        0);

    assert_true(programs_find_client(&place->rq, "pg_dump", 941, &found, &major));
    assert_string_equal(found, place_path(place, "new/pg_dump"));
    assert_int_equal(major, 942);
    assert_true(programs_find_client(&place->rq, "pg_dump", 940, &found, &major));
    assert_int_equal(major, 940);
    assert_false(programs_find_client(&place->rq, "pg_dump", 943, &found, &major));
}

static void run__gives_the_program_no_descriptor_of_ours(void **state)
{
    struct place *place = *state;
    const char *script = place_write(place, "list", "#!/bin/sh\nls -l /proc/$$/fd\n");
    const char *path = place_path(place, "out");
    const int leak = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */
    const int out = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const char *const argv[] = {script, NULL};
    char text[4096];
    ssize_t n = -1;
    assert_int_equal(chmod(script, 0755), 0);
    assert_true(leak > 2);

    assert_true(program_run(argv, (struct program_io){-1, out, 0}));

    n = pread(out, text, sizeof(text) - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "0 -> /dev/null"));
    assert_null(strstr(text, "passwd"));
    (void)close(leak);
    (void)close(out);
}

static void run__tells_failure(void **state)
{
    const char *const bad[] = {"/bin/false", NULL};
    const char *const missing[] = {"/nonexistent/program", NULL};

    (void)state;
    assert_false(program_run(bad, (struct program_io){-1, -1, 0}));
    assert_false(program_run(missing, (struct program_io){-1, -1, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version__is_the_major_number),
        cmocka_unit_test(version__is_0_for_anything_else),
        cmocka_unit_test(newer_first__counts_instead_of_comparing_texts),
        PLACE_TEST(find__takes_the_directory_it_is_told),
        PLACE_TEST(find__refuses_a_version_that_is_too_old),
        PLACE_TEST(find__wants_the_version_that_made_the_cluster),
        PLACE_TEST(find__refuses_a_directory_without_the_programs),
        PLACE_TEST(run__gives_the_program_no_descriptor_of_ours),
        cmocka_unit_test(run__tells_failure),
        PLACE_TEST(find__asks_every_pg_config_in_path), /* these change PATH: last */
        PLACE_TEST(client__is_found_without_a_server_beside_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
