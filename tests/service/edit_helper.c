#include "edit_helper.h"

enum status edit_with(struct req *rq, const struct edit_args *args)
{
    struct item_answer answer;

    return item_edit(rq, args, &answer);
}

void edit_three_tasks(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    for (int i = 0; i < 3; i++)
        (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-5", NULL);
    (void)plan_task(rq, "AUTH");
}
