#include "planner/service/moment.h"

#include <time.h>

#include "planner/base/field.h"
#include "planner/service/cut.h"
#include "planner/store/db.h"

/* Not the 31st of February: what the calendar would move is no time. There is no year 0. */
static bool is_real_time(const struct tm *tm)
{
    struct tm moved = *tm;

    (void)timegm(&moved);
    return moved.tm_mday == tm->tm_mday && moved.tm_sec == tm->tm_sec && tm->tm_year > -1900;
}

/* ISO 8601, a date with or without a time; the store reads the rest of what it allows. */
enum status moment_check(struct req *rq, const char *arg, const char *text)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};

    for (size_t i = 0; text != NULL && i < LENGTH_OF(forms); i++) {
        struct tm tm = {0};
        const char *rest = strptime(text, forms[i], &tm);
        if (rest != NULL && !is_real_time(&tm))
            rest = NULL;
        if (rest != NULL && *rest == '.')
            rest += 1 + strspn(rest + 1, "0123456789");
        if (rest != NULL && (*rest == '\0' || strcmp(rest, "Z") == 0))
            return ST_OK;
    }
    if (text == NULL)
        return ST_OK;
    return req_fail(rq, ST_INVALID,
                    "'%s' must be a time in UTC like 2026-07-28 or 2026-07-28T14:05:00Z", arg);
}

struct hint_row {
    struct opt_bool late;
    struct cut_told *cut;
};
static const struct field hint_fields[] = {
    ROW_BOOL(struct hint_row, late, REQUIRED),
    ROW_OBJ(struct hint_row, cut, cut_told_fields, struct cut_told, OPTIONAL),
    FIELD_END,
};

enum status moment_missing(struct req *rq, const struct ref *ref, const char *as_of)
{
    const char *name = ref->text == NULL ? "the default project" : ref->text;
    struct hint_row hint = {0};
    bool found = false;

    TRY(db_read(rq, &q_moment_hint,
                PARAMS(ref->id, ref->text == NULL ? rq->directory : ref->slug, ref->number, as_of),
                INTO_FOUND(hint_fields, &hint, &found)));
    if (hint.cut != NULL)
        return cut_refuse_moment(rq, as_of, hint.cut);
    if (ref->text != NULL && !found)
        return ref_not_found(rq, ref);
    if (ref->text != NULL && !hint.late.v)
        return req_fail(rq, ST_NOT_FOUND, "'%s': %s was deleted before %s; history %s tells when",
                        ref->arg, name, as_of, name);
    return req_fail(rq, ST_NOT_FOUND, "'%s': %s did not exist at %s; history tells when it came",
                    ref->arg, name, as_of);
}
