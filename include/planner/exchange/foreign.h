/*
 * What another program has, in one form: a reader for each program (from_*.c) fills it, one writer
 * (foreign_import.h) stores it. Readers translate and never refuse a whole source for one odd
 * record: what cannot become an item is kept as a note, or refused with the reason, and counted
 * either way.
 *
 * Everything lives in the arena of the request, texts included. Ids are those of the source, unique
 * among the items and notes of a project. A source is read, never written.
 */
#ifndef PLANNER_EXCHANGE_FOREIGN_H
#define PLANNER_EXCHANGE_FOREIGN_H

#include "planner/base/json.h"
#include "planner/base/req.h"
#include "planner/service/shapes.h"

#define FOREIGN_FILE_MAX   ((size_t)256 * 1024 * 1024) /* bytes of one file of the source */
#define FOREIGN_ITEMS_MAX  10000                       /* of one source, as of define_tasks */
#define FOREIGN_TITLE_MAX  200                         /* characters; longer ones are cut */
#define FOREIGN_TEXT_MAX   262144                      /* bytes; longer ones are cut */
#define FOREIGN_RECORD_MAX 1048576                     /* bytes; larger ones are refused */
#define FOREIGN_ID_MAX     1000                        /* bytes */

/* A growing array of pointers. */
struct heap {
    void **at;
    size_t n, cap;
};
void heap_add(struct arena *arena, struct heap *heap, void *ptr);
#define HEAP_AT(heap, i, T) ((T *)(heap).at[i])

struct foreign_item {
    const char *id;
    const char *kind;   /* in the words of the source, for the report */
    const char *parent; /* id of the item it belongs to; NULL: to the project */
    const char *title, *text, *assignee;
    const char *created_at, *updated_at, *completed_at; /* as foreign_time() gives them, or NULL */
    const char *record;                                 /* verbatim */
    struct heap needs;                                  /* ids of what it waits for */
    int64_t priority;                                   /* 0..100 */
    int status;                                         /* enum item_status */
    bool leaf; /* the source lets nothing hang from it: a step below a task */
};

/* A record that becomes no item. */
struct foreign_note {
    const char *id, *kind;
    const char *of; /* id of the item that it belongs to; NULL, or one that is none: the project */
    const char *record;
};

struct foreign_project {
    const char *id;     /* NULL: known by its name alone */
    const char *kind;   /* NULL: it is no record of the source, only where the records are */
    const char *name;   /* 1 to 200 characters */
    const char *text;   /* never empty */
    const char *record; /* with a kind */
    struct heap items;  /* struct foreign_item, siblings in their order */
    struct heap notes;  /* struct foreign_note */
};

/* Of one kind of record: each of the source is in exactly one of the other counts. */
struct foreign_tally {
    const char *kind;
    int64_t source;
    int64_t added;   /* became an item (or an edge) */
    int64_t kept;    /* became none, and is kept verbatim */
    int64_t there;   /* was there already, just so */
    int64_t updated; /* was there already, has changed in the source, and was taken over */
    int64_t differs; /* was there already, and has changed in the source: left as it is */
    int64_t refused; /* was not taken; the remarks say why */
};

/* What items say that the planner has no place for: kept in their records. */
struct foreign_field {
    const char *kind, *name;
    int64_t n;
};

/* One field of a record that has changed in the source since it was imported; values shortened. */
struct foreign_changed {
    const char *name, *here, *there;
    bool kept; /* the item has no such field: `here` is what the record kept */
};
struct foreign_difference {
    const char *kind, *id;
    const char *key;    /* of the item here, or of its project */
    struct heap fields; /* struct foreign_changed */
    const char *why;    /* it cannot be taken over; NULL: it can */
    bool taken;
};

/* What a kind of record has members for that its reader uses. */
struct foreign_use {
    const char *kind;
    const char *const *used; /* ended by NULL */
};

struct foreign {
    struct req *rq;
    const char *program; /* taskmaster, backlog, beads, dhafnck */
    const char *place;   /* absolute path of the source */
    struct heap projects;
    struct heap tallies; /* in the order of first use */
    struct heap fields;
    struct heap uses;        /* struct foreign_use */
    struct heap differences; /* struct foreign_difference */
    struct heap remarks;     /* const char *: what a person should know, a line each */
    size_t n_items;
};

/* A source and one project in it; `name` and `text` are trimmed and filled up. */
struct foreign *foreign_new(struct req *rq, const char *program, const char *place);
struct foreign_project *foreign_add_project(struct foreign *f, const char *name, const char *text);
void foreign_name_project(struct foreign *f, struct foreign_project *project, const char *name,
                          const char *text);
/*
 * Add what a reader has made; it is copied. The title is cleaned and cut, the text cut. An item
 * whose record is too large is refused, as is one beyond FOREIGN_ITEMS_MAX (then all of it is:
 * foreign_check). NULL when it was not taken.
 */
struct foreign_item *foreign_add_item(struct foreign *f, struct foreign_project *project,
                                      const struct foreign_item *item);
void foreign_add_note(struct foreign *f, struct foreign_project *project,
                      const struct foreign_note *note);
/* ST_LIMIT when there are too many items, or the arena is full. */
enum status foreign_check(struct foreign *f) MUST_CHECK;

struct foreign_tally *foreign_count(struct foreign *f, const char *kind);
void foreign_refuse(struct foreign *f, const char *kind, const char *id, const char *why);
void foreign_remark(struct foreign *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void foreign_note_field(struct foreign *f, const char *kind, const char *name);
/* Count what an object has beside the members that its reader uses: `used` ends with NULL. */
void foreign_note_rest(struct foreign *f, const char *kind, const cJSON *object,
                       const char *const *used);

/* Whether the reader of this kind uses the member. */
bool foreign_is_used(const struct foreign *f, const char *kind, const char *member);

/* Words of the sources in our terms; what is not known is open, or 0, and counted as a field. */
int foreign_status(struct foreign *f, const char *kind, const char *word);
int64_t foreign_priority(struct foreign *f, const char *kind, const char *word);
/*
 * A time as RFC 3339 and its relatives write it ("2025-07-16 07:44:51", a date alone, ...; UTC
 * where no offset is given), in UTC and in one form; NULL when it is none, or not of 1970 to 9999.
 */
const char *foreign_time(struct arena *arena, const char *text);
/* `text` behind a heading, with an empty line between; nothing for an empty text. */
void foreign_section(struct buf *buf, const char *heading, const char *text);
/* Without blanks at both ends; NULL when nothing is left. */
const char *foreign_trim(struct arena *arena, const char *text);
/* A string or a number as text; NULL for anything else. */
const char *foreign_member(struct arena *arena, const cJSON *object, const char *name);

/*
 * A file as it is. ST_NOT_FOUND, ST_INVALID (not UTF-8, or with U+0000) and ST_LIMIT name it. A
 * byte order mark at its beginning is left out.
 */
enum status foreign_read(struct req *rq, const char *path, struct span *ret_text) MUST_CHECK;
/*
 * The file itself, or the first of the places (ended by NULL) that a directory has. ST_NOT_FOUND
 * names the first of them, and says how it comes to be.
 */
enum status foreign_file_in(struct req *rq, const char *path, const char *const *places,
                            const char *how, const char **ret_file) MUST_CHECK;
bool foreign_is_utf8(struct arena *arena, struct span text);
/* As foreign_read, and it is one JSON value that can be stored. */
enum status foreign_read_json(struct req *rq, const char *path, struct span *ret_text) MUST_CHECK;
/* ST_INVALID with the place of the fault; `what` names it in the sentence. */
enum status foreign_check_json(struct req *rq, const char *what, struct span text) MUST_CHECK;

/*
 * The readers. `path` is the source as it was given: a file, or the directory that holds it.
 * ST_INVALID, ST_NOT_FOUND and ST_LIMIT say what is wrong with it.
 */
enum status from_taskmaster(struct req *rq, const char *path, struct foreign **ret_f) MUST_CHECK;
enum status from_backlog(struct req *rq, const char *path, struct foreign **ret_f) MUST_CHECK;
enum status from_beads(struct req *rq, const char *path, struct foreign **ret_f) MUST_CHECK;
enum status from_dhafnck(struct req *rq, const char *path, struct foreign **ret_f) MUST_CHECK;

/* Their texts, without files: for them and for the fuzzers. */
enum status taskmaster_read(struct foreign *f, struct foreign_project *project,
                            struct span text) MUST_CHECK;
enum status beads_read(struct foreign *f, struct foreign_project *project,
                       struct span text) MUST_CHECK;
/* The front matter of a Markdown file as an object, and where the rest begins. */
enum status front_matter_read(struct req *rq, const char *what, struct span text, cJSON **ret_tree,
                              struct span *ret_body) MUST_CHECK;

struct foreign_reader {
    const char *program;
    enum status (*read)(struct req *rq, const char *path, struct foreign **ret_f);
    /* Is this surely a source of the program? Looks at names and first bytes only. */
    bool (*is_its)(struct req *rq, const char *path);
};
extern const struct foreign_reader foreign_readers[]; /* ended by a NULL program */
/* By name, NULL when unknown. */
const struct foreign_reader *foreign_reader_find(const char *program);
/* The one whose source it surely is; NULL: none, or it is not certain. */
const struct foreign_reader *foreign_reader_guess(struct req *rq, const char *path);

#endif
