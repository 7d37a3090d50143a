#include "planner/service/shapes.h"

const char *const kind_names[] = {"project", "task", "step", NULL};
const char *const item_status_names[] = {"open", "complete", "cancelled", NULL};
const char *const project_status_names[] = {"active", "archived", NULL};
const char *const step_status_names[] = {
    "pending", "server_draft", "client_review", "agreed", "disputed", "user_resolution", NULL};
const char *const action_names[] = {"submit",  "accept",  "approve", "revise",
                                    "counter", "resolve", "assess",  NULL};
const char *const dispute_status_names[] = {"pending", "resolved", NULL};
const char *const resolution_names[] = {"server", "client", "custom", "hybrid", NULL};
const char *const basis_names[] = {"analysis", "single", "consensus", "close", "weighted", NULL};
const char *const promote_reason_names[] = {"threshold", "assessed", NULL};

const struct field assessment_fields[] = {
    FIELD_NUM(struct assessment, score, 0, 1, REQUIRED, NULL),
    FIELD_NUM(struct assessment, confidence, 0, 1, OPTIONAL, NULL),
    ROW_BOOL(struct assessment, should_promote, OPTIONAL),
    FIELD_STRS(struct assessment, breakdown, 0, 50, OPTIONAL, NULL),
    FIELD_TEXT(struct assessment, reasoning, 0, 16384, OPTIONAL, NULL),
    FIELD_END,
};

const struct field content_analysis_fields[] = {
    ROW_NUM(struct content_analysis, score, REQUIRED),
    FIELD_STRS(struct content_analysis, breakdown, 0, 50, OPTIONAL, NULL),
    FIELD_END,
};

const struct field lock_fields[] = {
    ROW_STR(struct lock_row, project_id, REQUIRED), ROW_STR(struct lock_row, id, REQUIRED),
    ROW_STR(struct lock_row, xid, REQUIRED),        ROW_BOOL(struct lock_row, exclusive, REQUIRED),
    ROW_BOOL(struct lock_row, listened, REQUIRED),  FIELD_END,
};

const struct field project_rules_fields[] = {
    ROW_STR(struct project_rules, id, REQUIRED),
    ROW_STR(struct project_rules, slug, REQUIRED),
    ROW_ENUM(struct project_rules, status, project_status_names, REQUIRED),
    ROW_INT(struct project_rules, max_iterations, REQUIRED),
    ROW_NUM(struct project_rules, complexity_threshold, REQUIRED),
    ROW_BOOL(struct project_rules, require_review, REQUIRED),
    ROW_BOOL(struct project_rules, separate_authors, REQUIRED),
    ROW_BOOL(struct project_rules, human_only, REQUIRED),
    ROW_BOOL(struct project_rules, require_evidence, REQUIRED),
    FIELD_END,
};

static const struct field step_state_fields[] = {
    ROW_ENUM(struct step_state, status, step_status_names, REQUIRED),
    ROW_INT(struct step_state, last_number, REQUIRED),
    ROW_INT(struct step_state, iteration_count, REQUIRED),
    ROW_BOOL(struct step_state, max_iterations_reached, REQUIRED),
    ROW_BOOL(struct step_state, server_ready, REQUIRED),
    ROW_BOOL(struct step_state, client_approved, REQUIRED),
    ROW_INT(struct step_state, turn_number, OPTIONAL),
    ROW_INT(struct step_state, server_number, OPTIONAL),
    ROW_INT(struct step_state, client_number, OPTIONAL),
    ROW_INT(struct step_state, final_number, OPTIONAL),
    ROW_NUM(struct step_state, server_complexity, OPTIONAL),
    ROW_NUM(struct step_state, client_complexity, OPTIONAL),
    ROW_NUM(struct step_state, agreed_complexity, OPTIONAL),
    ROW_NUM(struct step_state, complexity_score, OPTIONAL),
    ROW_ENUM(struct step_state, complexity_basis, basis_names, OPTIONAL),
    ROW_BOOL(struct step_state, assessed_promote, OPTIONAL),
    ROW_STR(struct step_state, server_agent, OPTIONAL),
    ROW_STR(struct step_state, client_agent, OPTIONAL),
    ROW_ENUM(struct step_state, last_action, action_names, OPTIONAL),
    ROW_STR(struct step_state, last_agent, OPTIONAL),
    ROW_INT(struct step_state, last_at, OPTIONAL),
    ROW_INT(struct step_state, server_assessment_number, OPTIONAL),
    ROW_INT(struct step_state, client_assessment_number, OPTIONAL),
    ROW_OBJ(struct step_state, server_assessment, assessment_fields, struct assessment, OPTIONAL),
    ROW_OBJ(struct step_state, client_assessment, assessment_fields, struct assessment, OPTIONAL),
    ROW_OBJ(struct step_state, analysis, content_analysis_fields, struct content_analysis,
            OPTIONAL),
    ROW_OBJ(struct step_state, client_analysis, content_analysis_fields, struct content_analysis,
            OPTIONAL),
    ROW_INT(struct step_state, content_at, OPTIONAL),
    FIELD_END,
};

const struct field claim_state_fields[] = {
    ROW_STR(struct claim_state, agent, REQUIRED),
    ROW_INT(struct claim_state, token, REQUIRED),
    ROW_INT(struct claim_state, lease_seconds, REQUIRED),
    ROW_INT(struct claim_state, expires_at, REQUIRED),
    ROW_BOOL(struct claim_state, live, REQUIRED),
    FIELD_END,
};

const struct field item_state_fields[] = {
    ROW_STR(struct item_state, id, REQUIRED),
    ROW_STR(struct item_state, parent_id, OPTIONAL),
    ROW_STR(struct item_state, key, REQUIRED),
    ROW_STR(struct item_state, title, REQUIRED),
    ROW_ENUM(struct item_state, kind, kind_names, REQUIRED),
    ROW_ENUM(struct item_state, status, item_status_names, REQUIRED),
    ROW_ENUM(struct item_state, parent_status, item_status_names, OPTIONAL),
    ROW_INT(struct item_state, parent_completed_at, OPTIONAL),
    ROW_INT(struct item_state, version, REQUIRED),
    ROW_INT(struct item_state, depth, REQUIRED),
    ROW_INT(struct item_state, completed_at, OPTIONAL),
    ROW_INT(struct item_state, n_children, REQUIRED),
    ROW_INT(struct item_state, n_open, REQUIRED),
    ROW_INT(struct item_state, evidence_at, OPTIONAL),
    ROW_NUM(struct item_state, progress, REQUIRED),
    ROW_BOOL(struct item_state, sequential, REQUIRED),
    ROW_BOOL(struct item_state, avail, REQUIRED),
    ROW_BOOL(struct item_state, disputed, REQUIRED),
    ROW_BOOL(struct item_state, needs_final, REQUIRED),
    ROW_BOOL(struct item_state, waited_for, OPTIONAL),
    ROW_BOOL(struct item_state, gone, REQUIRED),
    ROW_OBJ(struct item_state, claim, claim_state_fields, struct claim_state, OPTIONAL),
    ROW_OBJ(struct item_state, project, project_rules_fields, struct project_rules, REQUIRED),
    ROW_OBJ(struct item_state, step, step_state_fields, struct step_state, OPTIONAL),
    FIELD_END,
};

static const struct field parent_fields[] = {
    ROW_STR(struct parent_progress, key, REQUIRED),
    ROW_STR(struct parent_progress, title, REQUIRED),
    ROW_NUM(struct parent_progress, progress, REQUIRED),
    FIELD_END,
};

/* The members that every answer of a write to an item has, in the order in which they are told. */
#define ITEM_ANSWER_COMMON                                                                         \
    ROW_BOOL(struct item_answer, changed, REQUIRED),                                               \
        ROW_INT(struct item_answer, change, OPTIONAL), ROW_STR(struct item_answer, key, REQUIRED), \
        ROW_STR(struct item_answer, id, REQUIRED),                                                 \
        ROW_ENUM(struct item_answer, kind, kind_names, REQUIRED),                                  \
        ROW_STR(struct item_answer, title, REQUIRED),                                              \
        ROW_STR(struct item_answer, status, REQUIRED),                                             \
        ROW_STR(struct item_answer, state, REQUIRED),                                              \
        ROW_NUM(struct item_answer, progress, REQUIRED),                                           \
        ROW_INT(struct item_answer, version, REQUIRED),                                            \
        ROW_STR(struct item_answer, project, REQUIRED),                                            \
        ROW_BOOL(struct item_answer, replayed, OPTIONAL)

const struct field item_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    FIELD_END,
};

/* What a write says about the size of the step as it is now. */
#define COMPLEXITY_TOLD                                             \
    ROW_NUM(struct item_answer, complexity_score, OPTIONAL),        \
        ROW_ENUM(struct item_answer, basis, basis_names, OPTIONAL), \
        ROW_BOOL(struct item_answer, should_promote, OPTIONAL),     \
        ROW_ENUM(struct item_answer, promote_reason, promote_reason_names, OPTIONAL)
const struct field link_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    FIELD_STRS(struct item_answer, added, 0, 0, OPTIONAL, NULL),
    FIELD_STRS(struct item_answer, removed, 0, 0, OPTIONAL, NULL),
    ROW_STR(struct item_answer, waits_for, OPTIONAL),
    FIELD_END,
};

const struct field edit_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_STR(struct item_answer, moved_to, OPTIONAL),
    ROW_STR(struct item_answer, place, OPTIONAL),
    ROW_BOOL(struct item_answer, updated, OPTIONAL),
    FIELD_END,
};

const struct field delete_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_INT(struct item_answer, below, OPTIONAL),
    FIELD_STRS(struct item_answer, released, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};

const struct field collaboration_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_INT(struct item_answer, draft, OPTIONAL),
    ROW_INT(struct item_answer, round, REQUIRED),
    ROW_INT(struct item_answer, rounds, REQUIRED),
    ROW_STR(struct item_answer, decision, OPTIONAL),
    ROW_STR(struct item_answer, dispute, OPTIONAL),
    COMPLEXITY_TOLD,
    FIELD_END,
};

const struct field completion_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_LIST(struct item_answer, parents, parent_fields, struct parent_progress, OPTIONAL),
    FIELD_STRS(struct item_answer, released, 0, 0, OPTIONAL, NULL),
    ROW_STR(struct item_answer, next, OPTIONAL),
    ROW_BOOL(struct item_answer, late, OPTIONAL),
    FIELD_END,
};

const struct field resolution_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_STR(struct item_answer, dispute, REQUIRED),
    ROW_STR(struct item_answer, resolution, OPTIONAL),
    ROW_STR(struct item_answer, resolved_by, OPTIONAL),
    FIELD_END,
};

const struct field claim_answer_fields[] = {
    ITEM_ANSWER_COMMON,
    ROW_INT(struct item_answer, token, OPTIONAL),
    ROW_STR(struct item_answer, expires_at, OPTIONAL),
    FIELD_END,
};

struct item_answer item_unchanged(const struct item_state *item)
{
    const bool is_step = item->step != NULL;
    const char *state = field_choice(item_status_names, item->status);

    return (struct item_answer){
        .changed = SOME_BOOL(false),
        .key = item->key,
        .id = item->id,
        .kind = item->kind,
        .title = item->title,
        .status = is_step ? field_choice(step_status_names, item->step->status) : state,
        .state = state,
        .progress = item->progress,
        .version = item->version,
        .project = item->project->slug,
    };
}

const struct field project_answer_fields[] = {
    ROW_BOOL(struct project_answer, changed, REQUIRED),
    ROW_INT(struct project_answer, change, OPTIONAL),
    ROW_STR(struct project_answer, slug, REQUIRED),
    ROW_STR(struct project_answer, id, REQUIRED),
    ROW_STR(struct project_answer, name, REQUIRED),
    ROW_ENUM(struct project_answer, status, project_status_names, REQUIRED),
    ROW_NUM(struct project_answer, progress, REQUIRED),
    ROW_INT(struct project_answer, version, REQUIRED),
    ROW_INT(struct project_answer, to_promote, OPTIONAL),
    ROW_BOOL(struct project_answer, replayed, OPTIONAL),
    FIELD_END,
};
