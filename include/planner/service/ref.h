/*
 * Naming things: wherever a tool takes an item it takes the key (AUTH-34, any case), the UUID,
 * task://UUID or step://UUID; wherever it takes a project, the slug, the UUID or project://UUID
 * (SPEC 1). The root item of a project has the project's id and number 0, so one form serves both.
 */
#ifndef PLANNER_SERVICE_REF_H
#define PLANNER_SERVICE_REF_H

#include "planner/base/field.h"
#include "planner/base/req.h"

#define REF_TEXT_MAX 60 /* characters: the longest form, dispute://UUID, with room */

struct ref {
    const char *arg;    /* the argument that it came in, for messages */
    const char *text;   /* as given */
    const char *id;     /* lower-case UUID, or NULL */
    const char *slug;   /* upper-case slug, or NULL */
    const char *number; /* decimal, "0" for a project; NULL with an id */
};

/* An item or a project; ST_INVALID says what the forms are. */
enum status ref_parse(struct req *rq, const char *arg, const char *text,
                      struct ref *ret_ref) MUST_CHECK;
/* Only a project. `text` NULL: the configured project, else a ref without anything. */
enum status ref_parse_project(struct req *rq, const char *arg, const char *text,
                              struct ref *ret_ref) MUST_CHECK;
/*
 * As ref_parse; without a text the configured project, else the one that is bound to the directory:
 * then the slug is the directory, which no slug can be.
 */
enum status ref_parse_or_default(struct req *rq, const char *arg, const char *text,
                                 struct ref *ret_ref) MUST_CHECK;
/* The sentence for what was not found; asks the store what is there instead. */
enum status ref_not_found(struct req *rq, const struct ref *ref) MUST_CHECK;
/* ST_OK when there is such an item or project, else that sentence. */
enum status ref_check(struct req *rq, const struct ref *ref) MUST_CHECK;
/* The first of `n` names in a sentence: "AUTH-3, AUTH-6 and 2 more". */
const char *ref_some(struct req *rq, const struct list *names, int64_t n);
/* A slug from a name: letters and digits of its first word or words, [A-Z][A-Z0-9]{1,9}. */
const char *ref_slug_from_name(struct arena *arena, const char *name);
bool ref_slug_is_valid(const char *slug);

/* The three parameters of find_item: id, slug, number. */
#define REF_PARAMS(r) (r)->id, (r)->slug, (r)->number

#endif
