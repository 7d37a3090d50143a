/*
 * Threads for what blocks: name resolution and PQcancel. A thread owns its job and one end of a
 * socket pair; the loop waits for the other end and may walk away at any time, so neither side
 * ever touches memory of the other.
 */
#include "db_private.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/memory.h"

#define ADDRESSES_MAX 4 /* of one host; more would only make a dead one slower to notice */

struct helper {
    void (*run)(void *job, int fd);
    void *job;
    int fd;
};

static void *helper_main(void *arg)
{
    struct helper helper = *(struct helper *)arg;

    memory_free(arg);
    helper.run(helper.job, helper.fd);
    (void)close(helper.fd);
    return NULL;
}

/* Signals are for the loop: the thread starts with all of them blocked. */
static bool thread_start(struct helper *helper)
{
    sigset_t all;
    sigset_t before;
    pthread_t thread;
    bool started = false;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, NULL, helper_main, helper) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        (void)pthread_detach(thread);
    return started;
}

int db_helper_start(void (*run)(void *job, int fd), void *job)
{
    struct helper *helper = NULL;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    helper = memory_alloc(sizeof(*helper));
    *helper = (struct helper){run, job, pair[1]};
    if (thread_start(helper))
        return pair[0];
    memory_free(helper);
    (void)close(pair[0]);
    (void)close(pair[1]);
    return -1;
}

static void run_cancel(void *job, int fd)
{
    char why[256];

    (void)fd;
    (void)PQcancel(job, why, sizeof(why)); /* when it fails, the drain runs into its time limit */
    PQfreeCancel(job);
}

int db_helper_cancel(PGconn *conn)
{
    PGcancel *cancel = PQgetCancel(conn);
    int fd = -1;

    if (cancel == NULL)
        return -1;
    fd = db_helper_start(run_cancel, cancel);
    if (fd < 0)
        PQfreeCancel(cancel);
    return fd;
}

static void run_resolve(void *job, int fd)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    char text[ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1)] = "";
    size_t len = 0;
    int n = 0;

    if (getaddrinfo(job, NULL, &hints, &found) == 0) {
        for (const struct addrinfo *a = found; a != NULL && n < ADDRESSES_MAX; a = a->ai_next) {
            char one[INET6_ADDRSTRLEN];
            if (getnameinfo(a->ai_addr, a->ai_addrlen, one, sizeof(one), NULL, 0, NI_NUMERICHOST) !=
                0)
                continue;
            len +=
                (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", n++ > 0 ? "," : "", one);
        }
        freeaddrinfo(found);
    }
    (void)send(fd, text, len, MSG_NOSIGNAL); /* nothing sent says: no address */
    memory_free(job);
}

static enum status read_addresses(struct req *rq, int fd, int64_t deadline,
                                  const char **ret_addresses)
{
    char text[ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1)];
    bool ready = false;
    ssize_t len = 0;

    TRY(req_wait(rq, fd, POLLIN, db_left_ms(deadline, clock_monotonic_ms()), &ready));
    len = ready ? recv(fd, text, sizeof(text), 0) : 0;
    if (len <= 0) {
        db_gist_set(rq->db, ready ? "its host name has no address"
                                  : "its host name was not resolved in time");
        return db_away_fail(rq);
    }
    *ret_addresses = arena_copy(rq->arena, text, (size_t)len);
    return ST_OK;
}

enum status db_helper_resolve(struct req *rq, const char *host, int64_t deadline,
                              const char **ret_addresses)
{
    char *job = memory_alloc(strlen(host) + 1);
    enum status status = ST_OK;
    int fd = -1;

    memcpy(job, host, strlen(host) + 1);
    fd = db_helper_start(run_resolve, job);
    if (fd < 0) {
        memory_free(job);
        return req_fail(rq, ST_UNAVAILABLE,
                        "no thread could be started to look the database's "
                        "host name up; nothing was changed; %s",
                        req_again(rq));
    }
    status = read_addresses(rq, fd, deadline, ret_addresses);
    (void)close(fd);
    return status;
}
