/* Judging what is known of backups. */
#include "planner/doctor/doctor_parts.h"

#define OLD_SECONDS ((int64_t)2 * 86400) /* one each night may be late, and not two */

void judge_backup(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_order *order = doctor->order;
    struct doctor_backups b = {0};

    (void)facts;
    if (order->backups == NULL) {
        doctor_say(doctor, f, DOCTOR_INFO, "nobody said where they lie ('backup-dir')");
        return;
    }
    order->backups(order->ctx, &b);
    if (b.why != NULL)
        doctor_say(doctor, f, DOCTOR_WARNING, "%s", b.why);
    else if (b.n == 0)
        doctor_say(doctor, f, DOCTOR_WARNING, "there is none of this store in '%s'", b.dir);
    else
        doctor_say(doctor, f, b.age_seconds > OLD_SECONDS ? DOCTOR_WARNING : DOCTOR_OK,
                   "the newest of %zu in '%s' is %s old (%s)", b.n, b.dir,
                   doctor_span(doctor, b.age_seconds), b.newest);
}
