#include "planner/service/moment.h"

#include <time.h>

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

enum status moment_missing(struct req *rq, const struct ref *ref, const char *as_of)
{
    return req_fail(rq, ST_NOT_FOUND, "'%s': %s did not exist at %s; history tells when it came",
                    ref->arg, ref->text == NULL ? "the default project" : ref->text, as_of);
}
