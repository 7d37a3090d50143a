/*
 * Backups: a dump and, beside it, a manifest that says what is in it; rotation of many; bringing
 * one back; and drills, which show that one can be brought back.
 *
 *   FILE                     pg_dump's custom format (store/dump.h), mode 0600
 *   FILE.manifest.json       struct backup_manifest, one JSON object
 *   FILE.part-PID            being written; whoever writes it holds a flock on it
 *   FILE.manifest.json.next  the manifest of a FILE that is about to get its name
 *
 * A FILE is there as a whole or not at all, and with it a manifest that fits: under its own name
 * or, when the writer was killed between two renames, under .next. Strings are in the request's
 * arena.
 */
#ifndef PLANNER_BACKUP_BACKUP_H
#define PLANNER_BACKUP_BACKUP_H

#include "planner/store/load.h"

#define BACKUP_FORMAT 1

struct backup_manifest {
    struct opt_int format;
    const char *program; /* that took it */
    const char *taken_at, *server, *store;
    struct opt_int server_major, schema, pg_dump; /* see struct dump_facts */
    const char *file;                             /* its name when it was written */
    struct opt_int bytes;
    const char *sha256;
    struct list tables; /* of struct dump_table */
};

/* ---- taking */

struct backup_report {
    const char *path;
    struct backup_manifest manifest;
    int64_t ms;
};
/*
 * Write a backup of the store of rq->db; an existing file only with `force`. ST_INVALID: it exists,
 * or cannot be written; otherwise as dump_write. Nothing is left behind but by kill -9, and that is
 * swept by the next one.
 */
enum status backup_take(struct req *rq, const char *path, bool force,
                        struct backup_report *ret_report) MUST_CHECK;

/* ---- reading */

/*
 * The manifest that fits the file. ST_NOT_FOUND: no file, or no manifest; ST_INVALID: none fits, or
 * it is of another format.
 */
enum status backup_read(struct req *rq, const char *path,
                        struct backup_manifest *ret_manifest) MUST_CHECK;
/* The bytes of the file are those of the manifest: ST_CONFLICT when not. */
enum status backup_verify(struct req *rq, const char *path,
                          const struct backup_manifest *manifest) MUST_CHECK;

/* ---- keeping many in a directory */

#define BACKUP_KEEP_MAX 1000

/* How many days and ISO weeks (UTC) keep their newest backup. */
struct backup_keep {
    int daily, weekly;
};
/* "daily=7,weekly=4"; ST_INVALID says what it may be. */
enum status backup_keep_read(struct req *rq, const char *text,
                             struct backup_keep *ret_keep) MUST_CHECK;

struct backup_file {
    const char *name;
    int64_t taken;   /* seconds since the epoch, from the name */
    const char *why; /* newest, daily, weekly, taken; NULL: not kept */
};
/* The name of a backup taken now: planner-20261122T134500Z.dump. */
const char *backup_name(struct arena *arena, int64_t seconds);
/* The time in such a name; false when it is none. */
bool backup_name_read(const char *name, int64_t *ret_seconds);
/* Say of each why it is kept. Newest first afterwards. */
void backup_keep_judge(const struct backup_keep *keep, struct backup_file *files, size_t n);
/*
 * The backups of this store (NULL: of any) in a directory, judged. Those without a fitting
 * manifest, of other stores and with other names are not among them. `taken`, unless NULL, is the
 * path of the one that was written just now, and stays: with a clock that went back it is not the
 * newest by its name. ST_NOT_FOUND: no such directory.
 */
enum status backup_list(struct req *rq, const char *dir, const char *store, const char *taken,
                        const struct backup_keep *keep, struct list *ret_files) MUST_CHECK;
/* Make the directory, for its owner only, when there is none; those above it have to be there. */
enum status backup_make_directory(struct req *rq, const char *dir) MUST_CHECK;
/* Remove those of a list that are not kept. */
enum status backup_remove(struct req *rq, const char *dir, const struct list *files) MUST_CHECK;

/* ---- bringing back */

struct restore_report {
    struct backup_manifest manifest;
    struct load_report load;
    int64_t verify_ms; /* the bytes of the file */
};
/* Verify the file, then as load_store. */
enum status backup_restore(struct req *rq, const char *path, bool replace,
                           struct restore_report *ret_report) MUST_CHECK;

/* Something of the domain that is not as it should be: a check of the doctor. */
struct drill_finding {
    const char *check, *severity, *seen;
};
struct drill_report {
    struct restore_report restore;
    const char *damage;             /* why it cannot be restored at all, or NULL */
    struct list findings;           /* of struct drill_finding */
    size_t checks;                  /* how many were made */
    int64_t make_ms, doctor_ms, ms; /* the throwaway cluster; the checks; all of it */
    bool ok;
};
/*
 * Restore into a throwaway cluster in a directory of its own (below TMPDIR, else /tmp), bring its
 * schema up to this program's, look it over, remove it. No other server is touched; of `config` the
 * limits count. ST_OK also when
 * something was found. What a killed drill left is swept by the next one. The doctor wants an arena
 * of BACKUP_DRILL_MEMORY for a large plan's dependencies.
 */
#define BACKUP_DRILL_MEMORY ((size_t)512 * 1024 * 1024)
enum status backup_drill(struct req *rq, const struct db_config *config, const char *path,
                         struct drill_report *ret_report) MUST_CHECK;

#endif
