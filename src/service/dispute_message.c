/* What a person reads before deciding (SPEC 7): context, both versions, reasons, the difference. */
#include "planner/service/dispute.h"
#include "planner/service/page.h"

#define CONTENT_SHOWN   12000 /* bytes of each version; what is left out is said */
#define REASON_SHOWN    2000
#define OBJECTIVE_SHOWN 600

static void put_cut(struct buf *out, const char *text, size_t max)
{
    const size_t len = strlen(text);
    const size_t shown = page_cut(text, 0, max);

    buf_add(out, text, shown);
    buf_char(out, '\n');
    if (shown < len)
        buf_printf(out, "(%zu of %zu bytes shown)\n", shown, len);
}

static void put_part(struct buf *out, const char *heading, const char *text, size_t max)
{
    if (text == NULL)
        return;
    buf_printf(out, "%s\n", heading);
    put_cut(out, text, max);
}

/* A text as its lines, so that comparing two long ones stays linear. */
struct lines {
    struct span *at;
    int n;
};

static struct lines split_lines(struct arena *arena, const char *text)
{
    struct lines lines = {0};
    int n = 0;

    for (const char *c = text; *c != '\0'; c++)
        n += *c == '\n';
    lines.at = ARENA_MANY(arena, (size_t)n + 1, struct span);
    while (*text != '\0') {
        const size_t len = strcspn(text, "\n");
        lines.at[lines.n++] = (struct span){text, len};
        text += len + (text[len] == '\n');
    }
    return lines;
}

static bool same_line(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void put_range(struct buf *out, const char *whose, int first, int last)
{
    if (last < first)
        buf_printf(out, "%s has nothing there", whose);
    else if (last == first)
        buf_printf(out, "%s in line %d", whose, first);
    else
        buf_printf(out, "%s in lines %d to %d", whose, first, last);
}

/* The run of lines between what both versions begin and end with. */
static void put_difference(struct buf *out, const char *server_text, const char *client_text)
{
    const struct lines server = split_lines(out->arena, server_text);
    const struct lines client = split_lines(out->arena, client_text);
    const int shorter = server.n < client.n ? server.n : client.n;
    int first = 0;
    int last = 0;

    while (first < shorter && same_line(server.at[first], client.at[first]))
        first++;
    while (last < shorter - first &&
           same_line(server.at[server.n - 1 - last], client.at[client.n - 1 - last]))
        last++;
    buf_text(out, "WHERE THEY DIFFER: ");
    put_range(out, "server", first + 1, server.n - last);
    buf_text(out, "; ");
    put_range(out, "client", first + 1, client.n - last);
    buf_char(out, '\n');
}

const char *dispute_message(struct req *rq, const struct dispute_question *q)
{
    struct buf out = BUF_IN(rq->arena);

    buf_printf(&out, "Project %s: %s\nTask %s: %s\n", q->project, q->project_name, q->task,
               q->task_title);
    if (q->objective != NULL)
        put_part(&out, "Objective:", q->objective, OBJECTIVE_SHOWN);
    buf_printf(&out, "Step %s: %s\n", q->key, q->title);
    buf_printf(&out,
               "After %lld round%s the two roles do not agree. Which version should it be?\n\n",
               (long long)q->rounds.v, q->rounds.v == 1 ? "" : "s");
    buf_printf(&out, "SERVER VERSION (%s)\n", q->server_agent);
    put_cut(&out, q->server_content, CONTENT_SHOWN);
    put_part(&out, "Server's reasoning:", q->server_reasoning, REASON_SHOWN);
    buf_char(&out, '\n');
    if (q->client_content != NULL) {
        buf_printf(&out, "CLIENT VERSION (%s)\n", q->client_agent);
        put_cut(&out, q->client_content, CONTENT_SHOWN);
    } else {
        buf_printf(&out, "CLIENT (%s) gave no version of its own\n", q->client_agent);
    }
    put_part(&out, "Client's feedback:", q->feedback, REASON_SHOWN);
    put_part(&out, "Client's reasoning:", q->client_reasoning, REASON_SHOWN);
    buf_char(&out, '\n');
    if (q->client_content != NULL)
        put_difference(&out, q->server_content, q->client_content);
    return buf_str(&out);
}
