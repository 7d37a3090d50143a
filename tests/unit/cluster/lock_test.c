/* The keeper's lock, and the directories that have to be ours alone. */
#include "cluster_helper.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/cluster/account.h"
#include "planner/cluster/keeper.h"

/* In a child: take the lock, say whether that worked, hold it until the pipe closes. */
static pid_t hold_lock(const char *dir, int hold_fd, int say_fd)
{
    const pid_t pid = fork();

    if (pid == 0) {
        char answer = keeper_lock(dir) ? 'y' : 'n';
        (void)!write(say_fd, &answer, 1);
        (void)!read(hold_fd, &answer, 1);
        _exit(0);
    }
    return pid;
}

static void keeper_lock__is_told_with_its_holder_and_without_taking_it(void **state)
{
    struct place *place = *state;
    int hold[2];
    int say[2];
    char answer = 0;
    pid_t found = 0;
    pid_t first = -1;
    pid_t second = -1;
    assert_int_equal(pipe(hold), 0);
    assert_int_equal(pipe(say), 0);
    assert_false(keeper_find(place->dir, &found)); /* no file yet */

    first = hold_lock(place->dir, hold[0], say[1]);
    assert_int_equal(read(say[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    assert_true(keeper_find(place->dir, &found));
    assert_int_equal(found, first);

    second = hold_lock(place->dir, hold[0], say[1]);
    assert_int_equal(read(say[0], &answer, 1), 1);
    assert_int_equal(answer, 'n');

    assert_int_equal(write(hold[1], "..", 2), 2);
    assert_int_equal(waitpid(first, NULL, 0), first);
    assert_int_equal(waitpid(second, NULL, 0), second);
    assert_false(keeper_find(place->dir, &found)); /* it went with its holder */
}

static void private_dir__is_made_with_mode_0700(void **state)
{
    struct place *place = *state;
    const char *path = place_path(place, "run");
    struct stat st;

    assert_int_equal(account_private_dir(&place->rq, path), ST_OK);

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(account_private_dir(&place->rq, path), ST_OK); /* found again */
}

static void private_dir__refuses_what_others_can_enter(void **state)
{
    struct place *place = *state;
    const char *path = place_path(place, "run");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0710), 0);

    assert_int_equal(account_private_dir(&place->rq, path), ST_UNAVAILABLE);
}

static void private_dir__refuses_a_link_to_a_good_directory(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place_path(place, "real"), 0700), 0);
    assert_int_equal(symlink("real", place_path(place, "run")), 0);

    assert_int_equal(account_private_dir(&place->rq, place_path(place, "run")), ST_UNAVAILABLE);
}

static void prepare__makes_the_directory_and_its_parents(void **state)
{
    struct place *place = *state;
    struct stat st;

    assert_int_equal(account_prepare(&place->rq, place_path(place, "a/b/data")), ST_OK);

    assert_int_equal(stat(place_path(place, "a/b/data"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(access(place_path(place, "a/b/data/clients.lock"), F_OK), 0);
    assert_int_equal(account_prepare(&place->rq, place_path(place, "a/b/data")), ST_OK);
}

static void prepare__leaves_a_directory_with_other_things_alone(void **state)
{
    struct place *place = *state;
    const char *dir = place_path(place, "home");
    struct stat before;
    struct stat after;
    assert_int_equal(mkdir(dir, 0755), 0);
    (void)place_write(place, "home/letter", "dear\n");
    assert_int_equal(stat(dir, &before), 0);

    assert_int_equal(account_prepare(&place->rq, dir), ST_UNAVAILABLE);

    assert_int_equal(stat(dir, &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_not_equal(access(place_path(place, "home/clients.lock"), F_OK), 0);
}

static void barrier__is_the_first_directory_that_cannot_be_entered(void **state)
{
    struct place *place = *state;

    assert_null(account_barrier(&place->arena, place->dir));
    assert_string_equal(account_barrier(&place->arena, place_path(place, "no/such")),
                        place_path(place, "no"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(keeper_lock__is_told_with_its_holder_and_without_taking_it),
        PLACE_TEST(private_dir__is_made_with_mode_0700),
        PLACE_TEST(private_dir__refuses_what_others_can_enter),
        PLACE_TEST(private_dir__refuses_a_link_to_a_good_directory),
        PLACE_TEST(prepare__makes_the_directory_and_its_parents),
        PLACE_TEST(prepare__leaves_a_directory_with_other_things_alone),
        PLACE_TEST(barrier__is_the_first_directory_that_cannot_be_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
