/*
 * What a connection string says, held against what libpq takes and against the files that are here:
 * it would come out at the first connection otherwise, in libpq's words. Nobody is connected to.
 */
#include "config_private.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/store/db.h"

#define SHOWN "%.60s" /* of a wrong value */

/* One connection string that is being looked at. */
struct check {
    struct arena *arena;
    const struct invocation *invocation;
    const char *name; /* dsn or read-dsn */
    const PQconninfoOption *parts;
    struct sentences *problems, *warnings;
};

static const char *part_of(const struct check *c, const char *keyword)
{
    return dsn_part(c->parts, keyword);
}

static void PRINTF_LIKE(3, 4)
    say(const struct check *c, struct sentences *list, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    sentence_add(list, arena_vprintf(c->arena, fmt, args));
    va_end(args);
}

/* Who says what the string says of a keyword: "'dsn' (flag --dsn)". */
static const char *says(const struct check *c, const char *keyword)
{
    return origin_of(c->arena, c->invocation, c->name, keyword, part_of(c, keyword));
}

/* The string, or what it was put together from. */
static const char *subject(const struct check *c)
{
    return origin_of(c->arena, c->invocation, c->name, "", NULL);
}

static bool is_one_of(const char *value, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(value, *words) == 0)
            return true;
    }
    return false;
}

/* Whether a word is in "one, two, three", in any case. */
static bool is_listed(const char *value, const char *words)
{
    const size_t len = strlen(value);

    for (; *words != '\0'; words += strspn(words, ", ")) {
        const size_t n = strcspn(words, ",");
        if (n == len && strncasecmp(words, value, n) == 0)
            return true;
        words += n;
    }
    return false;
}

/* ------------------------------------------------------------------ words and numbers */

static bool is_remote(const struct check *c)
{
    const char *hosts = part_of(c, part_of(c, "hostaddr") != NULL ? "hostaddr" : "host");
    bool remote = false;

    while (hosts != NULL) {
        const size_t len = strcspn(hosts, ",");
        remote = remote || !db_host_is_local(arena_copy(c->arena, hosts, len));
        hosts = hosts[len] == ',' ? hosts + len + 1 : NULL;
    }
    return remote;
}

static void check_sslmode(const struct check *c)
{
    static const char *const words[] = {"disable",   "allow",       "prefer", "require",
                                        "verify-ca", "verify-full", NULL};
    static const char *const weak[] = {"allow", "prefer", NULL};
    const char *mode = part_of(c, "sslmode");

    if (mode == NULL || c->invocation->options.tls != NULL) /* which counts instead */
        return;
    if (!is_one_of(mode, words))
        say(c, c->problems,
            "%s says sslmode=" SHOWN
            ", which is none of disable, allow, prefer, require, verify-ca "
            "and verify-full; correct it, or leave it out and set 'tls'",
            says(c, "sslmode"), mode);
    else if (is_one_of(mode, weak) && is_remote(c))
        say(c, c->warnings,
            "%s says sslmode=%s, with which a host that is not local may be talked to without "
            "encryption; leave it out, or set 'tls' to require or more",
            says(c, "sslmode"), mode);
}

static void check_target(const struct check *c)
{
    static const char *const words[] = {"any",     "read-write",     "read-only", "primary",
                                        "standby", "prefer-standby", NULL};
    static const char *const standbys[] = {"read-only", "standby", "prefer-standby", NULL};
    static const char *const primaries[] = {"read-write", "primary", NULL};
    const char *target = part_of(c, "target_session_attrs");
    const bool reads = strcmp(c->name, "read-dsn") == 0;

    if (target == NULL)
        return;
    if (!is_one_of(target, words))
        say(c, c->problems,
            "%s says target_session_attrs=" SHOWN ", which is none of any, read-write, read-only, "
            "primary, standby and prefer-standby; correct it, or leave it out",
            says(c, "target_session_attrs"), target);
    else if (!reads && is_one_of(target, standbys))
        say(c, c->problems,
            "%s says target_session_attrs=%s, which leads to a server that takes no writes; say "
            "read-write, and name a standby to read from with 'read-dsn'",
            says(c, "target_session_attrs"), target);
    else if (reads && is_one_of(target, primaries))
        say(c, c->warnings,
            "%s says target_session_attrs=%s, which leads to the primary; leave it out",
            says(c, "target_session_attrs"), target);
}

/* The other words that libpq refuses before it connects; it compares versions in any case. */
static void check_words(const struct check *c)
{
    static const struct {
        const char *keyword;
        const char *words;
    } known[] = {
        {"gssencmode", "disable, prefer, require"},
        {"channel_binding", "disable, prefer, require"},
        {"ssl_min_protocol_version", "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"},
        {"ssl_max_protocol_version", "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"},
    };

    for (size_t i = 0; i < LENGTH_OF(known); i++) {
        const char *value = part_of(c, known[i].keyword);
        if (value != NULL && *value != '\0' && !is_listed(value, known[i].words))
            say(c, c->problems,
                "%s says %s=" SHOWN ", which is none of %s; correct it, or leave it out",
                says(c, known[i].keyword), known[i].keyword, value, known[i].words);
    }
}

static bool is_int(const char *text)
{
    char *end = NULL;
    long number = 0;

    errno = 0;
    number = strtol(text, &end, 10);
    return end != text && end[strspn(end, " \t")] == '\0' && errno == 0 && number >= INT_MIN &&
           number <= INT_MAX;
}

/* libpq looks at these when it has reached a host, so that a Unix socket hides them. */
static void check_numbers(const struct check *c)
{
    static const char *const keywords[] = {"keepalives",          "keepalives_idle",
                                           "keepalives_interval", "keepalives_count",
                                           "tcp_user_timeout",    "connect_timeout"};

    for (size_t i = 0; i < LENGTH_OF(keywords); i++) {
        const char *value = part_of(c, keywords[i]);
        if (value != NULL && *value != '\0' && !is_int(value))
            say(c, c->problems,
                "%s says %s=" SHOWN ", which is no whole number; correct it, or leave it out",
                says(c, keywords[i]), keywords[i], value);
    }
}

static bool is_port(const char *text, size_t len)
{
    const long port = strtol(text, NULL, 10);

    return len == 0 ||
           (len <= 5 && strspn(text, "0123456789") == len && port >= 1 && port <= 65535);
}

static size_t list_length(const char *list)
{
    size_t n = 1;

    for (; list != NULL && *list != '\0'; list++)
        n += *list == ',';
    return n;
}

static void check_ports(const struct check *c)
{
    const char *ports = part_of(c, "port");
    const char *hosts = part_of(c, part_of(c, "hostaddr") != NULL ? "hostaddr" : "host");
    const size_t n = list_length(ports);

    if (ports != NULL && n > 1 && n != list_length(hosts))
        say(c, c->problems, "%s names %zu ports for %zu hosts; name one for each, or one for all",
            says(c, "port"), n, list_length(hosts));
    while (ports != NULL) {
        const size_t len = strcspn(ports, ",");
        if (!is_port(ports, len))
            say(c, c->problems, "%s says port %.*s; a port is a number from 1 to 65535",
                says(c, "port"), (int)(len < 20 ? len : 20), ports);
        ports = ports[len] == ',' ? ports + len + 1 : NULL;
    }
}

/* ------------------------------------------------------------------ files */

/* A file of TLS: from a setting of ours, which counts, or from the string. */
struct file {
    const char *keyword; /* of libpq */
    const char *setting; /* ours */
    const char *path;    /* NULL: neither names one */
    const char *who;     /* who names it: the beginning of a sentence */
};

static const char *setting_text(const struct check *c, const char *name)
{
    return setting_given(c->invocation, setting_find(name, strlen(name)))->text;
}

static struct file file_of(const struct check *c, const char *keyword, const char *setting)
{
    struct file file = {keyword, setting, setting_text(c, setting), NULL};
    const char *part = part_of(c, keyword);
    const char *supabase = setting_text(c, "supabase-ca");

    if (file.path == NULL && part != NULL && supabase != NULL && strcmp(part, supabase) == 0) {
        file.setting = "supabase-ca";
        file.path = supabase;
    }
    if (file.path != NULL) {
        const struct setting *s = setting_find(file.setting, strlen(file.setting));
        file.who = arena_printf(c->arena, "'%s' (%s) names", file.setting,
                                setting_origin(c->arena, c->invocation, s));
    } else if (part != NULL) {
        file.path = part;
        file.who = arena_printf(c->arena, "%s names, as %s,", says(c, keyword), keyword);
    }
    return file;
}

static bool is_there(const struct check *c, const struct file *file)
{
    if (file->path == NULL)
        return false;
    if (access(file->path, R_OK) == 0)
        return true;
    say(c, c->problems, "%s the file '%s', which cannot be read (%s); name another with '%s'",
        file->who, file->path, strerror(errno), file->setting);
    return false;
}

/* As libpq sees it, which lets the group of a key read that belongs to root. */
static bool others_may_read(const char *path, bool is_key, unsigned *ret_mode)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    *ret_mode = (unsigned)st.st_mode & 07777;
    return (st.st_mode &
            (is_key && st.st_uid == 0 ? S_IRWXO | S_IWGRP | S_IXGRP : S_IRWXG | S_IRWXO)) != 0;
}

static const char *usual_file(const struct check *c, const char *name)
{
    const char *home = getenv("HOME");

    return arena_printf(c->arena, "%s/.postgresql/%s", home == NULL ? "" : home, name);
}

static void check_authority(const struct check *c, const char *mode)
{
    static const char *const verifying[] = {"verify-ca", "verify-full", NULL};
    const struct file file = file_of(c, "sslrootcert", "tls-ca");

    if (file.path != NULL && strcmp(file.path, "system") == 0) /* a word of libpq 16 */
        return;
    if (file.path != NULL)
        (void)is_there(c, &file);
    else if (mode != NULL && is_one_of(mode, verifying) &&
             access(usual_file(c, "root.crt"), R_OK) != 0)
        say(c, c->problems,
            "%s is to be checked (%s), and there is no certificate of an authority to check it "
            "with; name it with 'tls-ca'",
            subject(c), mode);
}

static void check_key(const struct check *c, bool has_certificate)
{
    const struct file key = file_of(c, "sslkey", "tls-key");
    unsigned mode = 0;

    if (key.path != NULL && strchr(key.path, ':') != NULL) /* of a device */
        return;
    if (is_there(c, &key) && others_may_read(key.path, true, &mode))
        say(c, c->problems,
            "%s a key that others may read (mode %04o), which is refused: chmod 600 %s", key.who,
            mode, key.path);
    if (key.path == NULL && has_certificate && access(usual_file(c, "postgresql.key"), R_OK) != 0)
        say(c, c->problems, "%s has a certificate of ours without its key; name it with 'tls-key'",
            subject(c));
}

static void check_passfile(const struct check *c)
{
    const char *path = part_of(c, "passfile");
    unsigned mode = 0;

    if (path == NULL)
        return;
    if (access(path, R_OK) != 0)
        say(c, c->warnings,
            "%s names the passfile '%s', which cannot be read (%s); correct it, or put the "
            "password into 'dsn' in the config file",
            says(c, "passfile"), path, strerror(errno));
    else if (others_may_read(path, false, &mode))
        say(c, c->warnings,
            "%s names a passfile that others may read (mode %04o), and which counts for nothing "
            "therefore: chmod 600 %s",
            says(c, "passfile"), mode, path);
}

static void check_files(const struct check *c)
{
    const struct options *options = &c->invocation->options;
    const char *mode = options->tls != NULL ? options->tls : part_of(c, "sslmode");
    struct file certificate = {0};

    if (mode == NULL && options->tls_ca != NULL)
        mode = "verify-full";
    check_passfile(c);
    if (mode != NULL && strcmp(mode, "disable") == 0)
        return;
    certificate = file_of(c, "sslcert", "tls-cert");
    check_authority(c, mode);
    check_key(c, is_there(c, &certificate));
}

void options_check(struct arena *arena, const struct invocation *invocation, const char *name,
                   const char *dsn, struct sentences *problems, struct sentences *warnings)
{
    struct db_dsn_words words;
    PQconninfoOption *parts = PQconninfoParse(db_dsn_plain(arena, dsn, &words), NULL);
    const struct check c = {arena, invocation, name, parts, problems, warnings};

    if (parts == NULL) /* options_dsn has said so */
        return;
    check_sslmode(&c);
    check_target(&c);
    check_words(&c);
    check_numbers(&c);
    check_ports(&c);
    check_files(&c);
    PQconninfoFree(parts);
}
