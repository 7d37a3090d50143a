/* What follows from the rows of a project that was brought in, and what is wrong with them. */
#include "intake_private.h"
#include "planner/doctor/doctor_parts.h"

struct wrong_row {
    struct list wrong; /* const char * */
};
static const struct field wrong_fields[] = {
    FIELD_STRS(struct wrong_row, wrong, 0, 0, REQUIRED, NULL), FIELD_END};

static enum status check_rows(struct req *rq, struct transfer *to, const char *project)
{
    struct wrong_row row = {0};

    TRY(transfer_run(to, &q_import_check, PARAMS(project), INTO(wrong_fields, &row)));
    if (row.wrong.n == 0)
        return ST_OK;
    return req_fail(
        rq, ST_INVALID, "the rows do not fit together: %s%s", *LIST_AT(row.wrong, 0, const char *),
        row.wrong.n > 1 ? arena_printf(rq->arena, "; %s%s", *LIST_AT(row.wrong, 1, const char *),
                                       row.wrong.n > 2 ? "; and more" : "")
                        : "");
}

static enum status check_circles(struct req *rq, struct transfer *to, const char *project)
{
    struct doctor_graph graph = {0};
    const char *circle = NULL;

    TRY(transfer_run(to, &q_import_circles, PARAMS(project), INTO(doctor_graph_fields, &graph)));
    circle = doctor_circle(rq->arena, &graph);
    if (circle == NULL)
        return ST_OK;
    return req_fail(rq, ST_INVALID, "the dependencies make a circle: %s wait for each other",
                    circle);
}

enum status intake_settle(struct req *rq, struct transfer *to, const struct planned *project,
                          int64_t change)
{
    for (int64_t depth = project->depth - 1; depth >= 0; depth--)
        TRY(transfer_run(to, &q_import_roll, PARAMS(project->id_here, param_int(rq, depth)),
                         INTO_NOTHING));
    TRY(transfer_run(to, &q_import_words, PARAMS(project->id_here), INTO_NOTHING));
    TRY(check_rows(rq, to, project->id_here));
    TRY(check_circles(rq, to, project->id_here));
    return transfer_run(to, &q_import_told, PARAMS(project->id_here, param_int(rq, change)),
                        INTO_NOTHING);
}
