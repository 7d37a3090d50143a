/*
 * What is measured: the calls of the program, and the same as a pgbench script. What the program
 * decides between its flushes is here arithmetic on the number of the transaction.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

/* Ids by number, as in seed.sql. */
#define ID(expr)    "=lpad((" expr ")::text, 32, '0')::uuid"
#define REF(number) NUL, op->slug_pgbench, number
#define BY_NUMBER   REF("=:x")
#define NEW_BASE    2000000000000000 /* ids and sort keys of what pgbench creates */

int64_t op_base(const struct op *op, bool of_pgbench)
{
    return 1000000000000000 + ((op - ops) * 2 + of_pgbench) * 1000000000;
}

static void begin(struct script *s)
{
    script_text(s, "\\startpipeline\nBEGIN;");
}

static void next_flush(struct script *s)
{
    script_text(s, "\\endpipeline\n\\startpipeline");
}

static void commit(struct script *s)
{
    script_text(s, "COMMIT;\n\\endpipeline");
}

static void audit(const struct op *op, struct script *s, const char *id, const char *type,
                  const char *action, const char *old_values, const char *new_values)
{
    const char *ids = format("=ARRAY[%s]", id + 1);

    script_add(s, "audit_add",
               P(format("%032lld", (long long)op_base(op, true)), format("{%s}", type), ids,
                 format("{%s}", action), old_values, new_values, NUL, "bench-1", NUL, "bench 1",
                 NUL, "false"));
}

/* ---- creates ---- */

static void create_task_calls(const struct op *op, long i, const char **ret_calls)
{
    ret_calls[0] = "create_task";
    ret_calls[1] = format("{\"parent\":\"%s\",\"title\":\"Item number %ld\",\"objective\":\"What "
                          "this task is for\"}",
                          op->slug_server, i);
    ret_calls[2] = NULL;
}

static void create_step_calls(const struct op *op, long i, const char **ret_calls)
{
    ret_calls[0] = "create_step";
    ret_calls[1] = format("{\"task\":\"%s-%ld\",\"title\":\"Item number %ld\"}", op->slug_server,
                          i % TASKS * 10 + 1, i);
    ret_calls[2] = NULL;
}

static void create_script(const struct op *op, struct script *s, const char *kind,
                          const char *depth, const char *parent)
{
    const char *project = format("%032lld", (long long)op_base(op, true));

    begin(s);
    script_add(s, "item_lock", P(BY_NUMBER, "opening"));
    script_add(s, "parent_hold", P(BY_NUMBER));
    script_add(s, "item_state", P(BY_NUMBER, "opening"));
    script_add(s, "place_state", P(BY_NUMBER, NUL, NUL, NUL, "f"));
    next_flush(s);
    script_add(s, "roll_climb", P(project, parent, "1", "1", "1", "0"));
    script_add(s, "item_add",
               P(project, ID(":n"), parent, kind, depth, "=(:n::bigint * 10 + 1)::text",
                 "Item number 1", strcmp(kind, "task") == 0 ? "What this task is for" : NUL, "f",
                 "0", NUL, "f", NUL, "bench-1", NUL));
    audit(op, s, ID(":n"), kind, "created", NUL,
          format("{\"{\\\"kind\\\":\\\"%s\\\",\\\"parent_id\\\":\\\"%s\\\",\\\"sort_key\\\":"
                 "\\\"20000000000001\\\",\\\"title\\\":\\\"Item number 1\\\"}\"}",
                 kind, project));
    script_add(s, "answer_item", P(project, ID(":n"), NUL, NUL, "{}"));
    commit(s);
}

static const char *count_from(long i)
{
    return format("i=%ld", i - 1);
}

static void create_task_script(const struct op *op, long i, struct script *s)
{
    s->defines[s->n_defines++] = count_from(i);
    script_text(s, "\\set i :i + 1");
    script_text(s, format("\\set n %lld + :i", (long long)NEW_BASE));
    script_text(s, "\\set x 0");
    create_script(op, s, "task", "1", format("%032lld", (long long)op_base(op, true)));
}

static void create_step_script(const struct op *op, long i, struct script *s)
{
    s->defines[s->n_defines++] = count_from(i);
    script_text(s, "\\set i :i + 1");
    script_text(s, format("\\set n %lld + :i", (long long)NEW_BASE + 500000000000));
    script_text(s, format("\\set x :i %% %d * 10 + 1", TASKS));
    script_text(s, format("\\set parent %lld + :x", (long long)op_base(op, true)));
    create_script(op, s, "step", "2", ID(":parent"));
}

/* ---- steps ---- */

static void step_of(const struct op *op, long i, long n_steps, struct script *s)
{
    s->defines[s->n_defines++] = count_from(i);
    script_text(s, "\\set i :i + 1");
    script_text(s, format("\\set s :i %% %ld", n_steps));
    script_text(s, "\\set x 2 + (:s / 9) * 10 + :s % 9");
    script_text(s, format("\\set id %lld + :x", (long long)op_base(op, true)));
}

static void lock_script(const struct op *op, struct script *s, const char *mode)
{
    begin(s);
    script_add(s, "item_lock", P(BY_NUMBER, mode));
    script_add(s, "item_hold", P(BY_NUMBER));
    script_add(s, "item_state", P(BY_NUMBER, mode));
    next_flush(s);
}

static void complete_calls(const struct op *op, long i, const char **ret_calls)
{
    ret_calls[0] = "complete_step";
    ret_calls[1] = format("{\"item\":\"%s-%ld\"}", op->slug_server, STEP_NUMBER(i));
    ret_calls[2] = NULL;
}

static void complete_script(const struct op *op, long i, struct script *s)
{
    const char *project = format("%032lld", (long long)op_base(op, true));

    step_of(op, i, STEPS, s);
    lock_script(op, s, "closing");
    script_add(s, "item_set_status", P(project, ID(":id"), "complete"));
    script_add(s, "settle", P(project, ID(":id"), "t", "t", "t", "0"));
    audit(op, s, ID(":id"), "step", "completed", "{\"{\\\"status\\\":\\\"open\\\"}\"}",
          "{\"{\\\"status\\\":\\\"complete\\\"}\"}");
    script_add(s, "answer_complete", P(project, ID(":id"), NUL, NUL, "{}", "bench-1"));
    commit(s);
}

#define REVIEWED 90 /* steps that are drafted and agreed again and again */

static void review_calls(const struct op *op, long i, const char **ret_calls)
{
    const long number = STEP_NUMBER(i % REVIEWED);

    ret_calls[0] = "submit_step";
    ret_calls[1] = format("{\"step\":\"%s-%ld\",\"content\":\"Do it like this, attempt %ld\"%s}",
                          op->slug_server, number, i, i < REVIEWED ? "" : ",\"reopen\":true");
    ret_calls[2] = "review_step";
    ret_calls[3] = format("{\"step\":\"%s-%ld\",\"decision\":\"approve\",\"reasoning\":\"it "
                          "works\"}",
                          op->slug_server, number);
    ret_calls[4] = NULL;
}

static void move_script(const struct op *op, struct script *s, bool submit)
{
    const char *project = format("%032lld", (long long)op_base(op, true));
    const char *number = submit ? "=:draft" : "=:draft + 1";

    lock_script(op, s, "shared");
    script_add(s, "iteration_add",
               P(project, ID(":id"), number, submit ? "submit" : "approve",
                 submit ? "server" : "client", "bench-1",
                 submit ? "Do it like this, attempt 1000" : NUL, NUL, submit ? NUL : "it works",
                 NUL, submit ? "{\"score\": 0.002}" : NUL));
    script_add(s, "step_save",
               P(project, ID(":id"), submit ? "client_review" : "agreed", number, "0", "f", "t",
                 submit ? "f" : "t", "=:draft", NUL, submit ? NUL : "=:draft", NUL, NUL, NUL,
                 "0.002", NUL, number, NUL, NUL, "analysis"));
    script_add(s, "item_touch", P(project, ID(":id"), "f", "f", "0.002"));
    audit(op, s, ID(":id"), "step", submit ? "submitted" : "agreed",
          "{\"{\\\"status\\\":\\\"agreed\\\",\\\"last_number\\\":2,\\\"server_number\\\":1}\"}",
          "{\"{\\\"status\\\":\\\"agreed\\\",\\\"last_number\\\":3,\\\"server_number\\\":3}\"}");
    script_add(s, "answer_item",
               P(project, ID(":id"), NUL, NUL,
                 "{\"draft\":1,\"round\":1,\"rounds\":3,\"decision\":\"submit\"}"));
    commit(s);
}

static void review_script(const struct op *op, long i, struct script *s)
{
    step_of(op, i, REVIEWED, s);
    script_text(s, format("\\set draft (:i / %d) * 2 + 1", REVIEWED));
    move_script(op, s, true);
    move_script(op, s, false);
}

/* ---- reads ---- */

static void read_calls(const struct op *op, long i, const char **ret_calls)
{
    ret_calls[0] = "get_item";
    ret_calls[1] = format("{\"item\":\"%s-%ld\"}", op->slug_server, STEP_NUMBER(i * 7919 % STEPS));
    ret_calls[2] = NULL;
}

static void read_script(const struct op *op, long i, struct script *s)
{
    s->defines[s->n_defines++] = count_from(i);
    script_text(s, "\\set i :i + 1");
    script_text(s, format("\\set s :i * 7919 %% %d", STEPS));
    script_text(s, "\\set x 2 + (:s / 9) * 10 + :s % 9");
    script_text(s, "\\startpipeline");
    script_add(s, "item_read", P(BY_NUMBER, NUL, "20", "0", "0"));
    script_text(s, "\\endpipeline");
}

static void next_calls(const struct op *op, long i, const char **ret_calls)
{
    (void)i;
    ret_calls[0] = "next_item";
    ret_calls[1] = format("{\"project\":\"%s\"}", op->slug_server);
    ret_calls[2] = NULL;
}

static void next_script(const struct op *op, long i, struct script *s)
{
    (void)i;
    script_text(s, "\\startpipeline");
    script_add(s, "next_item", P(NUL, op->slug_pgbench, "/", "bench-1", "1", "5", NUL, "5", "5"));
    script_text(s, "\\endpipeline");
}

const struct op ops[] = {
    {"create_task", "SRVTASK", "PGBTASK", create_task_calls, create_task_script, 1.5, 0.7},
    {"create_step", "SRVSTEP", "PGBSTEP", create_step_calls, create_step_script, 1.5, 0.7},
    {"complete_step", "SRVDONE", "PGBDONE", complete_calls, complete_script, 0, 0},
    {"submit + review", "SRVREV", "PGBREV", review_calls, review_script, 0, 0},
    {"get_item", "SRVGET", "PGBGET", read_calls, read_script, 0, 0},
    {"next_item", "SRVNEXT", "PGBNEXT", next_calls, next_script, 0, 0},
};
const size_t n_ops = COUNT_OF(ops);
