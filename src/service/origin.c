#include "planner/service/origin.h"

#include "planner/service/page.h"

#define RECORD_CHARS 16000 /* one more is read; sql/queries/item_read.sql */
#define PLACE_DIGITS 9     /* what an integer holds, whatever the digits */
#define RECORD_NAME  12    /* bytes of JSON around a record: ,"record":"" */
#define RECORD_LEAST 100   /* bytes of a record; no row is told for less */

const struct field origin_fields[] = {
    ROW_STR(struct origin_row, program, REQUIRED), ROW_STR(struct origin_row, kind, REQUIRED),
    ROW_STR(struct origin_row, id, REQUIRED),      ROW_STR(struct origin_row, at, REQUIRED),
    ROW_STR(struct origin_row, record, OPTIONAL),  FIELD_END,
};

enum status origin_place_check(struct req *rq, const char *const *place)
{
    for (size_t i = 0; i < ORIGIN_PLACES; i++) {
        if (place[i] != NULL && !cursor_is_number(place[i], PLACE_DIGITS))
            return cursor_wrong(rq);
    }
    return ST_OK;
}

static int64_t place_number(const char *part)
{
    return part == NULL ? 0 : strtol(part, NULL, 10);
}

/* Bytes of at most `max` characters, and how many characters these are. */
static size_t chars_of(const char *text, size_t len, size_t max, size_t *ret_chars)
{
    size_t at = 0;
    size_t chars = 0;

    while (at < len) {
        if (((unsigned char)text[at] & 0xC0) != 0x80 && chars++ == max) {
            chars--;
            break;
        }
        at++;
    }
    *ret_chars = chars;
    return at;
}

/* What fits of a record; true when it was not all of it. */
static bool cut_record(struct req *rq, size_t room, struct origin_row *row, size_t *ret_chars)
{
    size_t fits = page_cut(row->record, 0, room);
    const bool whole = row->record[fits] == '\0';
    const size_t told = chars_of(row->record, fits, RECORD_CHARS, ret_chars);
    const bool cut = !whole || told < fits;

    row->record = arena_copy(rq->arena, row->record, told);
    return cut;
}

bool origin_cut(struct req *rq, size_t budget, size_t limit, const char *const *place,
                struct list *rows, const char **ret_place)
{
    int64_t told = place_number(place[0]);
    size_t chars = 0;
    size_t n = 0;
    bool cut = false;

    for (; n < rows->n && n < limit && !cut; n++) {
        struct origin_row *row = LIST_AT(*rows, n, struct origin_row);
        const struct origin_row head = {row->program, row->kind, row->id, row->at, NULL};
        struct json_out out = JSON_OUT_IN(rq->arena);
        field_encode(origin_fields, &head, &out);
        if (out.buf.len + RECORD_NAME + RECORD_LEAST > budget)
            break;
        budget -= out.buf.len + RECORD_NAME;
        if (row->record == NULL)
            continue;
        cut = cut_record(rq, budget, row, &chars);
        budget -= page_cost(row->record, strlen(row->record));
    }
    if (!cut && n == rows->n)
        return false;
    rows->n = n;
    told += (int64_t)n - cut;
    chars = cut ? chars : 0;
    if (told == place_number(place[0])) /* the record that the page began with */
        chars += (size_t)place_number(place[1]);
    ret_place[0] = arena_printf(rq->arena, "%lld", (long long)told);
    ret_place[1] = arena_printf(rq->arena, "%zu", chars);
    return true;
}
