/* Connection strings for people to read. libpq says which of their parts are passwords. */
#include "config_private.h"

#include "planner/base/buf.h"
#include "planner/store/db.h"

#define MASK "***"

static bool is_password(const PQconninfoOption *option)
{
    return option->dispchar != NULL && option->dispchar[0] == '*';
}

static PQconninfoOption *parts_of(struct arena *arena, const char *dsn)
{
    struct db_dsn_words words;

    return PQconninfoParse(db_dsn_plain(arena, dsn, &words), NULL);
}

bool dsn_is_torn(const PQconninfoOption *parts)
{
    for (const PQconninfoOption *part = parts; part->keyword != NULL; part++) {
        const bool is_host = strcmp(part->keyword, "host") == 0 && part->val != NULL;
        const bool is_port = strcmp(part->keyword, "port") == 0 && part->val != NULL;
        if ((is_host && strchr(part->val, '@') != NULL && part->val[0] != '@') ||
            (is_port && part->val[strspn(part->val, "0123456789,")] != '\0'))
            return true;
    }
    return false;
}

const char *dsn_masked(struct arena *arena, const char *dsn)
{
    PQconninfoOption *parts = parts_of(arena, dsn);
    struct buf out = BUF_IN(arena);

    if (parts == NULL)
        return MASK;
    if (dsn_is_torn(parts)) {
        PQconninfoFree(parts);
        return MASK;
    }
    for (const PQconninfoOption *part = parts; part->keyword != NULL; part++) {
        if (part->val == NULL)
            continue;
        buf_printf(&out, "%s%s=", out.len > 0 ? " " : "", part->keyword);
        if (is_password(part))
            buf_text(&out, MASK);
        else if (*part->val == '\0' || strpbrk(part->val, " '\\\t") != NULL)
            buf_quoted(&out, part->val);
        else
            buf_text(&out, part->val);
    }
    PQconninfoFree(parts);
    return buf_str(&out);
}

bool dsn_has_password(struct arena *arena, const char *dsn)
{
    PQconninfoOption *parts = parts_of(arena, dsn);
    bool has = parts == NULL || dsn_is_torn(parts); /* who knows */

    for (const PQconninfoOption *part = parts; part != NULL && part->keyword != NULL; part++)
        has = has || (is_password(part) && part->val != NULL);
    PQconninfoFree(parts);
    return has;
}

bool dsn_is_readable(struct arena *arena, const char *dsn)
{
    PQconninfoOption *parts = parts_of(arena, dsn);
    const bool readable = parts != NULL && !dsn_is_torn(parts);

    PQconninfoFree(parts);
    return readable;
}
