#include "planner/exchange/sqlite_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "planner/exchange/paths.h"

struct sqlite_file {
    sqlite3 *db;
    const char *path; /* for messages */
    const char *dir;  /* of a copy, to be removed; or NULL */
    const char *name; /* of the copy */
};

static const char *const beside[] = {"", "-wal", "-journal"};

void sqlite_file_close(struct sqlite_file **file)
{
    char path[PATH_MAX];

    if (*file == NULL)
        return;
    (void)sqlite3_close((*file)->db);
    if ((*file)->dir != NULL) {
        static const char *const made[] = {"", "-wal", "-journal", "-shm"};
        for (size_t i = 0; i < LENGTH_OF(made); i++) {
            (void)snprintf(path, sizeof(path), "%s%s", (*file)->name, made[i]);
            (void)unlink(path);
        }
        (void)rmdir((*file)->dir);
    }
    *file = NULL;
}

static enum status broken(struct req *rq, const struct sqlite_file *file)
{
    return req_fail(rq, ST_INVALID, "'%s' cannot be read as a SQLite database: %s", file->path,
                    file->db == NULL ? "no memory is left" : sqlite3_errmsg(file->db));
}

/* Bytes that have a meaning in the path of a URI. */
static const char *uri_of(struct arena *arena, const char *path, const char *query)
{
    struct buf buf = BUF_IN(arena);

    buf_text(&buf, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '?' || *c == '#' || *c == '%')
            buf_printf(&buf, "%%%02X", (unsigned)(unsigned char)*c);
        else
            buf_char(&buf, *c);
    }
    buf_text(&buf, query);
    return buf_str(&buf);
}

static bool has_journal(struct arena *arena, const char *path)
{
    for (size_t i = 1; i < LENGTH_OF(beside); i++) {
        if (access(arena_printf(arena, "%s%s", path, beside[i]), F_OK) == 0)
            return true;
    }
    return false;
}

static bool copy_bytes(int from, int to)
{
    char bytes[65536];

    for (;;) {
        const ssize_t n = read(from, bytes, sizeof(bytes));
        if (n == 0)
            return true;
        for (ssize_t at = 0; at < n;) {
            const ssize_t m = write(to, bytes + at, (size_t)(n - at));
            if (m < 0)
                return false;
            at += m;
        }
        if (n < 0)
            return false;
    }
}

static bool copy_file(const char *path, const char *copy)
{
    const int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const int to = from < 0 ? -1 : open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool good = from >= 0 ? to >= 0 && copy_bytes(from, to) : errno == ENOENT;

    if (from >= 0)
        (void)close(from);
    if (to >= 0)
        (void)close(to);
    return good;
}

/* The file with its journals, where SQLite may put them in order. */
static enum status copy_apart(struct req *rq, struct sqlite_file *file)
{
    const char *base = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): one thread */
    char *dir = arena_printf(rq->arena, "%s/mcp-planner-XXXXXX", base == NULL ? "/tmp" : base);

    if (mkdtemp(dir) == NULL)
        return req_fail(rq, ST_INVALID, "'%s': no directory for a copy of it: %s", file->path,
                        strerror(errno));
    file->dir = dir;
    file->name = arena_printf(rq->arena, "%s/copy", dir);
    for (size_t i = 0; i < LENGTH_OF(beside); i++) {
        if (!copy_file(arena_printf(rq->arena, "%s%s", file->path, beside[i]),
                       arena_printf(rq->arena, "%s%s", file->name, beside[i])))
            return req_fail(rq, ST_INVALID, "'%s%s' cannot be copied: %s", file->path, beside[i],
                            strerror(errno));
    }
    return ST_OK;
}

bool sqlite_is_file(const char *path)
{
    char head[16] = "";
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const bool is_it = fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
                       memcmp(head, "SQLite format 3", sizeof(head)) == 0;

    if (fd >= 0)
        (void)close(fd);
    return is_it;
}

enum status sqlite_file_open(struct req *rq, const char *path, struct sqlite_file **ret_file)
{
    struct sqlite_file *file = ARENA_NEW(rq->arena, struct sqlite_file);
    OWN_SQLITE *own = file;
    const char *uri = NULL;
    int code = SQLITE_OK;

    file->path = path;
    if (!path_is_file(path))
        return req_fail(rq, ST_NOT_FOUND, "'%s' is no file", path);
    if (!sqlite_is_file(path))
        return req_fail(rq, ST_INVALID, "'%s' is no SQLite database", path);
    if (has_journal(rq->arena, path)) {
        TRY(copy_apart(rq, file));
        uri = uri_of(rq->arena, file->name, "?mode=rw");
        code = sqlite3_open_v2(uri, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL);
    } else {
        uri = uri_of(rq->arena, path, "?mode=ro&immutable=1");
        code = sqlite3_open_v2(uri, &file->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    }
    if (code != SQLITE_OK)
        return broken(rq, file);
    *ret_file = file;
    own = NULL;
    return ST_OK;
}

static void finalize(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt);
}
#define OWN_STMT __attribute__((cleanup(finalize))) sqlite3_stmt

enum status sqlite_tables(struct req *rq, struct sqlite_file *file, struct heap *ret_names)
{
    OWN_STMT *stmt = NULL;
    int code = SQLITE_OK;

    if (sqlite3_prepare_v2(file->db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1,
                           &stmt, NULL) != SQLITE_OK)
        return broken(rq, file);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        if (name != NULL && strncmp(name, "sqlite_", 7) != 0)
            heap_add(rq->arena, ret_names, arena_strdup(rq->arena, name));
    }
    return code == SQLITE_DONE ? ST_OK : broken(rq, file);
}

static const char *as_hex(struct arena *arena, const unsigned char *bytes, size_t len)
{
    struct buf buf = BUF_IN(arena);

    buf_text(&buf, "x'");
    for (size_t i = 0; i < len; i++)
        buf_printf(&buf, "%02x", bytes[i]);
    buf_char(&buf, '\'');
    return buf_str(&buf);
}

static cJSON *text_value(struct req *rq, sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_type(stmt, column) == SQLITE_BLOB
                                    ? sqlite3_column_blob(stmt, column)
                                    : sqlite3_column_text(stmt, column);
    const size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    const struct span span = {(const char *)text, len};

    if (text != NULL && sqlite3_column_type(stmt, column) == SQLITE_TEXT &&
        memchr(text, '\0', len) == NULL && foreign_is_utf8(rq->arena, span))
        return cJSON_CreateString((const char *)text);
    return cJSON_CreateString(as_hex(rq->arena, text, text == NULL ? 0 : len));
}

/* An integer that a double cannot hold is told as a text. */
static cJSON *integer_value(sqlite3_int64 value)
{
    char text[24];

    if (value <= (1LL << 53) && value >= -(1LL << 53))
        return cJSON_CreateNumber((double)value);
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    return cJSON_CreateString(text);
}

static cJSON *column_value(struct req *rq, sqlite3_stmt *stmt, int column)
{
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL:
        return cJSON_CreateNull();
    case SQLITE_INTEGER:
        return integer_value(sqlite3_column_int64(stmt, column));
    case SQLITE_FLOAT:
        return cJSON_CreateNumber(sqlite3_column_double(stmt, column));
    default:
        return text_value(rq, stmt, column);
    }
}

static void drop_tree(void *tree)
{
    cJSON_Delete(tree);
}

enum status sqlite_rows(struct req *rq, struct sqlite_file *file, const char *table,
                        struct heap *ret_rows)
{
    OWN_STMT *stmt = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    int code = sqlite3_prepare_v2(file->db, sql, -1, &stmt, NULL);

    sqlite3_free(sql);
    if (code != SQLITE_OK)
        return broken(rq, file);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        cJSON *row = cJSON_CreateObject();
        arena_defer(rq->arena, drop_tree, row);
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            (void)cJSON_AddItemToObject(row, sqlite3_column_name(stmt, i),
                                        column_value(rq, stmt, i));
        heap_add(rq->arena, ret_rows, row);
        TRY(req_check_memory(rq));
    }
    return code == SQLITE_DONE ? ST_OK : broken(rq, file);
}
