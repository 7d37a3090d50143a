/*
 * The tables of a SQLite file as JSON, whatever columns they have. The file is never written: it is
 * opened as one that nobody changes, or, where a journal stands beside it (a program that has not
 * ended well, or still runs), as a copy in a private directory that goes away again.
 */
#ifndef PLANNER_EXCHANGE_SQLITE_ROWS_H
#define PLANNER_EXCHANGE_SQLITE_ROWS_H

#include "planner/exchange/foreign.h"

/* Scoped. */
struct sqlite_file;
void sqlite_file_close(struct sqlite_file **file);
#define OWN_SQLITE __attribute__((cleanup(sqlite_file_close))) struct sqlite_file

/* ST_INVALID: it is no SQLite database, or a damaged one. */
enum status sqlite_file_open(struct req *rq, const char *path,
                             struct sqlite_file **ret_file) MUST_CHECK;
/* Names of its tables, without SQLite's own. */
enum status sqlite_tables(struct req *rq, struct sqlite_file *file,
                          struct heap *ret_names) MUST_CHECK;
/*
 * Every row of a table, in the order of the file, as an object: numbers, texts and null; what is no
 * text that can be stored (bytes, other encodings, U+0000) as x'hex'. Trees are those of the arena.
 */
enum status sqlite_rows(struct req *rq, struct sqlite_file *file, const char *table,
                        struct heap *ret_rows) MUST_CHECK;
/* The first bytes of a SQLite file. */
bool sqlite_is_file(const char *path);

#endif
