#include "archive_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"

#define LINE_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define CUTS_FIRST     16 /* room for so many, then twice as many */

void archive_reader_close(struct archive_reader *reader)
{
    if (reader->file != NULL)
        (void)fclose(reader->file);
    free(reader->line);
}

enum status archive_reader_open(struct req *rq, int fd, struct archive_reader *ret_reader)
{
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    *ret_reader = (struct archive_reader){.rq = rq, .file = own < 0 ? NULL : fdopen(own, "r")};
    if (ret_reader->file != NULL && fseeko(ret_reader->file, 0, SEEK_SET) == 0)
        return ST_OK;
    if (ret_reader->file == NULL && own >= 0)
        (void)close(own);
    return req_fail(rq, ST_INVALID, "the archive cannot be read: %s", strerror(errno));
}

static enum status refuse_line(struct archive_reader *r, const char *what)
{
    return req_fail(r->rq, ST_INVALID, "line %lld of the archive %s", (long long)r->n, what);
}

enum status archive_line_read(struct archive_reader *r, struct span *ret_line)
{
    struct json_fault fault;
    const ssize_t len = getline(&r->line, &r->cap, r->file);

    *ret_line = (struct span){NULL, 0};
    if (len < 0)
        return feof(r->file) != 0 ? ST_OK
                                  : req_fail(r->rq, ST_UNAVAILABLE,
                                             "the archive cannot be read: %s", strerror(errno));
    r->n++;
    if ((size_t)len > LINE_MAX_BYTES || r->line[len - 1] != '\n' ||
        !json_check_stored(r->line, (size_t)len - 1, &fault) || fault.unfit != NULL ||
        r->line[0] != '{')
        return refuse_line(r, "is not what retention has written; take another copy of it");
    *ret_line = (struct span){r->line, (size_t)len - 1};
    return ST_OK;
}

enum status archive_seek(struct archive_reader *r, const struct archive_cut *cut,
                         struct span *ret_line)
{
    if (fseeko(r->file, cut->at, SEEK_SET) != 0)
        return req_fail(r->rq, ST_UNAVAILABLE, "the archive cannot be read: %s", strerror(errno));
    r->n = cut->line;
    return archive_line_read(r, ret_line);
}

/* ------------------------------------------------------------------ lines */

static bool is_part(struct span line, const char *name)
{
    const struct span part = json_member(line, "part");
    const size_t len = strlen(name);

    return part.len == len + 2 && memcmp(part.ptr + 1, name, len) == 0;
}

enum retention_part archive_line_part(struct span line)
{
    const struct span part = json_member(line, "part");

    return part.len < 2 ? RETENTION_PARTS : retention_part_find(part.ptr + 1, part.len - 2);
}

/* A member as text: a string without its quotes, a number; NULL for null and for none. */
static const char *text_of(struct req *rq, struct span object, const char *name)
{
    const struct span value = json_member(object, name);

    if (value.len > 1 && value.ptr[0] == '"')
        return arena_copy(rq->arena, value.ptr + 1, value.len - 2);
    return value.ptr == NULL || span_is(value, "null")
               ? NULL
               : arena_copy(rq->arena, value.ptr, value.len);
}

static int64_t number_of(struct req *rq, struct span object, const char *name)
{
    const char *text = text_of(rq, object, name);

    return text == NULL ? -1 : strtoll(text, NULL, 10);
}

static enum status check_head(struct archive_reader *r, struct span line)
{
    const struct span version = json_member(line, "version");

    if (line.ptr == NULL || !is_part(line, "archive") ||
        !span_is(json_member(line, "format"), "\"" ARCHIVE_FORMAT "\""))
        return req_fail(r->rq, ST_INVALID, "the file is no archive of mcp-planner retention");
    if (!span_is(version, "1"))
        return req_fail(r->rq, ST_INVALID,
                        "the archive is of version %.*s, which this program does not know; use a "
                        "newer one",
                        (int)version.len, version.ptr == NULL ? "" : version.ptr);
    return ST_OK;
}

/* ------------------------------------------------------------------ what is in it */

static struct archive_cut *room_for_cut(struct req *rq, struct archive_index *index)
{
    if (index->n >= CUTS_FIRST ? (index->n & (index->n - 1)) == 0 : index->n == 0) {
        const size_t room = index->n == 0 ? CUTS_FIRST : 2 * index->n;
        struct archive_cut *more = ARENA_MANY(rq->arena, room, struct archive_cut);
        if (index->n > 0)
            memcpy(more, index->cuts, index->n * sizeof(*more));
        index->cuts = more;
    }
    return &index->cuts[index->n++];
}

static bool is_kind(const char *kind)
{
    for (int i = 0; i < RETENTION_KINDS; i++) {
        if (strcmp(kind, retention_kind_names[i]) == 0)
            return true;
    }
    return false;
}

static enum status index_cut(struct archive_reader *r, struct span line,
                             struct archive_index *index)
{
    struct req *rq = r->rq;
    const struct span row = json_member(line, "row");
    struct archive_cut cut = {.project_id = text_of(rq, row, "project_id"),
                              .slug = text_of(rq, row, "slug"),
                              .kind = text_of(rq, row, "kind"),
                              .id = text_of(rq, row, "cut"),
                              .change = text_of(rq, row, "change"),
                              .line = r->n,
                              .at = ftello(r->file)};

    if (cut.project_id == NULL || cut.slug == NULL || cut.id == NULL || cut.kind == NULL)
        return refuse_line(r, "has a cut without a name; take another copy of it");
    if (!is_kind(cut.kind))
        return refuse_line(r, "has a kind of cut that this program does not know; use a newer one");
    if (strcmp(cut.kind, "audit") == 0) {
        cut.cut_id = cut.id;
        cut.cut_change = cut.change;
    }
    *room_for_cut(rq, index) = cut;
    return ST_OK;
}

/* The first row of each part that has change numbers. */
static void note_numbers(struct archive_reader *r, struct archive_cut *cut,
                         enum retention_part part, struct span row)
{
    if (part == PART_AUDIT && cut->audit_id == NULL) {
        cut->audit_id = text_of(r->rq, row, "id");
        cut->audit_change = text_of(r->rq, row, "change");
    } else if (part == PART_UNDOS && cut->undo_change == NULL) {
        cut->undo_change = text_of(r->rq, row, "change");
    } else if (part == PART_CUTS && cut->cut_change == NULL) {
        cut->cut_change = text_of(r->rq, row, "change");
        cut->cut_id = cut->cut_change == NULL ? NULL : text_of(r->rq, row, "id");
    }
}

static enum status index_line(struct archive_reader *r, struct span line,
                              struct archive_index *index)
{
    const enum retention_part part = archive_line_part(line);
    struct archive_cut *cut = index->n == 0 ? NULL : &index->cuts[index->n - 1];

    if (is_part(line, "cut"))
        return index_cut(r, line, index);
    if (part == RETENTION_PARTS)
        return refuse_line(r, "has a part that this program does not know; use a newer one");
    if (cut == NULL)
        return refuse_line(r, "belongs to no cut; take another copy of it");
    note_numbers(r, cut, part, json_member(line, "row"));
    cut->rows++;
    index->rows++;
    return ST_OK;
}

/* Archives from before `cuts` was told counted the lines of cuts among the rows. */
static bool numbers_agree(struct req *rq, struct span end, const struct archive_index *index)
{
    const int64_t cuts = number_of(rq, end, "cuts");
    const int64_t rows = number_of(rq, end, "rows");

    return cuts < 0 ? rows == index->rows + (int64_t)index->n
                    : rows == index->rows && cuts == (int64_t)index->n;
}

static enum status check_end(struct archive_reader *r, struct span end, struct archive_index *index)
{
    const struct span sum = end.ptr == NULL ? end : json_member(end, "sha256");

    if (sum.len != SHA256_HEX_LEN + 2 || memcmp(sum.ptr + 1, index->sha256, SHA256_HEX_LEN) != 0 ||
        !numbers_agree(r->rq, end, index))
        return req_fail(r->rq, ST_INVALID,
                        "the archive is not whole, or was changed (line %lld); take another copy "
                        "of it",
                        (long long)r->n);
    return ST_OK;
}

enum status archive_index_read(struct archive_reader *r, struct archive_index *ret_index)
{
    OWN_SHA256 *sum = sha256_new();
    struct archive_index index = {.n = 0};
    struct span line;

    TRY(archive_line_read(r, &line));
    TRY(check_head(r, line));
    for (;;) {
        sha256_add(sum, line.ptr, line.len);
        sha256_add(sum, "\n", 1);
        TRY(archive_line_read(r, &line));
        if (line.ptr == NULL || is_part(line, "end"))
            break;
        TRY(index_line(r, line, &index));
    }
    sha256_text(sum, index.sha256);
    TRY(check_end(r, line, &index));
    *ret_index = index;
    return ST_OK;
}
