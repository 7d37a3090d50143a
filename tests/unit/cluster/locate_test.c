/* Where the cluster lives: the same answer in every process, and a socket path that fits. */
#include "cluster_helper.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/cluster/cluster.h"

/* An absolute path of `len` bytes that does not exist. */
static const char *path_of(struct place *place, size_t len)
{
    char *path = arena_alloc(&place->arena, len + 1);

    memset(path, 'x', len);
    path[0] = '/';
    return path;
}

static size_t socket_len(const char *dir)
{
    return strlen(dir) + strlen("/" CLUSTER_SOCKET);
}

static void socket_dir__is_in_the_data_directory_up_to_107_bytes(void **state)
{
    struct place *place = *state;
    const char *data = path_of(place, 107 - socket_len("/run"));

    const char *dir = cluster_socket_dir(&place->rq, &place->arena, data);

    assert_int_equal(socket_len(dir), 107);
    assert_string_equal(dir, arena_printf(&place->arena, "%s/run", data));
}

static void socket_dir__is_a_short_one_from_108_bytes_on(void **state)
{
    struct place *place = *state;
    const char *data = path_of(place, 108 - socket_len("/run"));

    const char *dir = cluster_socket_dir(&place->rq, &place->arena, data);

    assert_int_equal(strncmp(dir, "/tmp/mcp-planner-", 17), 0);
    assert_true(socket_len(dir) <= 107);
}

static void short_socket_dir__follows_from_the_data_directory_alone(void **state)
{
    struct place *place = *state;
    const char *one = cluster_socket_dir(&place->rq, &place->arena, path_of(place, 200));
    const char *other = cluster_socket_dir(&place->rq, &place->arena, path_of(place, 201));

    assert_int_equal(setenv("XDG_RUNTIME_DIR", place->dir, 1), 0);
    assert_string_equal(cluster_socket_dir(&place->rq, &place->arena, path_of(place, 200)), one);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);

    assert_string_not_equal(one, other);
}

static void socket_dir__has_no_comma_which_ends_a_host_name(void **state)
{
    struct place *place = *state;

    const char *dir = cluster_socket_dir(&place->rq, &place->arena, "/home/a,b/data");

    assert_null(strchr(dir, ','));
}

static void locate__refuses_a_relative_path(void **state)
{
    struct place *place = *state;
    struct cluster cluster;

    assert_int_equal(cluster_locate(&place->rq, &place->arena, "data", &cluster), ST_INVALID);

    assert_non_null(strstr(place->rq.message, "'data-dir'"));
}

static void locate__refuses_a_line_break_which_postmaster_pid_cannot_hold(void **state)
{
    struct place *place = *state;
    struct cluster cluster;

    assert_int_equal(cluster_locate(&place->rq, &place->arena, "/a\nb", &cluster), ST_INVALID);
}

static void locate__gives_two_names_of_one_directory_the_same_answer(void **state)
{
    struct place *place = *state;
    struct cluster direct;
    struct cluster linked;
    assert_int_equal(symlink(place->dir, place_path(place, "link")), 0);

    assert_int_equal(
        cluster_locate(&place->rq, &place->arena, place_path(place, "new/data"), &direct), ST_OK);
    assert_int_equal(
        cluster_locate(&place->rq, &place->arena, place_path(place, "link/new/data/"), &linked),
        ST_OK);

    assert_string_equal(direct.data_dir, linked.data_dir);
    assert_int_equal(direct.clients_fd, -1);
}

static void locate__only_looks(void **state)
{
    struct place *place = *state;
    struct cluster cluster;
    const char *data = place_path(place, "data");

    assert_int_equal(cluster_locate(&place->rq, &place->arena, data, &cluster), ST_OK);

    assert_int_not_equal(access(data, F_OK), 0);
}

static void connection__quotes_what_libpq_would_misread(void **state)
{
    struct place *place = *state;
    const struct cluster plain = {"/d", "/d/run", -1};
    const struct cluster odd = {"/d", "/it's \\ here", -1};

    assert_string_equal(cluster_connection(&place->arena, &plain),
                        "host=/d/run port=5432 user=planner dbname=planner");
    assert_string_equal(cluster_connection(&place->arena, &odd),
                        "host='/it\\'s \\\\ here' port=5432 user=planner dbname=planner");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(socket_dir__is_in_the_data_directory_up_to_107_bytes),
        PLACE_TEST(socket_dir__is_a_short_one_from_108_bytes_on),
        PLACE_TEST(short_socket_dir__follows_from_the_data_directory_alone),
        PLACE_TEST(socket_dir__has_no_comma_which_ends_a_host_name),
        PLACE_TEST(locate__refuses_a_relative_path),
        PLACE_TEST(locate__refuses_a_line_break_which_postmaster_pid_cannot_hold),
        PLACE_TEST(locate__gives_two_names_of_one_directory_the_same_answer),
        PLACE_TEST(locate__only_looks),
        PLACE_TEST(connection__quotes_what_libpq_would_misread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
