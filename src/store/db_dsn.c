/*
 * Words in connection strings that other drivers know and libpq does not: it would refuse the whole
 * string for them. `pgbouncer=true` and `statement_cache_size=0` are understood; the others size
 * pools and caches or name a schema, of which there is nothing here to set.
 */
#include "db_private.h"

#include <strings.h>

#include "planner/base/buf.h"

#define SPACE " \t\r\n" /* between the words of a string that is no URI */

struct word {
    const char *name, *value, *end;
    size_t name_len, value_len;
};

static bool is_word(const struct word *word, const char *name)
{
    return word->name_len == strlen(name) && strncmp(name, word->name, word->name_len) == 0;
}

static bool is_foreign(const struct word *word)
{
    static const char *const names[] = {"pgbouncer", "connection_limit", "pool_timeout",
                                        "statement_cache_size", "schema"};

    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        if (is_word(word, names[i]))
            return true;
    }
    return false;
}

static bool has_value(const struct word *word, const char *value)
{
    return word->value_len == strlen(value) &&
           strncasecmp(value, word->value, word->value_len) == 0;
}

static bool says_pooled(const struct word *word)
{
    static const char *const yes[] = {"true", "1", "on", "yes"};
    bool says = false;

    for (size_t i = 0; i < LENGTH_OF(yes); i++)
        says = says || has_value(word, yes[i]);
    return says && is_word(word, "pgbouncer");
}

static bool says_nameless(const struct word *word)
{
    return is_word(word, "statement_cache_size") && has_value(word, "0");
}

/* name=value& */
static void read_uri_word(const char *at, struct word *ret_word)
{
    const size_t len = strcspn(at, "&");
    const char *equals = memchr(at, '=', len);

    *ret_word = (struct word){.name = at, .end = at + len};
    ret_word->name_len = equals == NULL ? len : (size_t)(equals - at);
    ret_word->value = equals == NULL ? at + len : equals + 1;
    ret_word->value_len = (size_t)(at + len - ret_word->value);
}

/* The end of a value that begins at `at`: 'a \' b' or up to a blank. */
static const char *value_end(const char *at)
{
    const char *const ends = *at == '\'' ? "'" : SPACE;

    for (at += *at == '\''; *at != '\0' && strchr(ends, *at) == NULL; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
    }
    return at;
}

/* name = value, with blanks around the equals sign or none; libpq judges what is neither. */
static void read_pair_word(const char *at, struct word *ret_word)
{
    struct word word = {.name = at, .name_len = strcspn(at, "=" SPACE)};

    at += word.name_len;
    at += strspn(at, SPACE);
    at += *at == '=';
    at += strspn(at, SPACE);
    word.value = at + (*at == '\'');
    at = value_end(at);
    word.value_len = (size_t)(at - word.value);
    word.end = at + (*at == '\'');
    *ret_word = word;
}

static bool is_uri(const char *dsn)
{
    return strncmp(dsn, "postgresql://", 13) == 0 || strncmp(dsn, "postgres://", 11) == 0;
}

/* The question mark before the words; a password may have one, too. */
static const char *words_of_uri(const char *dsn)
{
    const char *authority = strstr(dsn, "://") + 3;
    const size_t len = strcspn(authority, "/");
    const char *at = memchr(authority, '@', len);

    return strchr(at == NULL ? authority : at, '?');
}

const char *db_dsn_plain(struct arena *arena, const char *dsn, struct db_dsn_words *ret_words)
{
    struct buf out = BUF_IN(arena);
    const bool uri = is_uri(dsn);
    const char *at = uri ? words_of_uri(dsn) : dsn;
    const char *parting = uri ? "?" : "";

    *ret_words = (struct db_dsn_words){0};
    if (at == NULL)
        return dsn;
    buf_add(&out, dsn, (size_t)(at - dsn));
    for (at += strspn(at, uri ? "?" : SPACE); *at != '\0'; at += strspn(at, uri ? "&" : SPACE)) {
        struct word word;
        (uri ? read_uri_word : read_pair_word)(at, &word);
        at = word.end;
        ret_words->pooled = ret_words->pooled || says_pooled(&word);
        ret_words->nameless = ret_words->nameless || says_nameless(&word);
        if (is_foreign(&word))
            continue;
        buf_text(&out, parting);
        buf_add(&out, word.name, (size_t)(word.end - word.name));
        parting = uri ? "&" : " ";
    }
    return buf_str(&out);
}
