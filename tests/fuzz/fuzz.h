/*
 * What the fuzz targets share. Each fuzz_<name>.c defines LLVMFuzzerTestOneInput and states
 * properties with require(); a property that does not hold ends the process.
 */
#ifndef PLANNER_TESTS_FUZZ_H
#define PLANNER_TESTS_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "planner/base/json.h"
#include "planner/base/req.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

_Noreturn void fuzz_broken(const char *condition, const char *file, int line);

/* The input, eaten from its front by what decides and then as a whole. */
struct feed {
    const uint8_t *at;
    size_t left;
};

uint8_t feed_byte(struct feed *feed); /* 0 when nothing is left */
/* What is left, in a copy of its own that has no terminator: reading past the end is seen. */
char *feed_rest(const struct feed *feed, size_t *ret_len);
/* The same as a text: up to the first U+0000, terminated, in a copy of its own. */
char *feed_text(const struct feed *feed);

/* A request without a database, the same for every input; its arena is reset. */
struct req *fuzz_req(void);
/* What a client may be told: not empty, and text that JSON can carry. */
void fuzz_require_sentence(const struct req *rq);
/* Whether these bytes are UTF-8 without U+0000. */
bool fuzz_is_text(struct arena *arena, const char *bytes, size_t len);

#endif
