/*
 * Exports: whatever comes, in pieces of any size, is refused with a sentence that names the line,
 * or is read to its end; and then it is written again, row by row, as the same bytes.
 */
#include "fuzz.h"
#include "planner/exchange/shape.h"

struct file {
    const char *bytes;
    size_t len, at, step;
};

static ssize_t file_read(void *ctx, char *bytes, size_t size)
{
    struct file *file = ctx;
    size_t n = file->len - file->at;

    n = n < size ? n : size;
    n = n < file->step ? n : file->step;
    if (n > 0)
        memcpy(bytes, file->bytes + file->at, n);
    file->at += n;
    return (ssize_t)n;
}

static bool add_bytes(void *ctx, const char *bytes, size_t len)
{
    buf_add(ctx, bytes, len);
    return true;
}

static enum status copy(struct req *rq, struct record_reader *reader, struct record_writer *writer)
{
    struct record_header header = {0};
    struct record record = {0};

    TRY(record_read_header(reader, &header));
    TRY(record_write_header(writer, &header));
    for (;;) {
        TRY(record_read(reader, &record));
        if (record.kind == RECORD_NONE)
            break;
        require(record.row.ptr[0] == '{');
        if (record_check(rq, &record) == ST_OK)
            require(record_compare(record.kind, record.row, record.row) == 0 &&
                    record_difference(rq->arena, record.kind, record.row, record.row) == NULL);
        TRY(record_write(writer, record.kind, record.row.ptr, record.row.len));
    }
    return record_write_end(writer);
}

/* The trailer that the bytes before it would have: so that the mutations get past the sum. */
static void sign(struct buf *text)
{
    char hex[SHA256_HEX_LEN + 1];
    OWN_SHA256 *sum = sha256_new();
    size_t lines = 0;

    for (size_t i = 0; i < text->len; i++)
        lines += text->ptr[i] == '\n';
    sha256_add(sum, text->ptr, text->len);
    sha256_text(sum, hex);
    buf_printf(text, "{\"trailer\":{\"lines\":%zu,\"counts\":{\"project\":1},\"sha256\":\"%s\"}}\n",
               lines, hex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct req *rq = fuzz_req();
    struct feed feed = {data, size};
    const uint8_t way = feed_byte(&feed);
    struct buf text = BUF_IN(rq->arena);
    struct buf again = BUF_IN(rq->arena);
    const struct record_sink sink = {&again, add_bytes};
    struct file file = {.step = (size_t)(way >> 1) * 37 + 1};
    const struct record_source source = {&file, file_read};
    OWN_RECORD_READER *reader = record_reader_new(rq, &source);
    OWN_RECORD_WRITER *writer = record_writer_new(rq, &sink);
    enum status status = ST_OK;

    buf_add(&text, (const char *)feed.at, feed.left);
    if ((way & 1) != 0 && text.len > 0)
        sign(&text);
    file.bytes = text.ptr;
    file.len = text.len;
    status = copy(rq, reader, writer);
    if (status == ST_OK) {
        require(again.len > 0 && record_written(writer)->lines == record_was_read(reader)->lines);
    } else {
        require(status == ST_INVALID);
        if (fuzz_is_text(rq->arena, text.len == 0 ? "" : text.ptr, text.len))
            fuzz_require_sentence(rq);
    }
    return 0;
}
