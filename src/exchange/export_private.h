/* What export.c and export_markdown.c share. */
#ifndef PLANNER_EXCHANGE_EXPORT_PRIVATE_H
#define PLANNER_EXCHANGE_EXPORT_PRIVATE_H

#include "planner/exchange/export.h"
#include "planner/store/transfer.h"

/* `projects`: const char *, ids. */
enum status export_write_markdown(struct req *rq, struct transfer *from,
                                  const struct list *projects,
                                  const struct record_sink *sink) MUST_CHECK;

#endif
