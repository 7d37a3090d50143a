/*
 * SIGTERM and SIGINT raise one flag and start a timer. Each tick interrupts whatever system call
 * the process sleeps in, so that a signal between looking at the flag and going to sleep is not
 * lost; after the last tick the process ends by itself. The database rolls back what was open
 * when its connection closes.
 */
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "planner/transport/loop.h"

#define TICK_US    40000
#define TICKS_LEFT 20 /* times TICK_US: well inside the second that hosts give */

static volatile sig_atomic_t stop_ticks; /* 0: no signal yet */

static void on_stop(int signum)
{
    static const struct itimerval every = {{0, TICK_US}, {0, TICK_US}};

    (void)signum;
    if (stop_ticks == 0) {
        stop_ticks = 1;
        (void)setitimer(ITIMER_REAL, &every, NULL);
    }
}

static void on_tick(int signum)
{
    (void)signum;
    if (stop_ticks++ >= TICKS_LEFT)
        _exit(0);
}

static void install(int signum, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(signum, &action, NULL);
}

void signals_install(void)
{
    install(SIGALRM, on_tick);
    install(SIGTERM, on_stop);
    install(SIGINT, on_stop);
    install(SIGPIPE, SIG_IGN);
}

bool signals_stop(void)
{
    return stop_ticks != 0;
}
