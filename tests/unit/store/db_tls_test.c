/* Which hosts need no TLS, and what is told when it does not come about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libpq-fe.h>

#include "../../../src/store/db_private.h"

static void db_host__is_local_by_what_nobody_can_move(void **state)
{
    static const char *const local[] = {"",          "/run/x",    "@x",  "localhost",
                                        "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"};
    static const char *const distant[] = {
        "127.0.0.1.example", "127.example", "localhost.example", "0x7f000001",
        "128.0.0.1",         "::2",         "::ffff:128.0.0.1",  "127.0.0.1,192.0.2.1"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(local); i++)
        assert_true(db_host_is_local(local[i]));
    for (size_t i = 0; i < LENGTH_OF(distant); i++)
        assert_false(db_host_is_local(distant[i]));
}

/* The words of libpq and of the server that tests/fault/tls.py meets, and others. */
static void db_tls__says_what_to_do(void **state)
{
    static const struct {
        const char *message, *part;
    } cases[] = {
        {"server does not support SSL, but SSL was required", "set 'tls' to disable"},
        {"server certificate for \"a\" does not match host name \"b\"", "verify-ca"},
        {"root certificate file \"/x\" does not exist", "'tls-ca'"},
        {"could not read root certificate file \"/x\": no start line", "'tls-ca'"},
        {"SSL error: certificate verify failed", "authority of 'tls-ca'"},
        {"FATAL:  connection requires a valid client certificate", "'tls-cert'"},
        {"private key file \"/x\" has group or world access", "'tls-key'"},
        {"could not read certificate file \"/x\": no start line", "'tls-key'"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const char *advice = db_tls_advice(cases[i].message);
        assert_non_null(advice);
        assert_non_null(strstr(advice, cases[i].part));
        assert_null(strstr(advice, "/x"));
        assert_true(strlen(advice) < sizeof(((struct db *)NULL)->gist));
        assert_true(db_gist_is_final(advice)); /* waiting does not mend it */
    }
    assert_null(db_tls_advice("connection refused"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(db_host__is_local_by_what_nobody_can_move),
        cmocka_unit_test(db_tls__says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
