#include <errno.h>

#include "backup_private.h"
#include "planner/base/sha256.h"

#define MANIFEST_MAX ((size_t)4 * 1024 * 1024)

static const struct field table_fields[] = {
    FIELD_TEXT(struct dump_table, name, 1, 63, REQUIRED, NULL),
    FIELD_INT(struct dump_table, rows, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct dump_table, hash, 3, 100, REQUIRED, NULL),
    FIELD_END,
};

static const struct field manifest_fields[] = {
    FIELD_INT(struct backup_manifest, format, 1, BACKUP_FORMAT, REQUIRED, NULL),
    FIELD_TEXT(struct backup_manifest, program, 1, 100, REQUIRED, NULL),
    FIELD_TEXT(struct backup_manifest, taken_at, 20, 20, REQUIRED, NULL),
    FIELD_TEXT(struct backup_manifest, server, 1, 200, REQUIRED, NULL),
    FIELD_INT(struct backup_manifest, server_major, 1, 999, REQUIRED, NULL),
    FIELD_INT(struct backup_manifest, pg_dump, 1, 999, REQUIRED, NULL),
    FIELD_TEXT(struct backup_manifest, store, 16, 16, REQUIRED, NULL),
    FIELD_INT(struct backup_manifest, schema, 1, 999999, OPTIONAL, NULL),
    FIELD_TEXT(struct backup_manifest, file, 1, 4095, REQUIRED, NULL),
    FIELD_INT(struct backup_manifest, bytes, 0, 0, REQUIRED, NULL),
    FIELD_TEXT(struct backup_manifest, sha256, 64, 64, REQUIRED, NULL),
    FIELD_LIST(struct backup_manifest, tables, table_fields, struct dump_table, 0, 10000, REQUIRED,
               NULL),
    FIELD_END,
};

const char *manifest_path(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s.manifest.json", path);
}

const char *manifest_next(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s.manifest.json.next", path);
}

const char *manifest_text(struct arena *arena, const struct backup_manifest *manifest)
{
    struct json_out out = JSON_OUT_IN(arena);

    field_encode(manifest_fields, manifest, &out);
    return arena_printf(arena, "%s\n", json_text(&out));
}

static void tree_free(void *tree)
{
    cJSON_Delete(tree);
}

static enum status unreadable(struct req *rq, const char *path, const char *why)
{
    return req_fail(rq, ST_CONFLICT, "the manifest '%s' is damaged (%s); take another backup", path,
                    why);
}

enum status manifest_load(struct req *rq, const char *path, struct backup_manifest *ret_manifest)
{
    struct backup_manifest manifest = {0};
    struct json_fault fault = {0};
    size_t len = 0;
    const char *text = disk_read(rq->arena, path, MANIFEST_MAX, &len);
    cJSON *tree = NULL;

    if (text == NULL && errno == ENOENT)
        return req_fail(rq, ST_CONFLICT,
                        "there is no manifest '%s'; it belongs to the backup, copy both", path);
    if (text == NULL && (errno == EACCES || errno == EIO)) /* says nothing of what is in it */
        return req_fail(rq, ST_UNAVAILABLE, "the manifest '%s' cannot be read (%s)", path,
                        strerror(errno));
    if (text == NULL)
        return unreadable(rq, path, "it is no file of a few MiB");
    if (!json_check(text, len, &fault) || fault.unfit != NULL)
        return unreadable(rq, path, fault.what != NULL ? fault.what : fault.unfit);
    tree = json_parse(text, len);
    if (tree == NULL)
        return unreadable(rq, path, "it is no JSON");
    arena_defer(rq->arena, tree_free, tree);
    if (field_decode(rq, manifest_fields, tree, NULL, sizeof(manifest), &manifest) != ST_OK)
        return unreadable(rq, path, rq->message);
    *ret_manifest = manifest;
    return ST_OK;
}

struct dump_facts manifest_facts(const struct backup_manifest *manifest)
{
    return (struct dump_facts){.taken_at = manifest->taken_at,
                               .server = manifest->server,
                               .server_major = manifest->server_major,
                               .store = manifest->store,
                               .schema = manifest->schema,
                               .bytes = manifest->bytes,
                               .tables = manifest->tables,
                               .pg_dump = manifest->pg_dump};
}

/* ------------------------------------------------------------------ with its file */

/* What a place has for a file of that size; *ret_fits is false where there is nothing. */
static enum status look_at(struct req *rq, const char *place, int64_t size,
                           struct backup_manifest *manifest, bool *ret_fits)
{
    const enum status status = manifest_load(rq, place, manifest);

    *ret_fits = status == ST_OK && manifest->bytes.v == size;
    return status;
}

/* Both may be of this size: one is of the file that was there, or is about to be. */
static bool is_of(const char *path, const struct backup_manifest *manifest)
{
    char sha256[SHA256_HEX_LEN + 1];

    return sha256_file(path, sha256) && strcmp(sha256, manifest->sha256) == 0;
}

/* The one under .next belongs to a file that was put in place by a writer who was killed then. */
enum status backup_read(struct req *rq, const char *path, struct backup_manifest *ret_manifest)
{
    const int64_t size = disk_size(path);
    struct backup_manifest next = {0};
    struct backup_manifest own = {0};
    enum status status = ST_OK;
    bool next_fits = false;
    bool own_fits = false;

    if (size < 0)
        return req_fail(rq, ST_NOT_FOUND, "the backup '%s' cannot be read (%s)", path,
                        strerror(errno));
    (void)look_at(rq, manifest_next(rq->arena, path), size, &next, &next_fits);
    status = look_at(rq, manifest_path(rq->arena, path), size, &own, &own_fits);
    if (next_fits && (!own_fits || is_of(path, &next))) {
        *ret_manifest = next;
        return ST_OK;
    }
    TRY(status);
    if (!own_fits)
        return req_fail(rq, ST_CONFLICT,
                        "'%s' has %lld bytes and its manifest says %lld: it is damaged or of "
                        "another backup; take another one",
                        path, (long long)size, (long long)own.bytes.v);
    *ret_manifest = own;
    return ST_OK;
}

enum status backup_verify(struct req *rq, const char *path, const struct backup_manifest *manifest)
{
    char sha256[SHA256_HEX_LEN + 1];

    req_progress(rq, 0, 0, "reading the file");
    if (!sha256_file(path, sha256))
        return req_fail(rq, ST_NOT_FOUND, "the backup '%s' cannot be read (%s)", path,
                        strerror(errno));
    if (strcmp(sha256, manifest->sha256) == 0)
        return ST_OK;
    return req_fail(
        rq, ST_CONFLICT,
        "'%s' is not what was written: its SHA-256 is not the manifest's; it is damaged, "
        "take another one",
        path);
}
