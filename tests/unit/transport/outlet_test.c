/* The way out: nothing blocks, nothing is lost, nothing changes places, and there is an end to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/transport/outlet.h"

#define FRAME 1000 /* bytes of one frame of ours: a letter, repeated */

static struct outlet outlet;
static int ends[2]; /* where it is read, where it is written */

static int set_up_pipe(void **state)
{
    (void)state;
    assert_int_equal(pipe(ends), 0);
    outlet_init(&outlet, ends[1]);
    return 0;
}

static int set_up_socket(void **state)
{
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    outlet_init(&outlet, ends[1]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    outlet_destroy(&outlet);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

static void send_letters(char letter, size_t len)
{
    static char bytes[64 * 1024];

    memset(bytes, letter, sizeof(bytes));
    while (len > 0) {
        const size_t n = len < sizeof(bytes) ? len : sizeof(bytes);
        outlet_send(&outlet, bytes, n);
        len -= n;
    }
}

/* Frames of the letters a to z until something had to be queued; how many. */
static size_t send_until_queued(void)
{
    size_t n = 0;

    for (; outlet.queued == 0; n++)
        send_letters((char)('a' + n % 26), FRAME);
    return n;
}

/* The reader takes n frames, from number `first` on. */
static void assert_frames(size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++) {
        char bytes[FRAME];
        for (size_t got = 0; got < FRAME;) {
            const ssize_t more = read(ends[0], bytes + got, FRAME - got);
            assert_true(more > 0);
            got += (size_t)more;
            outlet_drain(&outlet);
        }
        for (size_t k = 0; k < FRAME; k++)
            assert_int_equal(bytes[k], 'a' + (int)(i % 26));
    }
}

static void outlet__writes_at_once_while_the_reader_keeps_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 500; i++) {
        send_letters((char)('a' + i % 26), FRAME);
        assert_int_equal(outlet.queued, 0);
        assert_null(outlet.first);
        assert_frames(i, 1);
    }
}

static void outlet__keeps_what_the_reader_leaves_in_order(void **state)
{
    size_t n = 0;

    (void)state;
    n = send_until_queued();
    for (size_t end = n + 300; n < end; n++)
        send_letters((char)('a' + n % 26), FRAME);

    assert_in_range(outlet.queued, 300 * FRAME, 301 * FRAME);
    assert_frames(0, n);
    assert_int_equal(outlet.queued, 0);
    assert_null(outlet.first);
}

static void outlet__queues_behind_what_is_queued(void **state)
{
    char bytes[20 * FRAME];
    size_t n = 0;

    (void)state;
    n = send_until_queued();
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), sizeof(bytes));
    send_letters('!', 1);

    assert_frames(20, n - 20);
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 1);
    assert_int_equal(bytes[0], '!');
}

static void outlet__has_room_below_the_cap_only(void **state)
{
    (void)state;
    (void)send_until_queued();
    send_letters('x', OUTLET_CAP - outlet.queued - 1);
    assert_int_equal(outlet.queued, OUTLET_CAP - 1);
    assert_true(outlet_has_room(&outlet));

    send_letters('x', 1);
    assert_int_equal(outlet.queued, OUTLET_CAP);
    assert_false(outlet_has_room(&outlet));

    send_letters('x', FRAME);
    assert_int_equal(outlet.queued, OUTLET_CAP + FRAME);
    assert_false(outlet_has_room(&outlet));
}

static void outlet__has_room_again_when_some_was_read(void **state)
{
    static char bytes[256 * 1024];

    (void)state;
    send_letters('x', OUTLET_CAP + 4 * sizeof(bytes));
    assert_false(outlet_has_room(&outlet));
    while (!outlet_has_room(&outlet)) {
        assert_true(read(ends[0], bytes, sizeof(bytes)) > 0);
        outlet_drain(&outlet);
    }
    assert_in_range(outlet.queued, OUTLET_CAP - sizeof(bytes), OUTLET_CAP - 1);
}

static void outlet__leaves_the_flags_of_its_descriptor_alone(void **state)
{
    const int before = fcntl(ends[1], F_GETFL);

    (void)state;
    (void)send_until_queued();

    assert_int_equal(before & O_NONBLOCK, 0);
    assert_int_equal(fcntl(ends[1], F_GETFL), before);
}

static void outlet__works_where_somebody_made_it_non_blocking(void **state)
{
    size_t n = 0;

    (void)state;
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    n = send_until_queued();

    assert_false(outlet.gone);
    assert_frames(0, n);
}

static void outlet__drops_everything_when_the_reader_has_gone(void **state)
{
    (void)state;
    (void)send_until_queued();
    (void)close(ends[0]);
    outlet_wait(&outlet, 1000);

    assert_true(outlet.gone);
    assert_int_equal(outlet.queued, 0);
    send_letters('x', FRAME);
    assert_int_equal(outlet.queued, 0);
    ends[0] = dup(ends[1]);
}

static void outlet__notes_a_reader_that_was_never_there(void **state)
{
    (void)state;
    (void)close(ends[0]);
    send_letters('x', FRAME);

    assert_true(outlet.gone);
    assert_null(outlet.first);
    ends[0] = dup(ends[1]);
}

static void outlet__writes_a_file_to_its_end(void **state)
{
    FILE *file = tmpfile();
    struct outlet to_file;
    char bytes[3 * FRAME];

    (void)state;
    memset(bytes, 'f', sizeof(bytes));
    outlet_init(&to_file, fileno(file));
    for (int i = 0; i < 100; i++)
        outlet_send(&to_file, bytes, sizeof(bytes));
    assert_int_equal(to_file.queued, 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 100 * sizeof(bytes));
    outlet_destroy(&to_file);
    (void)fclose(file);
}

#define ON_BOTH(name)                                              \
    cmocka_unit_test_setup_teardown(name, set_up_pipe, tear_down), \
        cmocka_unit_test_setup_teardown(name, set_up_socket, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(outlet__writes_at_once_while_the_reader_keeps_up),
        ON_BOTH(outlet__keeps_what_the_reader_leaves_in_order),
        ON_BOTH(outlet__queues_behind_what_is_queued),
        ON_BOTH(outlet__has_room_below_the_cap_only),
        ON_BOTH(outlet__has_room_again_when_some_was_read),
        ON_BOTH(outlet__leaves_the_flags_of_its_descriptor_alone),
        ON_BOTH(outlet__works_where_somebody_made_it_non_blocking),
        ON_BOTH(outlet__drops_everything_when_the_reader_has_gone),
        ON_BOTH(outlet__notes_a_reader_that_was_never_there),
        cmocka_unit_test(outlet__writes_a_file_to_its_end),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
