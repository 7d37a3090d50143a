/* Judging the standby that reads go to: through a session of its own, since it is another server.
 */
#include "planner/doctor/doctor_parts.h"

#define BEHIND_S 30

static void judge_found(struct doctor *doctor, const struct doctor_replication *r,
                        struct doctor_finding *f)
{
    if (!r->standby.v)
        doctor_say(doctor, f, DOCTOR_WARNING, "it is a primary, not a standby");
    else if (r->receiver == NULL)
        doctor_say(doctor, f, DOCTOR_WARNING, "it receives nothing; it is %s behind",
                   doctor_span(doctor, r->behind_seconds.v));
    else
        doctor_say(doctor, f, r->behind_seconds.v > BEHIND_S ? DOCTOR_WARNING : DOCTOR_OK,
                   "it is %s behind", doctor_span(doctor, r->behind_seconds.v));
}

void judge_read_standby(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    struct db_config config = *doctor->order->config;
    struct doctor other = {.rq = doctor->rq, .order = doctor->order};
    struct probe_fault fault = {0};

    (void)facts;
    if (config.read_dsn == NULL) {
        doctor_say(doctor, f, DOCTOR_OK, "not asked for");
        return;
    }
    config.dsn = config.read_dsn;
    config.read_dsn = NULL;
    config.standby = true;
    if (probe_open(doctor->rq, &config, doctor->order->timeout_ms, &other.probe, &fault) != ST_OK) {
        doctor_say(doctor, f, DOCTOR_WARNING, "it cannot be reached (%s)",
                   fault.why == NULL ? "no reason given" : fault.why);
        return;
    }
    facts = doctor_facts(&other, SOURCE_REPLICATION);
    if (facts == NULL)
        doctor_say(doctor, f, DOCTOR_SKIPPED, "not looked at: %s",
                   other.reads[SOURCE_REPLICATION].why);
    else
        judge_found(doctor, facts, f);
    probe_close(&other.probe);
}
