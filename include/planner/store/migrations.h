/*
 * Numbered pairs of up and down scripts, embedded at build time from sql/migrations.
 *
 * Applied one transaction each under an advisory transaction lock and recorded in
 * planner.schema_migrations with the SHA-256 of their text and the oldest program that may still
 * use the result. An edited, missing or newer record makes tool calls refuse with the reason.
 * Everything but the scripts comes from their headers (docs/MIGRATIONS.md).
 */
#ifndef PLANNER_STORE_MIGRATIONS_H
#define PLANNER_STORE_MIGRATIONS_H

struct migration_script {
    const char *sql;
    const char *sha256;            /* lower-case hexadecimal */
    const char *locks;             /* words: what waits for it, and how long */
    const char *lock_timeout;      /* as PostgreSQL reads it: "10s" */
    const char *statement_timeout; /* of each statement */
};

struct migration {
    int version; /* 1, 2, ...; 0 ends the table */
    const char *name;
    struct migration_script up;
    struct migration_script down;
    const char *batch;          /* a statement that is run until nothing is left, or NULL */
    const char *sha256;         /* what a store records: of the up script and the batches */
    const char *oldest_program; /* "0.1.0" */
    const char *depends_on;     /* numbers of four digits with blanks between, or "nothing" */
    const char *phase;          /* expand, contract */
    int server;                 /* the oldest PostgreSQL, or 0 */
    const char *extensions;     /* names with blanks between */
    const char *loses;          /* words: what going down takes away for good */
};

extern const struct migration all_migrations[];

#endif
