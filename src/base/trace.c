#include "planner/base/trace.h"

#include <stddef.h>
#include <string.h>

#define HEX         "0123456789abcdef"
#define PARENT_LEN  ((size_t)55) /* 00-TRACE-SPAN-FLAGS */
#define STATE_MAX   512          /* characters: what the standard asks everybody to pass on */
#define MEMBERS_MAX 32
#define KEY_MAX     256 /* characters */
#define VALUE_MAX   256

#define KEY_FIRST "abcdefghijklmnopqrstuvwxyz0123456789"
#define KEY_REST  KEY_FIRST "_-*/@"

static bool is_hex(const char *text, size_t n)
{
    return strspn(text, HEX) >= n;
}

static bool is_zero(const char *text, size_t n)
{
    return strspn(text, "0") >= n;
}

/* Version 00 is exactly this long; later ones may go on behind another dash; ff is none. */
static bool parent_is_valid(const char *text)
{
    const size_t len = strlen(text);

    if (len < PARENT_LEN || !is_hex(text, 2) || text[2] != '-' || !is_hex(text + 3, 32) ||
        text[35] != '-' || !is_hex(text + 36, 16) || text[52] != '-' || !is_hex(text + 53, 2))
        return false;
    if (strncmp(text, "ff", 2) == 0 || is_zero(text + 3, 32) || is_zero(text + 36, 16))
        return false;
    return len == PARENT_LEN || (strncmp(text, "00", 2) != 0 && text[PARENT_LEN] == '-');
}

static bool value_is_valid(const char *text, size_t len)
{
    if (len == 0 || len > VALUE_MAX || text[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == '=')
            return false;
    }
    return true;
}

/* One "key=value" of the list, blanks around it allowed. */
static bool member_is_valid(const char *text, size_t len)
{
    size_t key = 0;

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    if (len == 0)
        return true; /* the standard allows empty members */
    key = strspn(text, KEY_REST);
    if (key == 0 || key > KEY_MAX || key >= len || strchr(KEY_FIRST, *text) == NULL)
        return false;
    return text[key] == '=' && value_is_valid(text + key + 1, len - key - 1);
}

static bool state_is_valid(const char *text)
{
    size_t n = 1;

    if (*text == '\0' || strlen(text) > STATE_MAX)
        return false;
    for (;; n++) {
        const size_t len = strcspn(text, ",");
        if (n > MEMBERS_MAX || !member_is_valid(text, len))
            return false;
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

bool trace_read(const char *traceparent, const char *tracestate, struct trace *ret_trace)
{
    struct trace trace = {.sampled = false};

    if (traceparent == NULL || !parent_is_valid(traceparent))
        return false;
    memcpy(trace.trace_id, traceparent + 3, 32);
    memcpy(trace.span_id, traceparent + 36, 16);
    trace.sampled = strchr("13579bdf", traceparent[54]) != NULL; /* the lowest bit */
    if (tracestate != NULL && state_is_valid(tracestate))
        trace.state = tracestate;
    *ret_trace = trace;
    return true;
}
