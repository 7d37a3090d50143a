/*
 * Looking after the database: one table of checks (src/doctor/checks.c), each of which reads facts
 * and judges them. Nothing is written, no lock is taken that others could wait for, and no
 * statement runs longer than PROBE_TIMEOUT_S; what was not looked at for that or another reason is
 * said, not left out.
 *
 * Facts are read by statements of sql/queries/doctor_*.sql, once for all checks that want them;
 * judging is C, so that every limit stands in one place and can be tested without a server.
 *
 * Everything returned lives as long as the request.
 */
#ifndef PLANNER_DOCTOR_DOCTOR_H
#define PLANNER_DOCTOR_DOCTOR_H

#include "planner/store/probe.h"

enum doctor_severity {
    DOCTOR_OK = 1,
    DOCTOR_INFO,    /* worth knowing, nothing to do */
    DOCTOR_SKIPPED, /* not looked at: `seen` says why */
    DOCTOR_WARNING, /* works, and will not for ever */
    DOCTOR_ERROR    /* something is broken, or lost at the next crash */
};
extern const char *const doctor_severity_names[]; /* by severity - 1, ended by NULL */

/* What one check found. Without trouble `means` and `todo` are NULL. */
struct doctor_finding {
    const char *check;
    enum doctor_severity severity;
    const char *seen;
    const char *means;
    const char *todo;
};

struct doctor_report {
    struct doctor_finding *findings;
    size_t n;
    size_t counts[DOCTOR_ERROR + 1]; /* by severity */
    bool reached;                    /* there was a session with the database */
};

/* What is known of backups, by who knows what one is. */
struct doctor_backups {
    const char *dir;
    const char *why;     /* it cannot be looked at, or NULL */
    size_t n;            /* of this store */
    const char *newest;  /* its name, when there is any */
    int64_t age_seconds; /* of the newest */
};

/* What is to be looked at, and how. */
struct doctor_order {
    const struct db_config *config;
    bool quick;       /* without the checks that read whole tables of the plan */
    const char *only; /* one check by name, or NULL */
    bool store;       /* only those of the store, wherever it lies */
    int timeout_ms;   /* of connecting */
    /* Looks for backups once there is a session; NULL: nobody said where they lie. */
    void (*backups)(void *ctx, struct doctor_backups *ret_backups);
    /* Called before each check, with its name; may be NULL. */
    void (*progress)(void *ctx, const char *check, size_t done, size_t total);
    void *ctx;
};

/*
 * Look, through a session of its own. ST_OK also when there is trouble, and when there is no
 * database to be reached. ST_INVALID: no check has that name; ST_CANCELLED.
 */
enum status doctor_run(struct req *rq, const struct doctor_order *order,
                       struct doctor_report *ret_report) MUST_CHECK;

/* What doctor_fix did. */
struct doctor_fixed {
    size_t projects;
    int64_t rows; /* counters and items that were wrong */
};
/*
 * Compute the counters of every project afresh where 'counters' or 'blockers' found something
 * wrong: a transaction per project, under its exclusive topology lock, told in the audit as an
 * update of the project without values, since counters are derived. Through rq's own connection.
 * ST_UNAVAILABLE, ST_RETRY and what else a write may come to; what was done before stays.
 */
enum status doctor_fix(struct req *rq, const struct doctor_order *order,
                       struct doctor_fixed *ret_fixed) MUST_CHECK;

/* ST_INVALID: no check has that name. `only` may be NULL. */
enum status doctor_check_known(struct req *rq, const char *only) MUST_CHECK;
/* The lines of docs/DOCTOR.md that tell every check, or `only` one (which is known), as markdown.
 */
const char *doctor_reference(struct arena *arena, const char *only);
/* The same as an object: {"checks":[{"check","looks","worst","deep","means","todo"}]}. */
const char *doctor_reference_json(struct arena *arena, const char *only);

/* ---- in brief, for agents */

/* A check that found trouble. Its sentence names no host, path, user or statement. */
struct doctor_trouble {
    const char *check, *severity, *means;
};
/* Members that are not known are left out. */
struct doctor_health {
    const char *database;       /* answers, away, unmade */
    const char *reason;         /* away: the sentence that calls get */
    const char *breaker;        /* closed, open (calls are answered at once), half-open */
    struct opt_num answer_ms;   /* one statement there and back */
    struct opt_int schema;      /* version; it fits, or nothing would be answered */
    struct opt_int disputes;    /* that wait for a person */
    const char *disputes_since; /* the oldest, ISO 8601 */
    struct opt_int claims, claims_expired;
    struct list trouble; /* of struct doctor_trouble */
    struct opt_bool ok;  /* it answers, and nothing is an error */
};
extern const struct field doctor_health_fields[];

/*
 * What an agent has to know, through the connection that calls use: five short statements. ST_OK
 * also when the database is away or not made yet, which it then says; it is not made by asking.
 */
enum status doctor_health(struct req *rq, struct doctor_health *ret_health) MUST_CHECK;

#endif
