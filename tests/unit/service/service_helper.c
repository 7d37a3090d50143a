#include "service_helper.h"

#include "planner/base/memory.h"

struct rule {
    struct req rq;
    struct arena arena;
    struct log log;
    struct uuid_source uuids;
};

int rule_setup(void **state)
{
    struct rule *rule = memory_alloc(sizeof(*rule));

    *rule = (struct rule){.log = {.level = LOG_ERROR}};
    arena_init(&rule->arena, ARENA_CAP_DEFAULT);
    rule->rq = (struct req){.arena = &rule->arena,
                            .log = &rule->log,
                            .waiter = &waiter_plain,
                            .uuids = &rule->uuids,
                            .actor = {.agent = "agent-a"}};
    *state = rule;
    return 0;
}

int rule_teardown(void **state)
{
    struct rule *rule = *state;

    arena_destroy(&rule->arena);
    memory_free(rule);
    return 0;
}

void assert_status(const struct req *rq, enum status got, enum status want, const char *part)
{
    if (got != want)
        fail_msg("status %d, not %d: %s", (int)got, (int)want,
                 got == ST_OK ? "it was allowed" : rq->message);
    if (part != NULL && strstr(rq->message, part) == NULL)
        fail_msg("'%s' is not in: %s", part, rq->message);
}

static const struct project_rules usual_rules = {
    .id = "0198a3c4-7b2e-7d11-8f00-000000000001",
    .slug = "AUTH",
    .status = PROJECT_ACTIVE,
    .max_iterations = {true, 3},
    .complexity_threshold = {true, 0.7},
};

static const struct item_state usual_item = {
    .id = "0198a3c4-7b2e-7d11-8f00-000000000003",
    .parent_id = "0198a3c4-7b2e-7d11-8f00-000000000002",
    .key = "AUTH-3",
    .title = "Verify e-mail addresses",
    .kind = KIND_STEP,
    .status = ITEM_OPEN,
    .parent_status = ITEM_OPEN,
    .version = {true, 1},
    .depth = {true, 2},
};

static const struct step_state no_content = {
    .status = STEP_PENDING,
    .last_number = {true, 0},
    .iteration_count = {true, 0},
    .max_iterations_reached = {true, false},
    .server_ready = {true, false},
    .client_approved = {true, false},
};

static void give_draft(struct step_state *step)
{
    step->last_number = SOME_INT(1);
    step->server_number = SOME_INT(1);
    step->server_agent = "agent-s";
    step->last_agent = "agent-s";
    step->last_at = SOME_INT(1700000000000);
    step->content_at = SOME_INT(1700000000000);
    step->last_action = ACTION_SUBMIT;
}

static void give_review(struct step_state *step, enum step_action action)
{
    step->last_number.v++;
    step->last_action = action;
    step->last_agent = "agent-c";
    if (action == ACTION_COUNTER) {
        step->client_number = step->last_number;
        step->client_agent = "agent-c";
    }
}

static void give_final(struct step_state *step, bool by_user)
{
    give_review(step, by_user ? ACTION_RESOLVE : ACTION_APPROVE);
    step->final_number = SOME_INT(1);
    step->client_approved = SOME_BOOL(!by_user);
}

void rule_step_make(struct rule_step *ret_step, enum step_status status)
{
    struct step_state *step = &ret_step->step;

    *ret_step = (struct rule_step){.item = usual_item, .project = usual_rules, .step = no_content};
    ret_step->item.project = &ret_step->project;
    ret_step->item.step = step;
    step->status = (int)status;
    if (status != STEP_PENDING)
        give_draft(step);
    step->server_ready = SOME_BOOL(status != STEP_PENDING && status != STEP_SERVER_DRAFT);
    if (status == STEP_AGREED || status == STEP_USER_RESOLUTION)
        give_final(step, status == STEP_USER_RESOLUTION);
    if (status == STEP_DISPUTED || status == STEP_USER_RESOLUTION) {
        step->iteration_count = SOME_INT(3);
        step->max_iterations_reached = SOME_BOOL(true);
    }
    ret_step->item.disputed = SOME_BOOL(status == STEP_DISPUTED);
}

void rule_step_make_countered(struct rule_step *ret_step)
{
    rule_step_make(ret_step, STEP_SERVER_DRAFT);
    give_review(&ret_step->step, ACTION_COUNTER);
    ret_step->step.iteration_count = SOME_INT(1);
}
