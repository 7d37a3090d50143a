/*
 * What the files of the room share. files.c has what is done to files, manifest.c reads and writes
 * the manifest, take.c takes a backup, rotate.c keeps some of many, restore.c brings one back,
 * drill.c tries that.
 */
#ifndef PLANNER_BACKUP_PRIVATE_H
#define PLANNER_BACKUP_PRIVATE_H

#include "planner/backup/backup.h"

#define PATTERN_ALL "planner-*.dump" /* names that backup_name() makes */

/* ---- files.c */
const char *disk_directory(struct arena *arena, const char *path);
const char *disk_base(const char *path);
bool disk_sync(const char *path);
/* The size, or -1 (errno). */
int64_t disk_size(const char *path);
/* Make an empty file and hold it: others leave it alone while we live. The descriptor, or -1. */
int disk_hold(const char *path);
/* Write it all and sync it. */
bool disk_write(const char *path, const char *text, size_t len);
/* All of a file of at most `max` bytes, or NULL (errno). */
const char *disk_read(struct arena *arena, const char *path, size_t max, size_t *ret_len);
/* Hold a directory while names in it change. The descriptor, or -1. */
int disk_lock_directory(const char *path);
/*
 * Remove what killed writers left of files whose names match `pattern` (fnmatch), and finish what
 * one had all but finished. Under the lock of the directory.
 */
void disk_sweep(struct req *rq, const char *dir, const char *pattern);

/* ---- manifest.c */
const char *manifest_path(struct arena *arena, const char *path);
const char *manifest_next(struct arena *arena, const char *path);
const char *manifest_text(struct arena *arena, const struct backup_manifest *manifest);
/* ST_CONFLICT: there is none, or it cannot be read. */
enum status manifest_load(struct req *rq, const char *path,
                          struct backup_manifest *ret_manifest) MUST_CHECK;
struct dump_facts manifest_facts(const struct backup_manifest *manifest);

#endif
