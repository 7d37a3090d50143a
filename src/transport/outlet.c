#include "planner/transport/outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/base/memory.h"

#define BLOCK_SIZE ((size_t)64 * 1024)
#define BIG        ((size_t)1024 * 1024) /* bytes queued: the allocator keeps less than this */

struct outlet_block {
    struct outlet_block *next;
    size_t start, end; /* of what is still to be written */
    char bytes[BLOCK_SIZE];
};

void outlet_init(struct outlet *outlet, int fd)
{
    struct stat st;

    *outlet = (struct outlet){.fd = fd};
    outlet->is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void first_free(struct outlet *outlet)
{
    struct outlet_block *block = outlet->first;

    outlet->queued -= block->end - block->start;
    outlet->first = block->next;
    if (outlet->first == NULL)
        outlet->last = NULL;
    memory_free(block);
}

static void queue_free(struct outlet *outlet)
{
    while (outlet->first != NULL)
        first_free(outlet);
    if (outlet->is_big)
        memory_give_back();
    outlet->is_big = false;
}

void outlet_destroy(struct outlet *outlet)
{
    queue_free(outlet);
}

/* Whether a pipe has room for PIPE_BUF bytes. A reader that has gone shows in the write. */
static bool is_writable(const struct outlet *outlet)
{
    struct pollfd pfd = {.fd = outlet->fd, .events = POLLOUT};

    return poll(&pfd, 1, 0) > 0;
}

/* One system call that does not block: how much went, or -1 with errno. */
static ssize_t write_once(const struct outlet *outlet, const char *bytes, size_t len)
{
    if (outlet->is_socket)
        return send(outlet->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (!is_writable(outlet)) {
        errno = EAGAIN;
        return -1;
    }
    return write(outlet->fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
}

/* Write until the reader is behind; how much went. */
static size_t write_some(struct outlet *outlet, const char *bytes, size_t len)
{
    size_t done = 0;

    while (done < len && !outlet->gone) {
        const ssize_t n = write_once(outlet, bytes + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else if (errno != EINTR)
            outlet->gone = true;
    }
    return done;
}

static struct outlet_block *block_with_space(struct outlet *outlet)
{
    struct outlet_block *block = outlet->last;

    if (block != NULL && block->end < BLOCK_SIZE)
        return block;
    block = memory_alloc(sizeof(*block));
    block->next = NULL;
    block->start = 0;
    block->end = 0;
    if (outlet->last != NULL)
        outlet->last->next = block;
    else
        outlet->first = block;
    outlet->last = block;
    return block;
}

static void queue_add(struct outlet *outlet, const char *bytes, size_t len)
{
    outlet->queued += len;
    outlet->is_big = outlet->is_big || outlet->queued >= BIG;
    while (len > 0) {
        struct outlet_block *block = block_with_space(outlet);
        const size_t space = BLOCK_SIZE - block->end;
        const size_t n = len < space ? len : space;
        memcpy(block->bytes + block->end, bytes, n);
        block->end += n;
        bytes += n;
        len -= n;
    }
}

/* True when the first block is written, and another one may follow. */
static bool first_written(struct outlet *outlet)
{
    struct outlet_block *block = outlet->first;
    const size_t n = write_some(outlet, block->bytes + block->start, block->end - block->start);

    block->start += n;
    outlet->queued -= n;
    return block->start == block->end;
}

void outlet_drain(struct outlet *outlet)
{
    while (outlet->first != NULL && !outlet->gone && first_written(outlet))
        first_free(outlet);
    if (outlet->first == NULL || outlet->gone)
        queue_free(outlet);
}

void outlet_send(struct outlet *outlet, const char *bytes, size_t len)
{
    size_t done = 0;

    outlet_drain(outlet);
    if (outlet->first == NULL)
        done = write_some(outlet, bytes, len);
    if (!outlet->gone && done < len)
        queue_add(outlet, bytes + done, len - done);
}

void outlet_wait(struct outlet *outlet, int timeout_ms)
{
    struct pollfd pfd = {.fd = outlet->fd, .events = POLLOUT};

    if (poll(&pfd, 1, timeout_ms) > 0)
        outlet_drain(outlet);
}

bool outlet_has_room(const struct outlet *outlet)
{
    return outlet->queued < OUTLET_CAP;
}
