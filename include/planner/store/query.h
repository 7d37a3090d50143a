/* One statement from sql/queries, embedded at build time. */
#ifndef PLANNER_STORE_QUERY_H
#define PLANNER_STORE_QUERY_H

struct query {
    const char *name; /* file name without .sql; also the name of the prepared statement */
    const char *sql;
    int n_params;
};

#endif
