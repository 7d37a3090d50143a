/* Memory of a request: alignment, zeroing, reset, and the latch at the cap. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/arena.h"
#include "planner/base/buf.h"
#include "planner/base/req.h"

#define ALIGN alignof(max_align_t)

static bool is_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void arena_alloc__is_aligned_for_any_type(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    for (size_t size = 0; size < 200; size++) {
        const char *ptr = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)ptr % ALIGN, 0);
    }
    assert_int_equal((uintptr_t)arena_alloc(&arena, 100000) % ALIGN, 0);
    arena_destroy(&arena);
}

static void arena_alloc__never_overlaps(void **state)
{
    struct arena arena;
    char *ptrs[300];

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    for (size_t i = 0; i < LENGTH_OF(ptrs); i++) {
        ptrs[i] = arena_alloc(&arena, i * 7);
        memset(ptrs[i], (int)i, i * 7);
    }
    for (size_t i = 0; i < LENGTH_OF(ptrs); i++) {
        for (size_t j = 0; j < i * 7; j++)
            assert_int_equal((unsigned char)ptrs[i][j], i & 0xFF);
    }
    arena_destroy(&arena);
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

static void arena_alloc__forbids_what_is_behind_a_piece(void **state)
{
    struct arena arena;
    char *first = NULL;
    char *second = NULL;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    first = arena_alloc(&arena, 5);
    second = arena_alloc(&arena, 16);

    assert_false(__asan_address_is_poisoned(first + 4));
    assert_true(__asan_address_is_poisoned(first + 5));
    assert_true(__asan_address_is_poisoned(second - 1));
    assert_true(__asan_address_is_poisoned(second + 16));
    arena_reset(&arena);
    assert_true(__asan_address_is_poisoned(first));
    arena_destroy(&arena);
}
#endif

static void arena_alloc__is_zeroed_again_after_a_reset(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    memset(arena_alloc(&arena, 1000), 0xAA, 1000);
    arena_reset(&arena);

    assert_true(is_zero(arena_alloc(&arena, 1000), 1000));
    arena_destroy(&arena);
}

static void arena_reset__forgets_use_and_latch(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 100);
    arena_alloc(&arena, 100000);
    assert_true(arena_over(&arena));

    arena_reset(&arena);

    assert_false(arena_over(&arena));
    assert_int_equal(arena.used, 0);
    arena_destroy(&arena);
}

static void arena_reset__keeps_the_usual_chunk_and_frees_the_rest(void **state)
{
    struct arena arena;
    void *first = NULL;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    first = arena_alloc(&arena, 10);
    arena_alloc(&arena, 500000);
    arena_reset(&arena);
    assert_ptr_equal(arena_alloc(&arena, 10), first);

    arena_destroy(&arena);
    assert_null(arena.head);
}

static void arena_reset__of_an_unused_arena_does_nothing(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 100);
    arena_reset(&arena);

    assert_false(arena_over(&arena));
    arena_destroy(&arena);
}

static void arena_over__is_false_at_exactly_the_cap(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 64 * ALIGN);
    for (int i = 0; i < 64; i++)
        arena_alloc(&arena, ALIGN);

    assert_int_equal(arena.used, arena.cap);
    assert_false(arena_over(&arena));
    arena_destroy(&arena);
}

static void arena_over__latches_one_byte_beyond_the_cap(void **state)
{
    struct arena arena;
    char *more = NULL;

    (void)state;
    arena_init(&arena, 64 * ALIGN);
    arena_alloc(&arena, 64 * ALIGN);
    assert_false(arena_over(&arena));

    more = arena_alloc(&arena, 1);

    assert_non_null(more);
    *more = 'x'; /* it goes on serving */
    assert_true(arena_over(&arena));
    arena_destroy(&arena);
}

static void arena_array__latches_instead_of_overflowing(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    assert_non_null(arena_array(&arena, SIZE_MAX / 4, 8));
    assert_true(arena_over(&arena));

    arena_reset(&arena);
    assert_non_null(arena_array(&arena, 10, 8));
    assert_false(arena_over(&arena));
    arena_destroy(&arena);
}

static void arena_strdup__copies_and_passes_null_on(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    assert_null(arena_strdup(&arena, NULL));
    assert_string_equal(arena_strdup(&arena, "abc"), "abc");
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_destroy(&arena);
}

static void arena_printf__formats_any_length(void **state)
{
    struct arena arena;
    char *text = NULL;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    text = arena_printf(&arena, "%s %05d %50000s", "a", 42, "z");

    assert_int_equal(strlen(text), 50008);
    assert_memory_equal(text, "a 00042 ", 8);
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    arena_destroy(&arena);
}

static void buf__grows_and_stays_terminated(void **state)
{
    struct arena arena;
    struct buf buf = BUF_IN(&arena);

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    for (int i = 0; i < 5000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.ptr[buf.len], '\0');
    }
    assert_int_equal(buf.len, 5000);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(buf_str(&buf)[i], 'a' + i % 26);
    arena_destroy(&arena);
}

static void buf__fits_exactly_before_it_grows(void **state)
{
    struct arena arena;
    struct buf buf = BUF_IN(&arena);
    const char *before = NULL;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    buf_add(&buf, "x", 1);
    before = buf.ptr;
    while (buf.len < buf.cap - 1)
        buf_char(&buf, 'x');
    assert_ptr_equal(buf.ptr, before);

    buf_char(&buf, 'y');

    assert_ptr_not_equal(buf.ptr, before);
    assert_int_equal(strlen(buf.ptr), buf.len);
    arena_destroy(&arena);
}

static void buf__adds_texts_and_formats(void **state)
{
    struct arena arena;
    struct buf buf = BUF_IN(&arena);

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    assert_string_equal(buf_str(&buf), "");
    buf_text(&buf, NULL);
    assert_string_equal(buf_str(&buf), "");

    buf_text(&buf, "a");
    buf_printf(&buf, "-%d-%s", 7, "b");
    buf_add(&buf, "cdef", 2);
    buf_add(&buf, "", 0);

    assert_string_equal(buf_str(&buf), "a-7-bcd");
    arena_destroy(&arena);
}

static void req_check_memory__says_how_much_is_allowed(void **state)
{
    struct arena arena;
    struct req rq = {.arena = &arena};

    (void)state;
    arena_init(&arena, (size_t)2 * 1024 * 1024);
    assert_int_equal(req_check_memory(&rq), ST_OK);
    arena_alloc(&arena, (size_t)3 * 1024 * 1024);

    assert_int_equal(req_check_memory(&rq), ST_LIMIT);
    assert_string_equal(rq.message,
                        "the request needs more than 2 MiB of memory; split it into smaller calls");
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc__is_aligned_for_any_type),
        cmocka_unit_test(arena_alloc__never_overlaps),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(arena_alloc__forbids_what_is_behind_a_piece),
#endif
        cmocka_unit_test(arena_alloc__is_zeroed_again_after_a_reset),
        cmocka_unit_test(arena_reset__forgets_use_and_latch),
        cmocka_unit_test(arena_reset__keeps_the_usual_chunk_and_frees_the_rest),
        cmocka_unit_test(arena_reset__of_an_unused_arena_does_nothing),
        cmocka_unit_test(arena_over__is_false_at_exactly_the_cap),
        cmocka_unit_test(arena_over__latches_one_byte_beyond_the_cap),
        cmocka_unit_test(arena_array__latches_instead_of_overflowing),
        cmocka_unit_test(arena_strdup__copies_and_passes_null_on),
        cmocka_unit_test(arena_printf__formats_any_length),
        cmocka_unit_test(buf__grows_and_stays_terminated),
        cmocka_unit_test(buf__fits_exactly_before_it_grows),
        cmocka_unit_test(buf__adds_texts_and_formats),
        cmocka_unit_test(req_check_memory__says_how_much_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
