#include "planner/service/brief.h"

#include "planner/service/ref.h"
#include "planner/store/db.h"

static const struct field item_fields[] = {
    ROW_STR(struct brief_item, key, REQUIRED),
    ROW_STR(struct brief_item, title, REQUIRED),
    ROW_ENUM(struct brief_item, kind, kind_names, OPTIONAL),
    ROW_STR(struct brief_item, state, OPTIONAL),
    ROW_ENUM(struct brief_item, content_status, step_status_names, OPTIONAL),
    ROW_STR(struct brief_item, text, OPTIONAL),
    ROW_INT(struct brief_item, length, OPTIONAL),
    ROW_INT(struct brief_item, level, OPTIONAL),
    ROW_INT(struct brief_item, rounds, OPTIONAL),
    FIELD_END,
};
#define PROJECT_MEMBERS                                                                           \
    ROW_STR(struct brief_project, slug, REQUIRED), ROW_STR(struct brief_project, name, REQUIRED), \
        ROW_ENUM(struct brief_project, status, project_status_names, REQUIRED),                   \
        ROW_STR(struct brief_project, description, REQUIRED),                                     \
        ROW_INT(struct brief_project, description_length, REQUIRED),                              \
        ROW_INT(struct brief_project, max_iterations, REQUIRED),                                  \
        ROW_NUM(struct brief_project, complexity_threshold, REQUIRED),                            \
        ROW_BOOL(struct brief_project, require_review, REQUIRED),                                 \
        ROW_BOOL(struct brief_project, separate_authors, REQUIRED),                               \
        ROW_BOOL(struct brief_project, human_only, REQUIRED),                                     \
        ROW_BOOL(struct brief_project, require_evidence, REQUIRED)
static const struct field project_of_step_fields[] = {PROJECT_MEMBERS, FIELD_END};
static const struct field project_fields[] = {
    PROJECT_MEMBERS,
    ROW_BOOL(struct brief_project, sequential, REQUIRED),
    ROW_NUM(struct brief_project, progress, REQUIRED),
    ROW_INT(struct brief_project, items, REQUIRED),
    ROW_LIST(struct brief_project, lines, item_fields, struct brief_item, REQUIRED),
    ROW_INT(struct brief_project, disputed, REQUIRED),
    ROW_LIST(struct brief_project, disputes, item_fields, struct brief_item, REQUIRED),
    FIELD_END,
};
static const struct field version_fields[] = {
    ROW_INT(struct brief_version, number, REQUIRED),
    ROW_STR(struct brief_version, agent, REQUIRED),
    ROW_STR(struct brief_version, text, REQUIRED),
    ROW_INT(struct brief_version, length, REQUIRED),
    FIELD_END,
};
static const struct field round_fields[] = {
    ROW_INT(struct brief_round, number, REQUIRED),
    ROW_ENUM(struct brief_round, action, action_names, REQUIRED),
    ROW_STR(struct brief_round, role, REQUIRED),
    ROW_STR(struct brief_round, agent, REQUIRED),
    ROW_STR(struct brief_round, feedback, OPTIONAL),
    ROW_STR(struct brief_round, reasoning, OPTIONAL),
    ROW_NUM(struct brief_round, score, OPTIONAL),
    ROW_STR(struct brief_round, assessment, OPTIONAL),
    FIELD_END,
};
static const struct field dispute_fields[] = {
    ROW_STR(struct brief_dispute, id, REQUIRED),
    ROW_ENUM(struct brief_dispute, status, dispute_status_names, REQUIRED),
    ROW_INT(struct brief_dispute, rounds, REQUIRED),
    ROW_ENUM(struct brief_dispute, resolution, resolution_names, OPTIONAL),
    ROW_STR(struct brief_dispute, resolved_by, OPTIONAL),
    ROW_STR(struct brief_dispute, resolved_at, OPTIONAL),
    ROW_STR(struct brief_dispute, text, OPTIONAL),
    ROW_INT(struct brief_dispute, length, OPTIONAL),
    FIELD_END,
};
static const struct field evidence_fields[] = {
    ROW_STR(struct brief_evidence, kind, REQUIRED),
    ROW_STR(struct brief_evidence, reference, REQUIRED),
    ROW_STR(struct brief_evidence, summary, OPTIONAL),
    ROW_STR(struct brief_evidence, agent, REQUIRED),
    FIELD_END,
};
static const struct field step_fields[] = {
    ROW_STR(struct brief_step, key, REQUIRED),
    ROW_ENUM(struct brief_step, kind, kind_names, REQUIRED),
    ROW_STR(struct brief_step, title, REQUIRED),
    ROW_ENUM(struct brief_step, status, item_status_names, REQUIRED),
    ROW_STR(struct brief_step, state, REQUIRED),
    ROW_ENUM(struct brief_step, content_status, step_status_names, OPTIONAL),
    ROW_STR(struct brief_step, assignee, OPTIONAL),
    ROW_INT(struct brief_step, depth, REQUIRED),
    ROW_OBJ(struct brief_step, project, project_of_step_fields, struct brief_project, REQUIRED),
    ROW_LIST(struct brief_step, path, item_fields, struct brief_item, REQUIRED),
    ROW_LIST(struct brief_step, before, item_fields, struct brief_item, OPTIONAL),
    ROW_LIST(struct brief_step, after, item_fields, struct brief_item, OPTIONAL),
    ROW_INNER(struct brief_step, wait, wait_facts_fields, struct wait_facts),
    ROW_LIST(struct brief_step, needs, item_fields, struct brief_item, OPTIONAL),
    ROW_INT(struct brief_step, round, OPTIONAL),
    ROW_INT(struct brief_step, last, OPTIONAL),
    ROW_INT(struct brief_step, limit, OPTIONAL),
    ROW_NUM(struct brief_step, server_complexity, OPTIONAL),
    ROW_NUM(struct brief_step, client_complexity, OPTIONAL),
    ROW_NUM(struct brief_step, complexity_score, OPTIONAL),
    ROW_ENUM(struct brief_step, basis, basis_names, OPTIONAL),
    ROW_OBJ(struct brief_step, server, version_fields, struct brief_version, OPTIONAL),
    ROW_OBJ(struct brief_step, client, version_fields, struct brief_version, OPTIONAL),
    ROW_OBJ(struct brief_step, final, version_fields, struct brief_version, OPTIONAL),
    ROW_LIST(struct brief_step, rounds, round_fields, struct brief_round, OPTIONAL),
    ROW_LIST(struct brief_step, evidence, evidence_fields, struct brief_evidence, OPTIONAL),
    ROW_OBJ(struct brief_step, dispute, dispute_fields, struct brief_dispute, OPTIONAL),
    FIELD_END,
};

enum status brief_read_step(struct req *rq, const char *arg, const char *text,
                            struct brief_step *ret_brief)
{
    struct ref ref;
    struct brief_step brief;
    bool found = false;

    TRY(ref_parse(rq, arg, text, &ref));
    TRY(db_read(rq, &q_brief_step,
                PARAMS(REF_PARAMS(&ref), param_int(rq, BRIEF_CONTENT_CHARS),
                       param_int(rq, BRIEF_TEXT_CHARS), param_int(rq, BRIEF_ROWS)),
                INTO_FOUND(step_fields, &brief, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    if (brief.kind != KIND_STEP)
        return req_fail(rq, ST_INVALID, "'%s': %s is a %s; name a step", arg, brief.key,
                        field_choice(kind_names, brief.kind));
    if (brief.wait != NULL)
        brief.not_ready = ready_why(rq, brief.key, brief.wait);
    *ret_brief = brief;
    return ST_OK;
}

enum status brief_read_project(struct req *rq, const char *arg, const char *text,
                               struct brief_project *ret_brief)
{
    struct ref ref;
    bool found = false;

    TRY(ref_parse_project(rq, arg, text, &ref));
    TRY(db_read(rq, &q_brief_project,
                PARAMS(ref.id, ref.slug, rq->directory, param_int(rq, BRIEF_CONTENT_CHARS),
                       param_int(rq, BRIEF_TEXT_CHARS), param_int(rq, BRIEF_LINES),
                       param_int(rq, BRIEF_ROWS)),
                INTO_FOUND(project_fields, ret_brief, &found)));
    return found ? ST_OK : ref_not_found(rq, &ref);
}
