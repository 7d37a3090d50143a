/* What may be completed, cancelled and reopened, and when it has been done already. */
#include "service_helper.h"

#include "planner/service/complete.h"

static enum status complete(struct req *rq, const struct rule_step *s, int outcome,
                            bool *ret_changes)
{
    const struct complete_args args = {.outcome = outcome};

    return complete_rule(rq, &s->item, &args, ret_changes);
}

static void outcomes__lead_from_every_status(void **state)
{
    static const struct {
        int from, outcome;
        enum status want;
        bool changes;
    } each[] = {
        {ITEM_OPEN, 0, ST_OK, true}, /* done is the default */
        {ITEM_OPEN, OUTCOME_DONE, ST_OK, true},
        {ITEM_OPEN, OUTCOME_CANCELLED, ST_OK, true},
        {ITEM_OPEN, OUTCOME_REOPEN, ST_OK, false},
        {ITEM_COMPLETE, OUTCOME_DONE, ST_OK, false},
        {ITEM_COMPLETE, OUTCOME_CANCELLED, ST_CONFLICT, false},
        {ITEM_COMPLETE, OUTCOME_REOPEN, ST_OK, true},
        {ITEM_CANCELLED, OUTCOME_DONE, ST_CONFLICT, false},
        {ITEM_CANCELLED, OUTCOME_CANCELLED, ST_OK, false},
        {ITEM_CANCELLED, OUTCOME_REOPEN, ST_OK, true},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(each); i++) {
        struct rule_step s;
        bool changes = !each[i].changes;
        rule_step_make(&s, STEP_PENDING);
        s.item.status = each[i].from;
        assert_fails(rq, complete(rq, &s, each[i].outcome, &changes), each[i].want,
                     each[i].want == ST_OK ? NULL : "reopen it first");
        if (each[i].want == ST_OK)
            assert_int_equal(changes, each[i].changes);
    }
}

static void parents__are_complete_by_their_children_only(void **state)
{
    static const struct {
        int status, outcome;
        const char *part;
    } cases[] = {
        {ITEM_OPEN, OUTCOME_DONE, "its 5 children are; 2 of them are open"},
        {ITEM_OPEN, OUTCOME_CANCELLED, "has 5 children and stands as they do; cancel them instead"},
        {ITEM_COMPLETE, OUTCOME_REOPEN, "reopen one of its children"},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct rule_step s;
        bool changes = false;
        rule_step_make(&s, STEP_PENDING);
        s.item.kind = KIND_TASK;
        s.item.step = NULL;
        s.item.status = cases[i].status;
        s.item.n_children = SOME_INT(5);
        s.item.n_open = SOME_INT(2);
        assert_fails(rq, complete(rq, &s, cases[i].outcome, &changes), ST_CONFLICT, cases[i].part);
    }
}

static void tasks__without_children_are_completed_themselves(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;

    rule_step_make(&s, STEP_PENDING);
    s.item.kind = KIND_TASK;
    s.item.step = NULL;
    s.project.require_review = SOME_BOOL(true);
    assert_ok(rq, complete(rq, &s, OUTCOME_DONE, &changes));

    assert_true(changes);
}

static void projects__are_never_completed_by_hand(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;

    rule_step_make(&s, STEP_PENDING);
    s.item.kind = KIND_PROJECT;
    s.item.step = NULL;

    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_INVALID, "is a project");
}

static void nothing__changes_below_a_cancelled_parent(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;

    rule_step_make(&s, STEP_PENDING);
    s.item.parent_status = ITEM_CANCELLED;
    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_CONFLICT, "parent of AUTH-3");
    s.item.status = ITEM_CANCELLED;
    assert_fails(rq, complete(rq, &s, OUTCOME_REOPEN, &changes), ST_CONFLICT, "parent of AUTH-3");
}

static void disputed__is_neither_done_nor_cancelled(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;

    rule_step_make(&s, STEP_DISPUTED);
    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_CONFLICT,
                 "resolve_dispute AUTH-3");
    assert_fails(rq, complete(rq, &s, OUTCOME_CANCELLED, &changes), ST_CONFLICT,
                 "resolve_dispute AUTH-3");
}

static void require_review__wants_final_content(void **state)
{
    struct req *rq = *state;

    for (int status = STEP_PENDING; status <= STEP_USER_RESOLUTION; status++) {
        const bool final = status == STEP_AGREED || status == STEP_USER_RESOLUTION;
        struct rule_step s;
        bool changes = false;
        if (status == STEP_DISPUTED)
            continue;
        rule_step_make(&s, status);
        assert_ok(rq, complete(rq, &s, OUTCOME_DONE, &changes));
        s.project.require_review = SOME_BOOL(true);
        assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), final ? ST_OK : ST_NOT_READY,
                     final                          ? NULL
                     : status == STEP_CLIENT_REVIEW ? "(review_step AUTH-3)"
                                                    : "(submit_step AUTH-3)");
        assert_ok(rq, complete(rq, &s, OUTCOME_CANCELLED, &changes));
    }
}

static void require_evidence__wants_some_that_is_newer_than_the_content(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;
    struct evidence_new evidence = {.kind = EVIDENCE_COMMIT, .reference = "abc"};
    const struct complete_args with = {.outcome = OUTCOME_DONE, .evidence = {true, 1, &evidence}};

    rule_step_make(&s, STEP_AGREED);
    s.project.require_evidence = SOME_BOOL(true);
    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_NOT_READY, "'evidence'");
    assert_ok(rq, complete_rule(rq, &s.item, &with, &changes));

    s.item.evidence_at = SOME_INT(s.step.content_at.v - 1);
    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_NOT_READY, "'evidence'");
    s.item.evidence_at = SOME_INT(s.step.content_at.v + 1);
    assert_ok(rq, complete(rq, &s, OUTCOME_DONE, &changes));
}

static void require_evidence__holds_for_leaf_tasks_too(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    bool changes = false;

    rule_step_make(&s, STEP_PENDING);
    s.item.kind = KIND_TASK;
    s.item.step = NULL;
    s.project.require_evidence = SOME_BOOL(true);
    assert_fails(rq, complete(rq, &s, OUTCOME_DONE, &changes), ST_NOT_READY, "'evidence'");
    s.item.evidence_at = SOME_INT(1);
    assert_ok(rq, complete(rq, &s, OUTCOME_DONE, &changes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(outcomes__lead_from_every_status),
        RULE_TEST(parents__are_complete_by_their_children_only),
        RULE_TEST(tasks__without_children_are_completed_themselves),
        RULE_TEST(projects__are_never_completed_by_hand),
        RULE_TEST(nothing__changes_below_a_cancelled_parent),
        RULE_TEST(disputed__is_neither_done_nor_cancelled),
        RULE_TEST(require_review__wants_final_content),
        RULE_TEST(require_evidence__wants_some_that_is_newer_than_the_content),
        RULE_TEST(require_evidence__holds_for_leaf_tasks_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
