/* The manifest beside its file: which one fits, and what is no manifest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "planner/backup/backup.h"

/* "abc" */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"
#define FACTS                                                                           \
    "\"program\":\"0.1.0\",\"taken_at\":\"2026-11-22T13:45:00Z\",\"server\":\"15.18\"," \
    "\"server_major\":15,\"pg_dump\":15,\"store\":\"0123456789abcdef\",\"schema\":4,"   \
    "\"file\":\"abc\",\"tables\":[{\"name\":\"items\",\"rows\":2,\"hash\":\"1:-2\"}]"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
    char dir[64];
    const char *path;
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena, ARENA_CAP_DEFAULT);
    f->log.level = LOG_ERROR;
    f->rq = (struct req){.arena = &f->arena, .log = &f->log};
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/planner-manifest.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->path = arena_printf(&f->arena, "%s/abc", f->dir);
    put(f->path, "abc");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    (void)unlink(f->path);
    (void)unlink(arena_printf(&f->arena, "%s.manifest.json", f->path));
    (void)unlink(arena_printf(&f->arena, "%s.manifest.json.next", f->path));
    (void)rmdir(f->dir);
    arena_destroy(&f->arena);
    free(f);
    return 0;
}

static const char *manifest(struct fixture *f, int format, int bytes, const char *sha256)
{
    return arena_printf(&f->arena, "{\"format\":%d,\"bytes\":%d,\"sha256\":\"%s\"," FACTS "}\n",
                        format, bytes, sha256);
}

static enum status read_with(struct fixture *f, const char *end, const char *text,
                             struct backup_manifest *ret_manifest)
{
    put(arena_printf(&f->arena, "%s%s", f->path, end), text);
    return backup_read(&f->rq, f->path, ret_manifest);
}

static void backup_read__tells_what_the_manifest_says(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, ABC), &m), ST_OK);

    assert_int_equal(m.bytes.v, 3);
    assert_int_equal(m.schema.v, 4);
    assert_int_equal(m.tables.n, 1);
    assert_string_equal(LIST_AT(m.tables, 0, struct dump_table)->hash, "1:-2");
    assert_int_equal(backup_verify(&f->rq, f->path, &m), ST_OK);
}

static void backup_read__takes_the_manifest_that_fits_where_a_writer_was_killed(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 4, ABC), &m), ST_CONFLICT);
    assert_int_equal(read_with(f, ".manifest.json.next", manifest(f, 1, 3, ABC), &m), ST_OK);
}

static void backup_read__a_manifest_that_is_about_to_be_does_not_hide_the_one_that_is(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, ABC), &m), ST_OK);
    assert_int_equal(read_with(f, ".manifest.json.next", "{\"format\":", &m), ST_OK);
    assert_int_equal(read_with(f, ".manifest.json.next", manifest(f, 1, 9, ABC), &m), ST_OK);
    assert_int_equal(m.bytes.v, 3);
}

static void backup_read__of_two_that_fit_by_size_takes_that_of_the_bytes(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, ABC), &m), ST_OK);
    assert_int_equal(read_with(f, ".manifest.json.next", manifest(f, 1, 3, OTHER), &m), ST_OK);
    assert_string_equal(m.sha256, ABC);
    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, OTHER), &m), ST_OK);
    assert_int_equal(read_with(f, ".manifest.json.next", manifest(f, 1, 3, ABC), &m), ST_OK);
    assert_string_equal(m.sha256, ABC);
}

static void backup_read__refuses_what_is_no_manifest(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(backup_read(&f->rq, f->path, &m), ST_CONFLICT);
    assert_non_null(strstr(f->rq.message, "there is no manifest"));
    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 2, 3, ABC), &m), ST_CONFLICT);
    assert_non_null(strstr(f->rq.message, "'format'"));
    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, "ab"), &m), ST_CONFLICT);
    assert_int_equal(read_with(f, ".manifest.json", "[]", &m), ST_CONFLICT);
    assert_int_equal(read_with(f, ".manifest.json", "", &m), ST_CONFLICT);
    assert_int_equal(backup_read(&f->rq, f->dir, &m), ST_NOT_FOUND);
    assert_int_equal(backup_read(&f->rq, "/nonexistent", &m), ST_NOT_FOUND);
}

/* Rights are no damage: another backup would not help. */
static void backup_read__a_manifest_without_rights_is_not_called_damaged(void **state)
{
    struct fixture *f = *state;
    const bool is_root = geteuid() == 0;
    struct backup_manifest found;
    enum status status = ST_OK;

    put(arena_printf(&f->arena, "%s.manifest.json", f->path), manifest(f, 1, 3, ABC));
    assert_int_equal(chmod(arena_printf(&f->arena, "%s.manifest.json", f->path), 0), 0);
    assert_int_equal(chmod(f->dir, S_IRWXU | S_IXGRP | S_IXOTH), 0);
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    status = backup_read(&f->rq, f->path, &found);
    if (is_root)
        assert_int_equal(seteuid(0), 0);

    assert_int_equal(status, ST_UNAVAILABLE);
    assert_non_null(strstr(f->rq.message, "cannot be read (Permission denied)"));
}

static void backup_verify__finds_bytes_that_changed(void **state)
{
    struct fixture *f = *state;
    struct backup_manifest m = {0};

    assert_int_equal(read_with(f, ".manifest.json", manifest(f, 1, 3, ABC), &m), ST_OK);
    put(f->path, "abd");

    assert_int_equal(backup_read(&f->rq, f->path, &m), ST_OK);
    assert_int_equal(backup_verify(&f->rq, f->path, &m), ST_CONFLICT);
}

#define MANIFEST_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MANIFEST_TEST(backup_read__tells_what_the_manifest_says),
        MANIFEST_TEST(backup_read__takes_the_manifest_that_fits_where_a_writer_was_killed),
        MANIFEST_TEST(backup_read__a_manifest_that_is_about_to_be_does_not_hide_the_one_that_is),
        MANIFEST_TEST(backup_read__of_two_that_fit_by_size_takes_that_of_the_bytes),
        MANIFEST_TEST(backup_read__refuses_what_is_no_manifest),
        MANIFEST_TEST(backup_read__a_manifest_without_rights_is_not_called_damaged),
        MANIFEST_TEST(backup_verify__finds_bytes_that_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
