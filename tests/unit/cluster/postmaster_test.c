/* Reading postmaster.pid, and not believing it. */
#include "cluster_helper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/cluster/postmaster.h"

#define HEAD "4711\n/data/pg\n1763772000\n5432\n/data/run\n\n  5432001  3\n"

static void parse__reads_a_complete_file(void **state)
{
    struct postmaster found;

    (void)state;
    postmaster_parse(HEAD "ready   \n", &found);

    assert_int_equal(found.phase, POSTMASTER_READY);
    assert_int_equal(found.pid, 4711);
    assert_string_equal(found.socket_dir, "/data/run");
}

static void parse__tells_the_phases_apart(void **state)
{
    struct postmaster found;

    (void)state;
    postmaster_parse(HEAD "starting\n", &found);
    assert_int_equal(found.phase, POSTMASTER_STARTING);
    postmaster_parse(HEAD "stopping\n", &found);
    assert_int_equal(found.phase, POSTMASTER_STOPPING);
    postmaster_parse(HEAD "standby \n", &found);
    assert_int_equal(found.phase, POSTMASTER_STARTING);
}

static void parse__is_not_ready_while_the_file_is_being_written(void **state)
{
    const char *whole = HEAD;
    char part[sizeof(HEAD)];
    struct postmaster found;

    (void)state;
    for (size_t len = 0; len < sizeof(HEAD); len++) {
        memcpy(part, whole, len);
        part[len] = '\0';
        postmaster_parse(part, &found);
        assert_int_not_equal(found.phase, POSTMASTER_READY);
    }
}

static void parse__finds_nobody_in_what_names_no_postmaster(void **state)
{
    static const char *const texts[] = {"", "\n", "garbage\n", "0\n", "1\n", "-4711\n/data/pg\n"};
    struct postmaster found;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        postmaster_parse(texts[i], &found);
        assert_int_equal(found.phase, POSTMASTER_NONE);
        assert_int_equal(found.pid, 0);
    }
}

static void parse__leaves_out_a_socket_directory_that_is_too_long(void **state)
{
    struct place *place = *state;
    char *longer = arena_alloc(&place->arena, 300);
    struct postmaster found;

    memset(longer, 's', 299);
    postmaster_parse(arena_printf(&place->arena, "4711\n/p\n1\n5432\n%s\n\n1\nready\n", longer),
                     &found);

    assert_int_equal(found.phase, POSTMASTER_READY);
    assert_string_equal(found.socket_dir, "");
}

/* A process with a name and a working directory, until it is killed. */
static pid_t pose_as(const char *name, const char *dir)
{
    int fds[2];
    char go = 0;
    pid_t pid = -1;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, name);
        (void)!chdir(dir);
        (void)!write(fds[1], &go, 1);
        for (;;)
            (void)pause();
    }
    assert_true(pid > 0);
    assert_int_equal(read(fds[0], &go, 1), 1);
    (void)close(fds[0]);
    (void)close(fds[1]);
    return pid;
}

static void end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void lives__needs_the_name_and_the_directory(void **state)
{
    struct place *place = *state;
    const pid_t right = pose_as("postgres", place->dir);
    const pid_t elsewhere = pose_as("postgres", "/");
    const pid_t shell = pose_as("bash", place->dir);

    assert_true(postmaster_lives(place->dir, right));
    assert_false(postmaster_lives(place->dir, elsewhere));
    assert_false(postmaster_lives(place->dir, shell));

    end(right);
    end(elsewhere);
    end(shell);
}

static void lives__is_false_for_one_that_was_killed_and_not_reaped(void **state)
{
    struct place *place = *state;
    const pid_t pid = pose_as("postgres", place->dir);
    siginfo_t info;

    (void)kill(pid, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);

    assert_false(postmaster_lives(place->dir, pid));
    assert_int_equal(kill(pid, 0), -1); /* reaped: it was a child of ours */
}

static void stop__leaves_a_stranger_alone(void **state)
{
    struct place *place = *state;
    const pid_t stranger = pose_as("bash", place->dir);

    assert_true(postmaster_stop(place->dir, stranger, 10));

    assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
    end(stranger);
}

static void stop__goes_as_far_as_needed(void **state)
{
    struct place *place = *state;
    pid_t stubborn = -1;

    (void)signal(SIGINT, SIG_IGN); /* inherited */
    stubborn = pose_as("postgres", place->dir);
    (void)signal(SIGINT, SIG_DFL);

    assert_true(postmaster_stop(place->dir, stubborn, 50));

    assert_int_equal(kill(stubborn, 0), -1);
}

static void clear_stale__removes_a_file_that_names_a_stranger(void **state)
{
    struct place *place = *state;
    const pid_t stranger = pose_as("sleep", "/");
    const char *path =
        place_write(place, "postmaster.pid", arena_printf(&place->arena, "%d\n", (int)stranger));

    postmaster_clear_stale(place->dir);

    assert_int_not_equal(access(path, F_OK), 0);
    end(stranger);
}

static void clear_stale__keeps_the_file_of_a_living_postmaster(void **state)
{
    struct place *place = *state;
    const pid_t right = pose_as("postgres", place->dir);
    const char *path =
        place_write(place, "postmaster.pid", arena_printf(&place->arena, "%d\n", (int)right));

    postmaster_clear_stale(place->dir);

    assert_int_equal(access(path, F_OK), 0);
    end(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__reads_a_complete_file),
        cmocka_unit_test(parse__tells_the_phases_apart),
        cmocka_unit_test(parse__is_not_ready_while_the_file_is_being_written),
        cmocka_unit_test(parse__finds_nobody_in_what_names_no_postmaster),
        PLACE_TEST(parse__leaves_out_a_socket_directory_that_is_too_long),
        PLACE_TEST(lives__needs_the_name_and_the_directory),
        PLACE_TEST(lives__is_false_for_one_that_was_killed_and_not_reaped),
        PLACE_TEST(stop__leaves_a_stranger_alone),
        PLACE_TEST(stop__goes_as_far_as_needed),
        PLACE_TEST(clear_stale__removes_a_file_that_names_a_stranger),
        PLACE_TEST(clear_stale__keeps_the_file_of_a_living_postmaster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
