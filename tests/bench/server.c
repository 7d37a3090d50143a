#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define ARGS_MAX 16

static const char initialize[] =
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
    "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}\n";
static const char initialized[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";

static void spawn(struct server *server, const char *const *argv)
{
    posix_spawn_file_actions_t actions;
    int in[2];
    int out[2];

    *server = (struct server){0};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        die("no pipe");
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    if (posix_spawn(&server->pid, argv[0], &actions, NULL, (char *const *)argv, environ) != 0)
        die("cannot run %s", argv[0]);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    server->in = in[1];
    server->out = out[0];
    server->cap = 1 << 20;
    server->buffer = malloc(server->cap);
    if (server->buffer == NULL)
        die("out of memory");
}

static void write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            die("the program does not read");
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
}

/* How many lines came; the last unfinished one stays in the buffer. Failed calls end the run. */
static size_t read_lines(struct server *server)
{
    const ssize_t n =
        read(server->out, server->buffer + server->len, server->cap - server->len - 1);
    char *start = server->buffer;
    size_t lines = 0;

    if (n <= 0)
        die("the program ended, or a line is too long");
    server->len += (size_t)n;
    server->buffer[server->len] = '\0';
    for (char *end = strchr(start, '\n'); end != NULL; end = strchr(start, '\n')) {
        *end = '\0';
        if (strstr(start, "\"isError\":true") != NULL || strstr(start, "\"error\":{") != NULL)
            die("a call failed: %.400s", start);
        start = end + 1;
        lines++;
    }
    server->len -= (size_t)(start - server->buffer);
    memmove(server->buffer, start, server->len);
    return lines;
}

static double exchange(struct server *server, const char *text)
{
    const int64_t start = now_ns();

    write_all(server->in, text, strlen(text));
    while (read_lines(server) == 0)
        ;
    return elapsed_us(start);
}

static void fill_argv(const char **argv, const char *binary, const char *const *extra)
{
    size_t n = 0;

    argv[n++] = binary;
    argv[n++] = "serve";
    while (*extra != NULL && n < ARGS_MAX - 1)
        argv[n++] = *extra++;
    argv[n] = NULL;
}

void server_start(struct server *server, const char *binary, const char *const *extra)
{
    const char *argv[ARGS_MAX];

    fill_argv(argv, binary, extra);
    spawn(server, argv);
    (void)exchange(server, initialize);
    write_all(server->in, initialized, sizeof(initialized) - 1);
    (void)server_call(server, "list_projects", "{}");
}

double first_line_time(const char *const *argv, const char *input)
{
    struct server server;
    const int64_t start = now_ns();
    double took = 0;

    spawn(&server, argv);
    write_all(server.in, input, strlen(input));
    while (read_lines(&server) == 0)
        ;
    took = elapsed_us(start);
    server_stop(&server);
    return took;
}

double server_start_time(const char *binary, const char *const *extra)
{
    const char *argv[ARGS_MAX];

    fill_argv(argv, binary, extra);
    return first_line_time(argv, initialize);
}

char *server_line(struct server *server, const char *tool, const char *arguments)
{
    return format("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"tools/call\",\"params\":{\"name\":"
                  "\"%s\",\"arguments\":%s}}\n",
                  ++server->id, tool, arguments);
}

double server_call(struct server *server, const char *tool, const char *arguments)
{
    char *line = server_line(server, tool, arguments);
    const double took = exchange(server, line);

    free(line);
    return took;
}

double server_pipeline(struct server *server, char **lines, size_t n)
{
    struct pollfd fds[2] = {{.fd = server->out, .events = POLLIN},
                            {.fd = server->in, .events = POLLOUT}};
    const int64_t start = now_ns();
    size_t sent = 0;
    size_t answered = 0;
    size_t at = 0;

    (void)fcntl(server->in, F_SETFL, O_NONBLOCK);
    while (answered < n) {
        fds[1].fd = sent < n ? server->in : -1;
        if (poll(fds, 2, 60000) <= 0)
            die("no answer within a minute");
        while (sent < n && (fds[1].revents & POLLOUT) != 0) {
            const size_t left = strlen(lines[sent] + at);
            const ssize_t wrote = write(server->in, lines[sent] + at, left);
            if (wrote < 0)
                break;
            at = (size_t)wrote < left ? at + (size_t)wrote : 0;
            sent += at == 0;
        }
        if ((fds[0].revents & (POLLIN | POLLHUP)) != 0)
            answered += read_lines(server);
    }
    (void)fcntl(server->in, F_SETFL, 0);
    return elapsed_us(start);
}

void server_stop(struct server *server)
{
    int status = 0;

    (void)close(server->in);
    (void)waitpid(server->pid, &status, 0);
    (void)close(server->out);
    free(server->buffer);
}
