/*
 * CommonMark around texts that somebody else wrote: whatever they hold, they stay what they are
 * and change nothing of what stands around them.
 */
#ifndef PLANNER_RESOURCES_MARKDOWN_H
#define PLANNER_RESOURCES_MARKDOWN_H

#include "planner/base/buf.h"

/* Within a line: line ends become blanks, what CommonMark would take for markup is escaped. */
void markdown_inline(struct buf *out, const char *text);
/* As code within a line, for keys, JSON, paths. Line ends become blanks. */
void markdown_code(struct buf *out, const char *text);
/* A block of its own: fenced, by more backticks than the text has in a row. */
void markdown_fenced(struct buf *out, const char *text);
/* The same under a heading; nothing at all when there is no text. */
void markdown_part(struct buf *out, const char *heading, const char *text);
/* "2026-07-28 14:05 UTC" of an ISO time; not local, so that a resource reads the same everywhere.
 */
void markdown_time(struct buf *out, const char *iso);

#endif
