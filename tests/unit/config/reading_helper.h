/* Reading command lines in an environment that has nothing in it but a home of its own. */
#ifndef PLANNER_TESTS_READING_HELPER_H
#define PLANNER_TESTS_READING_HELPER_H

#include "planner/config/options.h"

extern struct arena arena;
extern const char *problem; /* of the last read_words: all that was wrong, a line each */

int reading_set_up(void **state);
int reading_tear_down(void **state);

/* A file below the home directory, which is also XDG_CONFIG_HOME; its path. */
const char *write_file(const char *name, const char *text);
void write_config(const char *text);
/* The words of a command line, separated by blanks. */
bool read_words(const char *words, struct invocation *ret_invocation);
struct invocation read_ok(const char *words);
void assert_refused(const char *words, const char *part);

#endif
