/* Every tool that a family file declares; the registry lists them. */
#ifndef PLANNER_TOOLS_FAMILIES_H
#define PLANNER_TOOLS_FAMILIES_H

#include "planner/tools/tool.h"

/* projects.c */
extern const struct tool tool_create_project;
extern const struct tool tool_list_projects;
extern const struct tool tool_update_project;
/* planning.c */
extern const struct tool tool_define_tasks;
extern const struct tool tool_create_task;
extern const struct tool tool_create_step;
/* linking.c */
extern const struct tool tool_link_items;
/* shaping.c */
extern const struct tool tool_update_item;
extern const struct tool tool_delete_item;
extern const struct tool tool_navigate;
/* looking.c */
extern const struct tool tool_get_item;
extern const struct tool tool_outline;
extern const struct tool tool_next_item;
extern const struct tool tool_history;
/* finding.c */
extern const struct tool tool_search;
extern const struct tool tool_work_queue;
extern const struct tool tool_project_stats;
/* undoing.c */
extern const struct tool tool_undo;
/* watching.c */
extern const struct tool tool_wait_for_change;
/* claiming.c */
extern const struct tool tool_claim_item;
/* working.c */
extern const struct tool tool_complete_step;
extern const struct tool tool_submit_step;
extern const struct tool tool_review_step;
/* sizing.c */
extern const struct tool tool_assess_complexity;
extern const struct tool tool_promote_step;
extern const struct tool tool_optimize_project;
/* disputing.c */
extern const struct tool tool_list_disputes;
extern const struct tool tool_resolve_dispute;

#endif
