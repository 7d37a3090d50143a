#include "planner/tools/families.h"

#ifdef PLANNER_CONFORMANCE /* the build that the official conformance suite judges */
#include "fixtures.h"
#else
#define FIXTURE_TOOLS
#endif

const struct tool *const all_tools[] = {
    &tool_create_project, &tool_list_projects,     &tool_update_project,  &tool_define_tasks,
    &tool_create_task,    &tool_create_step,       &tool_update_item,     &tool_delete_item,
    &tool_link_items,     &tool_get_item,          &tool_outline,         &tool_navigate,
    &tool_next_item,      &tool_claim_item,        &tool_complete_step,   &tool_submit_step,
    &tool_review_step,    &tool_list_disputes,     &tool_resolve_dispute, &tool_history,
    &tool_undo,           &tool_wait_for_change,   &tool_search,          &tool_work_queue,
    &tool_project_stats,  &tool_assess_complexity, &tool_promote_step,    &tool_optimize_project,
    FIXTURE_TOOLS NULL,
};
