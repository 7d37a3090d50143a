/* Words for tests of the feed and the outbox. */
#ifndef PLANNER_TESTS_STORE_FEED_HELPER_H
#define PLANNER_TESTS_STORE_FEED_HELPER_H

#include "harness.h"

#include "planner/store/feed.h"

#define SOON_MS  5000 /* until a test gives up */
#define QUIET_MS 300  /* long enough for a wake-up, too short for a poll */

/* Any change in AUTH. */
extern const struct feed_watch feed_auth;

/*
 * Made with psql: AUTH with 1 task (2, 3 steps; 2 has a dispute), 4 task in sequence (5, 6 steps),
 * 7 step that waits for 3; BILL with 1 task. The id of AUTH-5 is md5('AUTH5'), that of AUTH
 * md5('AUTH').
 */
void feed_plan(struct harness *h);
/* An ordinary edit by somebody with psql: the title of "AUTH5". */
void feed_touch(struct harness *h, const char *key);

struct feed *feed_make(struct harness *h, bool pooled);
/* feed_open() or fail. */
void feed_begin(struct harness *h, struct feed *feed);
/* As the owner's loop, until there is news or the time is up. */
bool feed_hears(struct harness *h, struct feed *feed, int64_t ms, struct feed_news *ret_news);
/* The hits in letters: "ac" are the first and the third watch. */
const char *feed_letters(struct harness *h, const struct feed_news *news);
void assert_hears(struct harness *h, struct feed *feed, const char *expected);
void assert_quiet(struct harness *h, struct feed *feed);

/* Make every row of the outbox so many hours old. */
void outbox_age(struct harness *h, int hours);
/* Purge until the oldest change that is left is `oldest`; other tests' transactions hold it up. */
void outbox_purge_to(struct harness *h, int rows, const char *oldest);
/* The number of the newest change. */
const char *outbox_newest(struct harness *h);

#endif
