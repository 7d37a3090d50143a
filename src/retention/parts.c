/* What the rows of an archive are called. */
#include <string.h>

#include "retention_private.h"

const char *const retention_part_names[RETENTION_PARTS] = {
    [PART_PROJECT] = "project",       [PART_COUNTERS] = "counters", [PART_ITEMS] = "items",
    [PART_ITERATIONS] = "iterations", [PART_STEPS] = "steps",       [PART_DISPUTES] = "disputes",
    [PART_EVIDENCE] = "evidence",     [PART_DEPS] = "deps",         [PART_ORIGINS] = "origins",
    [PART_UNDOS] = "undos",           [PART_CUTS] = "cuts",         [PART_PURGED] = "purged",
    [PART_AUDIT] = "audit",
};

const char *const retention_part_kinds[RETENTION_PARTS] = {
    [PART_PROJECT] = "project",      [PART_COUNTERS] = "counter", [PART_ITEMS] = "item",
    [PART_ITERATIONS] = "iteration", [PART_STEPS] = "step",       [PART_DISPUTES] = "dispute",
    [PART_EVIDENCE] = "evidence",    [PART_DEPS] = "dependency",  [PART_ORIGINS] = "origin",
    [PART_UNDOS] = "undo",           [PART_CUTS] = "cut",         [PART_PURGED] = "purged",
    [PART_AUDIT] = "audit",
};

enum retention_part retention_part_find(const char *name, size_t len)
{
    enum retention_part part = PART_PROJECT;

    while (part < RETENTION_PARTS && (strlen(retention_part_names[part]) != len ||
                                      memcmp(retention_part_names[part], name, len) != 0))
        part++;
    return part;
}
