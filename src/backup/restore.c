#include "backup_private.h"
#include "planner/base/clock.h"

enum status backup_restore(struct req *rq, const char *path, bool replace,
                           struct restore_report *ret_report)
{
    const int64_t began = clock_monotonic_ms();
    struct restore_report report = {0};
    struct dump_facts says = {0};

    TRY(backup_read(rq, path, &report.manifest));
    TRY(backup_verify(rq, path, &report.manifest));
    report.verify_ms = clock_monotonic_ms() - began;
    says = manifest_facts(&report.manifest);
    TRY(load_store(rq, &(struct load_order){.path = path, .says = &says, .replace = replace},
                   &report.load));
    *ret_report = report;
    return ST_OK;
}
