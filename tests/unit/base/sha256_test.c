/* SHA-256: the sums of FIPS 180-4's examples, in one piece and in parts, and of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "planner/base/sha256.h"

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" /* of 'a' */

static void sha256__has_the_sums_of_the_standard(void **state)
{
    char hex[SHA256_HEX_LEN + 1];
    OWN_SHA256 *sum = sha256_new();
    (void)state;

    sha256_text(sum, hex);
    assert_string_equal(hex, OF_NOTHING);

    sha256_add(sum, "a", 1);
    sha256_add(sum, "bc", 2);
    sha256_text(sum, hex);
    assert_string_equal(hex, OF_ABC);
}

static void sha256__goes_on_after_it_was_told(void **state)
{
    char part[1000];
    char hex[SHA256_HEX_LEN + 1];
    OWN_SHA256 *sum = sha256_new();
    (void)state;

    memset(part, 'a', sizeof(part));
    for (int i = 0; i < 1000; i++) {
        sha256_add(sum, part, sizeof(part));
        sha256_text(sum, hex);
    }

    assert_string_equal(hex, OF_MILLION);
}

static void sha256_file__is_that_of_its_bytes_or_says_that_there_is_none(void **state)
{
    char path[] = "/tmp/planner-sha256.XXXXXX";
    char hex[SHA256_HEX_LEN + 1] = "";
    const int fd = mkstemp(path);
    (void)state;

    assert_true(fd >= 0);
    assert_true(sha256_file(path, hex));
    assert_string_equal(hex, OF_NOTHING);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_true(sha256_file(path, hex));
    (void)close(fd);
    (void)unlink(path);

    assert_string_equal(hex, OF_ABC);
    assert_false(sha256_file(path, hex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256__has_the_sums_of_the_standard),
        cmocka_unit_test(sha256__goes_on_after_it_was_told),
        cmocka_unit_test(sha256_file__is_that_of_its_bytes_or_says_that_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
