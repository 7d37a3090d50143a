/*
 * Numbered pairs of up and down scripts, embedded at build time from sql/migrations.
 *
 * Applied one transaction each under an advisory transaction lock and recorded in
 * planner.schema_migrations with the SHA-256 of their text and the oldest program that may still
 * use the result. An edited, missing or newer record makes tool calls refuse with the reason.
 */
#ifndef PLANNER_STORE_MIGRATIONS_H
#define PLANNER_STORE_MIGRATIONS_H

struct migration {
    int version; /* 1, 2, ...; 0 ends the table */
    const char *name;
    const char *up;
    const char *down;
    const char *up_sha256; /* lower-case hexadecimal */
    const char *down_sha256;
    const char *oldest_program; /* "0.1.0" */
};

extern const struct migration all_migrations[];

#endif
